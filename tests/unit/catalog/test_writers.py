"""Writers who wait for the disk together: one commit for all, and to each what is his own."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from waiting import until

from gluematch.models.catalog import databases, writers
from gluematch.models.errors import (
    AlreadyExistsException,
    EntityNotFoundException,
    InternalServiceException,
)

both_stores = pytest.mark.both_stores
Write = Callable[[Any], object]


def create(name: str, description: str = "") -> Write:
    return lambda tx: databases.create(tx, name, {"Description": description})


FIRST = create("first")


def names(scoped: Any) -> list[str]:
    with scoped.read() as tx:
        return [database.name for database in databases.page(tx, None, 1000)]


def begin(scoped: Any, write: Write, *, together: bool) -> None:
    with scoped.begin(together=together) as tx:
        write(tx)


@contextmanager
def while_one_writes(
    scoped: Any, *others: Write, together: bool = True, first: Write = FIRST
) -> Iterator[list[Future[None]]]:
    """The ends of all: of others, who come one after another while the first one writes, and his
    own before them."""
    queue = scoped.catalog.writers
    with ThreadPoolExecutor(len(others) + 1) as pool:

        def lead() -> list[Future[None]]:
            came = []
            with scoped.begin() as tx:
                first(tx)
                for number, write in enumerate(others, 1):
                    came.append(pool.submit(begin, scoped, write, together=together))
                    until(lambda: queue.waiting == number, "a writer who waits")  # noqa: B023  # asked at once
            return came

        yield lead()


@pytest.fixture(autouse=True)
def _slowly(monkeypatch: Any) -> None:
    """Who waits may join however slow the machine is."""
    monkeypatch.setattr(writers, "SECONDS", 60.0)


@pytest.fixture
def commits(catalog: Any) -> list[None]:
    """An entry for each commit."""
    found: list[None] = []
    event.listen(catalog.backend.writes.engine, "commit", lambda _connection: found.append(None))
    return found


@both_stores
def test_who_waits_is_committed_with_who_writes(scoped, commits):
    others = [create(f"d{number}") for number in range(8)]
    with while_one_writes(scoped, *others) as ends:
        for end in ends:
            end.result()
    assert len(commits) == 1
    assert len(names(scoped)) == 9


@both_stores
def test_who_may_take_long_is_committed_alone(scoped, commits):
    with while_one_writes(scoped, create("slow"), together=False) as ends:
        ends[0].result()
    assert len(commits) == 2
    assert names(scoped) == ["first", "slow"]


@both_stores
def test_who_fails_takes_back_only_his_own(scoped, commits):
    def fail(tx):
        databases.create(tx, "lost", {})
        databases.get(tx, "nobody")

    with while_one_writes(scoped, create("a"), fail, create("first"), create("b")) as ends:
        assert [type(end.exception()) for end in ends] == [
            type(None),
            EntityNotFoundException,
            AlreadyExistsException,
            type(None),
        ]
    assert len(commits) == 1
    assert names(scoped) == ["a", "b", "first"]


@both_stores
def test_where_the_first_fails_the_others_write_without_him(scoped):
    with ThreadPoolExecutor(1) as pool:
        came = []

        def fail(tx):
            databases.create(tx, "lost", {})
            came.append(pool.submit(begin, scoped, create("later"), together=True))
            until(lambda: scoped.catalog.writers.waiting == 1, "a writer who waits")
            databases.get(tx, "nobody")

        with pytest.raises(EntityNotFoundException):
            begin(scoped, fail, together=True)
        came[0].result()
    assert names(scoped) == ["later"]


def test_what_is_acknowledged_is_there_when_the_disk_is_full_for_another(scoped):
    """SQLite itself refuses to grow its file, as on a full disk."""
    with scoped.read() as tx:
        if tx.connection.dialect.name != "sqlite":
            pytest.skip("the files of a PostgreSQL are not ours to fill")

    def first(tx):
        pages = tx.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 4}")
        databases.create(tx, "first", {})

    huge = create("huge", "x" * 100_000)
    acknowledged = set()
    try:
        with while_one_writes(scoped, create("a"), huge, create("b"), first=first) as ends:
            acknowledged |= {
                name for name, end in zip("ahb", ends, strict=True) if end.exception() is None
            }
            assert isinstance(ends[1].exception(), InternalServiceException)
        acknowledged.add("first")
    except InternalServiceException:
        pass  # the first one shares what the database has taken back
    assert acknowledged <= {*names(scoped)}
    assert "huge" not in names(scoped)


def test_who_writes_within_what_he_writes_is_told_at_once(scoped: Any) -> None:
    with scoped.begin() as tx:
        with pytest.raises(RuntimeError, match="within another one"):
            begin(scoped, create("second"), together=True)
        FIRST(tx)
    assert names(scoped) == ["first"]
