"""What the catalog asks of a database: ways to begin a transaction, and words for its failures."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from gluematch.models.errors import GlueError, OperationTimeoutException

BUSY = "The catalog is busy: try again."
Meaning = Callable[[DBAPIError], GlueError | None]
"""What a failure means to a client; None where nobody foresaw it."""


@dataclass(frozen=True, slots=True)
class Door:
    """Transactions of one kind: how they begin, and what their failures mean."""

    engine: Engine
    meaning: Meaning = lambda _error: None

    @contextmanager
    def open(self) -> Iterator[Connection]:
        """A transaction: committed at the end, rolled back by an exception."""
        with self.telling(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Tell failures of the block by what they mean."""
        try:
            yield
        except DBAPIError as error:
            refusal = self.meaning(error)
            if refusal is None:
                raise
            raise refusal from error
        except NoConnection as error:
            raise OperationTimeoutException(BUSY) from error


@dataclass(frozen=True, slots=True)
class Backend:
    """A database, and the doors to it.

    By `reads` come transactions that see one snapshot and cannot write. By `writes` comes one at
    a time, of all servers: what it has read stays true until it commits. By `aside` come writes
    that wait for no other: for a row that one server alone writes. `opened` is called once the
    database has been found to be a catalog. `check` reads all of it and looks for damage; `damage`
    says what that or any transaction has found, None for nothing.
    """

    name: str
    reads: Door
    writes: Door
    aside: Door
    opened: Callable[[], None] = lambda: None
    check: Callable[[], None] = lambda: None
    damage: Callable[[], str | None] = lambda: None

    def close(self) -> None:
        """Give the connections back."""
        for door in (self.reads, self.writes, self.aside):
            door.engine.dispose()
