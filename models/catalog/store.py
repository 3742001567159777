"""The catalog's database: opening it, and transactions that see one account and region.

SQLite today; only `open_catalog` and `_tune_sqlite` know that. A write transaction takes the
write lock at its start, so that what it has read stays true until it commits.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError

from gluematch.models.errors import InternalServiceException, OperationTimeoutException
from gluematch.models.scope import Scope

from .migrations import migrate

_DISK = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
}
PATIENCE = 30.0  # seconds that a writer waits for its turn


class CatalogError(Exception):
    """The catalog cannot be opened; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """An open transaction within one scope; the modules beside this one take it first."""

    connection: Connection
    scope: Scope


@dataclass(frozen=True, slots=True)
class Catalog:
    """The whole store, every account and region. Safe to share between threads."""

    engine: Engine
    _turn: Lock = field(default_factory=Lock, repr=False)

    def within(self, scope: Scope) -> "ScopedCatalog":
        """The part of the store that `scope` may see."""
        return ScopedCatalog(self, scope)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A writing transaction over all scopes: for the worker, which serves everyone.

        Writers take turns; one that waits longer than `PATIENCE` raises
        OperationTimeoutException. The transaction is durable when the block has ended; where the
        disk does not take it, nothing of it is there and InternalServiceException says why.
        """
        if not self._turn.acquire(timeout=PATIENCE):
            raise OperationTimeoutException("The catalog is busy: try again.")
        try:
            with (
                self.engine.connect().execution_options(writes=True) as connection,
                connection.begin(),
            ):
                yield connection
        except OperationalError as error:
            if _of_the_disk(error):
                raise InternalServiceException(f"Nothing was kept: {error.orig}.") from error
            raise
        finally:
            self._turn.release()

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """A transaction over all scopes that only reads, from one snapshot."""
        with self.engine.connect() as connection, connection.begin():
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
        with self.catalog.look() as connection:
            yield Transaction(connection, self.scope)


def open_catalog(path: Path, *, durable: bool = True) -> Catalog:
    """The catalog kept in the SQLite file `path`, made or brought up to date first.

    The directory of `path` exists. `durable` means that what was acknowledged survives a
    crash of the machine; a catalog that is thrown away at the end does without, and is
    quicker. Raises CatalogError for a file that is no catalog or that a newer gluematch wrote.
    """
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": PATIENCE},
        pool_size=32,
        max_overflow=-1,
        hide_parameters=True,
    )
    _tune_sqlite(engine, "FULL" if durable else "OFF")
    catalog = Catalog(engine)
    try:
        with catalog.connect() as connection:
            migrate(connection)
    except (DatabaseError, LookupError) as error:
        catalog.close()
        raise CatalogError(f"The catalog {path} cannot be opened: {error}") from error
    return catalog


def _of_the_disk(error: OperationalError) -> bool:
    """Whether a statement failed for the disk: it is full, broken or may not be written."""
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _DISK


def _tune_sqlite(engine: Engine, synchronous: str) -> None:
    """Write-ahead log, synchronisation at each commit, write locks taken at the start, and a
    LIKE that tells case apart, as other databases do."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        pragmas = ("journal_mode=WAL", f"synchronous={synchronous}", "case_sensitive_like=ON")
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql(f"PRAGMA query_only={0 if writes else 1}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
