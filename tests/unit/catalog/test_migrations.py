"""Migrations: they make what schema.py says, and know what they do not know."""

import json
import sqlite3

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import String, create_engine, text

from gluematch.models.catalog import databases, partition_filters, partitions, schema
from gluematch.models.catalog.migrations import migrate, revisions
from gluematch.models.catalog.migrations.versions import v0005_partition_values
from gluematch.models.catalog.store import CatalogError, open_catalog
from gluematch.models.errors import InvalidStateException
from gluematch.models.scope import Scope

SCOPE = Scope("123456789012", "us-east-1")


SQLITE_ONLY = {"partitions_by_values"}


def same_but_bounds(context, inspected, column, here, there):
    """None leaves it to Alembic; PostgreSQL's text has no bounds, and the order of bytes."""
    return False if isinstance(there, String) and getattr(here, "collation", "") == "C" else None


@pytest.mark.both_stores
def test_migrations_and_schema_agree(catalog):
    with catalog.connect() as connection:
        here = SQLITE_ONLY if connection.dialect.name == "postgresql" else set()
        options = {
            "compare_type": same_but_bounds,
            "include_object": lambda _thing, name, *_: name not in here,
        }
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, schema.metadata) == []


def test_the_comparison_sees_a_difference(catalog):
    with catalog.connect() as connection:
        connection.execute(text("ALTER TABLE tags ADD COLUMN surprise TEXT"))
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, schema.metadata) != []


def test_opening_again_keeps_what_is_there(tmp_path):
    first = open_catalog(tmp_path / "catalog.db")
    with first.within(SCOPE).begin() as tx:
        databases.create(tx, "people", {"Name": "people"})
    first.close()
    second = open_catalog(tmp_path / "catalog.db")
    with second.within(SCOPE).read() as tx:
        assert databases.get(tx, "people").document == {"Name": "people"}
    second.close()


def test_rows_of_every_schema_that_there_was_are_there_today(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'catalog.db'}")
    known = sorted(revisions())
    for revision in known:
        row = f"'{SCOPE.account}', '{SCOPE.region}', 'of_{revision}', '{{}}', 0"
        with engine.begin() as connection:
            migrate(connection, to=revision)
            connection.execute(text(f"INSERT INTO databases VALUES ({row})"))
    engine.dispose()
    opened = open_catalog(tmp_path / "catalog.db", durable=False)
    with opened.within(SCOPE).read() as tx:
        found = [database.name for database in databases.page(tx, None, 99)]
        context = MigrationContext.configure(tx.connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
    assert found == [f"of_{revision}" for revision in known]
    opened.close()


def test_partitions_of_an_older_catalog_are_found_by_their_values(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'catalog.db'}")
    with engine.begin() as connection:
        migrate(connection, to=v0005_partition_values.down_revision)
        for day in ("9", "10", "x"):
            key = json.dumps([day])
            row = f"'{SCOPE.account}', '{SCOPE.region}', 'db', 't', '{key}', 0, '{{}}', 0"
            connection.execute(text(f"INSERT INTO partitions VALUES ({row})"))
    engine.dispose()
    opened = open_catalog(tmp_path / "catalog.db")
    with opened.within(SCOPE).read() as tx:
        later = partition_filters.compiled("day > '9'", [("day", "string")])
        found = partitions.page(tx, "db", "t", None, 9, matching=later).items
        assert [partition.values for partition in found] == [("x",)]
        more = partition_filters.compiled("day >= 9 and day < 99", [("day", "int")])
        with pytest.raises(InvalidStateException, match='"x" is not an integer'):
            partitions.page(tx, "db", "t", None, 9, matching=more)
        first = partitions.page(tx, "db", "t", None, 1, matching=more)
        assert [partition.values for partition in first.items] == [("10",)]
        assert first.more
    opened.close()


def test_a_catalog_of_a_newer_version_is_refused_and_left_as_it_was(tmp_path):
    path = tmp_path / "catalog.db"
    open_catalog(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute("CREATE TABLE of_tomorrow (name TEXT)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(CatalogError, match=r"9999.*newer gluematch.*upgrade"):
        open_catalog(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_catalog_is_refused(tmp_path):
    path = tmp_path / "catalog.db"
    path.write_bytes(b"this is a letter, not a database" * 100)
    with pytest.raises(CatalogError, match="not a database"):
        open_catalog(path)


def test_a_catalog_whose_migration_fails_is_left_as_it_was(tmp_path):
    path = tmp_path / "catalog.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE task_runs (of_another INTEGER)")
    connection.close()
    with pytest.raises(CatalogError, match="already exists"):
        open_catalog(path)
    with sqlite3.connect(path) as connection:
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        assert found.fetchall() == [("task_runs",)]
    connection.close()


def test_a_path_with_signs_of_every_kind_is_a_path(tmp_path):
    place = tmp_path / "50 %(here)s #1 ?mode=ro"
    place.mkdir()
    open_catalog(place / "catalog.db").close()
    assert (place / "catalog.db").exists()
