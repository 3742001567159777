"""Quotas of the catalog, on a store that is filled to the brim first."""

import pytest

from gluematch.handlers import databases, quotas, tables
from gluematch.handlers.registry import Call
from gluematch.models import clock
from gluematch.models.catalog import schema, statements
from gluematch.models.catalog.store import open_catalog
from gluematch.models.errors import ResourceNumberLimitExceededException
from gluematch.models.scope import Scope

SCOPE = Scope("123456789012", "us-east-1")


@pytest.fixture
def call(tmp_path):
    catalog = open_catalog(tmp_path / "catalog.db", durable=False)
    yield Call(SCOPE, "id", catalog.within(SCOPE), None, lambda: None, None)
    catalog.close()


def fill(call, rows, count, **more):
    now = clock.now()
    with call.catalog.begin() as tx:
        row = {"document": {}, "created": now, **more}
        statements.add(tx, rows, *({**row, "name": f"n{number}"} for number in range(count)))


def test_an_account_has_at_most_ten_thousand_databases(call):
    fill(call, schema.databases, quotas.DATABASES - 1)
    databases.create_database(call, {"DatabaseInput": {"Name": "last"}})
    with pytest.raises(ResourceNumberLimitExceededException):
        databases.create_database(call, {"DatabaseInput": {"Name": "over"}})
    with call.catalog.read() as tx:
        assert statements.count(tx, schema.databases) == quotas.DATABASES


def test_a_database_has_at_most_as_many_tables_as_the_quota_says(call, monkeypatch):
    assert quotas.TABLES == 200_000  # which takes ten seconds to fill
    monkeypatch.setattr(quotas, "TABLES", 50)
    databases.create_database(call, {"DatabaseInput": {"Name": "d"}})
    more = {"database": "d", "version": 0, "created_by": "me", "updated": clock.now()}
    fill(call, schema.tables, quotas.TABLES - 1, **more)
    tables.create_table(call, {"DatabaseName": "d", "TableInput": {"Name": "last"}})
    with pytest.raises(ResourceNumberLimitExceededException):
        tables.create_table(call, {"DatabaseName": "d", "TableInput": {"Name": "over"}})


def test_rows_of_others_and_of_the_past_do_not_count_for_a_quota(call, monkeypatch):
    monkeypatch.setattr(quotas, "TABLES", 3)
    more = {"version": 0, "created_by": "me", "updated": clock.now()}
    fill(call, schema.tables, 10, database="another", **more)
    databases.create_database(call, {"DatabaseInput": {"Name": "d"}})
    for name in ("a", "b", "c"):
        tables.create_table(call, {"DatabaseName": "d", "TableInput": {"Name": name}})
    tables.delete_table(call, {"DatabaseName": "d", "Name": "a"})
    tables.create_table(call, {"DatabaseName": "d", "TableInput": {"Name": "again"}})
    with pytest.raises(ResourceNumberLimitExceededException) as error:
        tables.create_table(call, {"DatabaseName": "d", "TableInput": {"Name": "over"}})
    assert "(4) has exceeded the limit of 3" in error.value.message
