"""The catalog's database: opening it, and transactions that see one account and region.

A file of SQLite or a database of PostgreSQL, alike to all who use it. A write transaction takes
the write lock at its start, so that what it has read stays true until it commits.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import ArgumentError, DatabaseError

from gluematch.models.errors import GlueError
from gluematch.models.scope import Scope

from . import postgresql, sqlite
from .backends import Backend
from .writers import Writers

__all__ = [
    "Catalog",
    "CatalogError",
    "Connection",
    "ScopedCatalog",
    "Transaction",
    "open_catalog",
    "open_database",
]

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
    """The whole store, every account and region. Safe to share between threads.

    All its transactions raise InternalServiceException where the database does not answer.
    """

    backend: Backend
    writers: Writers

    def within(self, scope: Scope) -> "ScopedCatalog":
        """The part of the store that `scope` may see."""
        return ScopedCatalog(self, scope)

    def connect(self, *, together: bool = False) -> AbstractContextManager[Connection]:
        """A writing transaction over all scopes: for the worker, which serves everyone.

        Writers take turns; one that waits longer than `PATIENCE` raises
        OperationTimeoutException. The transaction is durable when the block has ended; where the
        disk does not take it, nothing of it is there and InternalServiceException says why. What
        takes moments only may be committed `together` with what others write.
        """
        return self.writers.writing(PATIENCE, together=together)

    def look(self) -> AbstractContextManager[Connection]:
        """A transaction over all scopes that only reads, from one snapshot."""
        return self.backend.reads.open()

    def aside(self) -> AbstractContextManager[Connection]:
        """A writing transaction that waits for no other: for rows that nobody else writes."""
        return self.backend.aside.open()

    def close(self) -> None:
        """Give the database back."""
        self.backend.close()


@dataclass(frozen=True, slots=True)
class ScopedCatalog:
    """The store as one account sees it in one region."""

    catalog: Catalog
    scope: Scope

    @contextmanager
    def begin(self, *, together: bool = True) -> Iterator[Transaction]:
        """A transaction that may write: committed at the end, rolled back by an exception.

        What may take longer than moments does not go `together` with others: they would wait.
        """
        with self.catalog.connect(together=together) as connection:
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
    return _opened(sqlite.backend(path, durable=durable, patience=PATIENCE))


def open_database(url: str) -> Catalog:
    """The catalog kept in the PostgreSQL database at `url`, which is there, as above.

    Raises CatalogError, too, for a URL that is none and where nobody answers; it shows no password.
    """
    try:
        return _opened(postgresql.backend(url, patience=PATIENCE))
    except ArgumentError:
        form = "postgresql+psycopg://USER@HOST:PORT/NAME"
        raise CatalogError(f"The database URL cannot be read: write {form}.") from None
    except ImportError:
        raise CatalogError(
            "The driver psycopg is not installed, which PostgreSQL needs: "
            "pip install 'gluematch[postgresql]'."
        ) from None


def _opened(backend: Backend) -> Catalog:
    from .migrations import migrate  # noqa: PLC0415  # loads Alembic; processes of runs open none

    catalog = Catalog(backend, Writers(backend.writes))
    try:
        with catalog.connect() as connection:
            migrate(connection)
        backend.opened()
    except (DatabaseError, LookupError, GlueError) as error:
        catalog.close()
        raise CatalogError(f"{backend.name} cannot be opened: {_reason(error)}") from error
    return catalog


def _reason(error: BaseException) -> object:
    """What the database itself said, if it was that."""
    cause = error.__cause__ if isinstance(error, GlueError) else error
    return cause.orig if isinstance(cause, DatabaseError) else error
