"""A catalog whose file is damaged: health says so, and no backup of it is called one."""

import json
import sqlite3
import urllib.error
import urllib.request
from contextlib import closing

import pytest
from waiting import until

from gluematch.models.catalog import databases
from gluematch.models.catalog.store import open_catalog
from gluematch.models.errors import InternalServiceException
from gluematch.models.scope import Scope
from gluematch.server.__main__ import main
from gluematch.server.testing import GlueServer

ACCOUNT = "430000000009"


def overwrite(catalog, table):
    """Overwrite the first page of a table."""
    with closing(sqlite3.connect(catalog)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        query = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        (page,) = connection.execute(query, (table,)).fetchone()
    with catalog.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


def readiness(server):
    try:
        with urllib.request.urlopen(f"{server.url}/_gluematch/health/ready", timeout=30) as answer:
            return answer.status, json.load(answer)["reasons"]
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)["reasons"]


@pytest.fixture
def damaged(tmp_path):
    """The data directory of a server that has ended, with a damaged page of databases."""
    folder = tmp_path / "data"
    with GlueServer(data_dir=folder) as server:
        server.client("glue", account=ACCOUNT).create_database(DatabaseInput={"Name": "kept"})
    overwrite(folder / "catalog.sqlite", "databases")
    return folder


def test_a_server_over_a_damaged_catalog_is_not_ready_and_says_what_to_do(damaged):
    with GlueServer(data_dir=damaged) as server:
        until(lambda: readiness(server)[0] == 503, "health to notice")
        (reason,) = readiness(server)[1]
        assert reason.startswith("The catalog is damaged: ")
        assert "restore a backup: gluematch restore" in reason
        glue = server.client("glue", account=ACCOUNT)
        with pytest.raises(glue.exceptions.InternalServiceException, match="is damaged"):
            glue.get_databases()


def test_a_transaction_that_finds_damage_is_remembered(damaged):
    catalog = open_catalog(damaged / "catalog.sqlite")
    assert catalog.backend.damage() is None
    with (
        pytest.raises(InternalServiceException, match="is damaged"),
        catalog.within(Scope(ACCOUNT, "us-east-1")).read() as transaction,
    ):
        databases.find(transaction, "kept")
    assert "malformed" in catalog.backend.damage()
    catalog.close()


def test_a_damaged_catalog_is_not_backed_up(damaged, tmp_path, capsys):
    assert main(["backup", "--data-dir", str(damaged), "--to", str(tmp_path / "saved")]) == 1
    assert "damaged" in capsys.readouterr().err
    assert not (tmp_path / "saved").exists()
