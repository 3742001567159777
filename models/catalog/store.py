"""The catalog's database: opening it, and transactions that see one account and region.

SQLite today; nothing here but `_tune_sqlite` knows that. A write transaction takes the
write lock at its start, so that what it has read stays true until it commits.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

from gluematch.models.scope import Scope


@dataclass(frozen=True, slots=True)
class Transaction:
    """An open transaction within one scope; the modules beside this one take it first."""

    connection: Connection
    scope: Scope


@dataclass(frozen=True, slots=True)
class Catalog:
    """The whole store, every account and region."""

    engine: Engine

    def within(self, scope: Scope) -> "ScopedCatalog":
        """The part of the store that `scope` may see."""
        return ScopedCatalog(self, scope)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A transaction over all scopes: for the worker, which serves everyone."""
        with self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Give the database back."""
        self.engine.dispose()


@dataclass(frozen=True, slots=True)
class ScopedCatalog:
    """The store as one account sees it in one region."""

    catalog: Catalog
    scope: Scope

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        """A transaction that may write: committed at the end, rolled back by an exception."""
        with self.catalog.connect() as connection:
            yield Transaction(connection, self.scope)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A transaction that only reads, from one snapshot, and waits for no writer."""
        with self.catalog.engine.connect() as connection, connection.begin():
            yield Transaction(connection, self.scope)


def open_catalog(path: Path) -> Catalog:
    """The catalog kept in the SQLite file `path`; its directory exists, its schema is migrated."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})
    _tune_sqlite(engine)
    return Catalog(engine)


def _tune_sqlite(engine: Engine) -> None:
    """Write-ahead log, full synchronisation, and write locks taken at the start."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
