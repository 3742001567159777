"""The store: what is acknowledged stays, readers do not wait, writers take turns."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import DBAPIError

from gluematch.models.catalog import databases, store, tables
from gluematch.models.catalog.store import open_catalog
from gluematch.models.errors import EntityNotFoundException, OperationTimeoutException
from gluematch.models.scope import Scope

SCOPE = Scope("123456789012", "us-east-1")
both_stores = pytest.mark.both_stores

WRITER = """
import sys
from pathlib import Path
from gluematch.models.catalog import databases
from gluematch.models.catalog.store import open_catalog
from gluematch.models.scope import Scope

scoped = open_catalog(Path(sys.argv[1])).within(Scope("123456789012", "us-east-1"))
for number in range(100000):
    with scoped.begin() as tx:
        databases.create(tx, f"d{number:06}", {"Name": f"d{number:06}"})
    print(number, flush=True)
"""


def names(scoped):
    with scoped.read() as tx:
        return [database.name for database in databases.page(tx, None, 1000)]


def test_what_was_acknowledged_survives_a_kill(tmp_path):
    path = tmp_path / "catalog.db"
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        acknowledged = [int(writer.stdout.readline()) for _ in range(20)]
        os.kill(writer.pid, signal.SIGKILL)
        acknowledged += [int(line) for line in writer.stdout]
    opened = open_catalog(path)
    found = names(opened.within(SCOPE))
    opened.close()
    expected = [f"d{number:06}" for number in acknowledged]
    assert found[: len(expected)] == expected
    assert len(found) <= len(expected) + 1


def test_a_commit_makes_no_file_longer(tmp_path):
    """Its log has its length from the start: the file system would write a log of that."""
    path = tmp_path / "catalog.db"
    opened = open_catalog(path)
    files = (path, path.with_name("catalog.db-wal"))
    before = [file.stat().st_size for file in files]
    for number in range(20):
        with opened.within(SCOPE).begin() as tx:
            databases.create(tx, f"d{number}", {"Description": "x" * 5000})
    assert [file.stat().st_size for file in files] == before
    opened.close()
    opened = open_catalog(path, durable=False)
    assert len(names(opened.within(SCOPE))) == 20
    opened.close()


@both_stores
def test_a_reader_does_not_wait_for_an_open_write(scoped):
    with scoped.begin() as tx:
        databases.create(tx, "before", {})
    with ThreadPoolExecutor(1) as pool, scoped.begin() as tx:
        databases.create(tx, "during", {})
        assert pool.submit(names, scoped).result(timeout=5) == ["before"]
    assert names(scoped) == ["before", "during"]


@both_stores
def test_a_reader_sees_one_moment_to_its_end(scoped):
    with scoped.read() as reader:
        assert databases.page(reader, None, 10) == []
        with scoped.begin() as writer:
            databases.create(writer, "later", {})
        assert databases.page(reader, None, 10) == []
    assert names(scoped) == ["later"]


@both_stores
def test_many_threads_that_write_at_once_all_succeed(scoped):
    def write(number):
        for turn in range(5):
            with scoped.begin() as tx:
                databases.create(tx, f"d{number:02}_{turn}", {})
        return True

    with ThreadPoolExecutor(24) as pool:
        assert all(pool.map(write, range(24)))
    assert len(names(scoped)) == 24 * 5


@both_stores
def test_two_servers_worth_of_catalogs_write_to_one_store(open_store):
    catalogs = [open_store() for _ in range(2)]

    def write(number):
        with catalogs[number % 2].within(SCOPE).begin() as tx:
            databases.create(tx, f"d{number:03}", {})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(60)))
    assert len(names(catalogs[0].within(SCOPE))) == 60


@both_stores
def test_a_read_and_a_write_of_it_are_one_step(open_store):
    catalogs = [open_store().within(SCOPE) for _ in range(2)]
    scoped = catalogs[0]
    with scoped.begin() as tx:
        databases.create(tx, "people", {})
        tables.create(tx, "people", "adults", {"Parameters": {"count": "0"}}, "me")

    def count_up(number):
        with catalogs[number % 2].begin() as tx:
            count = int(tables.get(tx, "people", "adults").parameters["count"])
            tables.update(tx, "people", "adults", {"Parameters": {"count": str(count + 1)}})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count_up, range(40)))
    with scoped.read() as tx:
        assert tables.get(tx, "people", "adults").parameters["count"] == "40"


@both_stores
def test_an_exception_takes_the_whole_transaction_back(scoped):
    def create_and_fail():
        with scoped.begin() as tx:
            databases.create(tx, "people", {})
            databases.get(tx, "nobody")

    with pytest.raises(EntityNotFoundException):
        create_and_fail()
    assert names(scoped) == []


@both_stores
def test_a_reading_transaction_cannot_write(scoped):
    with pytest.raises(DBAPIError, match=r"read-?only"), scoped.read() as tx:
        databases.create(tx, "people", {})
    with scoped.begin() as tx:
        databases.create(tx, "people", {})
    assert names(scoped) == ["people"]


@both_stores
def test_a_writer_that_waits_too_long_is_told_so(scoped, monkeypatch):
    monkeypatch.setattr(store, "PATIENCE", 0.05)
    with scoped.begin(), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(scoped.begin().__enter__)
        with pytest.raises(OperationTimeoutException):
            waiting.result(timeout=5)


@both_stores
def test_an_error_of_the_store_shows_no_values(scoped):
    with pytest.raises(DBAPIError) as error, scoped.read() as tx:
        databases.create(tx, "people", {"Description": "a secret"})
    assert "secret" not in str(error.value)


DOCUMENTS = [
    {},
    {"LastAccessTime": datetime(2024, 2, 29, 23, 59, 59, 999000, tzinfo=UTC)},
    {"Deep": [{"Time": datetime(1969, 12, 31, tzinfo=UTC)}, "$instant", {"$instant": "text"}]},
    {"Text": "\x00 \ud800 \U0001f600 €", "": None},
    {"Numbers": [1, 1.5, True, 10**18, -0.1]},
]


@both_stores
@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_come_back_as_they_were(scoped, document):
    with scoped.begin() as tx:
        databases.create(tx, "people", document)
    with scoped.read() as tx:
        assert databases.get(tx, "people").document == document


@both_stores
def test_instants_of_any_zone_come_back_in_utc(scoped):
    east = timezone(timedelta(hours=5, minutes=30))
    given = datetime(2024, 5, 1, 12, 0, 0, 123000, tzinfo=east)
    with scoped.begin() as tx:
        databases.create(tx, "people", {"T": given})
    with scoped.read() as tx:
        found = databases.get(tx, "people").document["T"]
    assert found == given
    assert found.utcoffset() == timedelta(0)


def test_a_document_refuses_what_json_cannot_hold(scoped):
    with pytest.raises(Exception, match="cannot hold set"), scoped.begin() as tx:
        databases.create(tx, "people", {"Set": {"x"}})
