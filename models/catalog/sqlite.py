"""The catalog in one SQLite file: a write-ahead log, and write locks taken at the start."""

import os
import shutil
import sqlite3
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from gluematch.models.errors import GlueError, InternalServiceException

from . import prepared
from .backends import Backend, Door

_DISK = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
}

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

_PAGE, _PAGES = 4096, 1000  # of SQLite: after so many it goes back to the log's beginning
_PIECE = 25


def backend(path: Path, *, durable: bool, patience: float) -> Backend:
    """The file `path`, where writers wait `patience` seconds for those of other processes.

    `durable` synchronises the disk at each commit.
    """
    url = URL.create("sqlite", database=str(path))
    synchronous = f"synchronous={'FULL' if durable else 'OFF'}"
    with suppress(OSError):  # SQLite says why
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # it gives its logs the same mode
    damage = Damage()
    reads = Door(_engine(url, patience, "BEGIN", "query_only=1"), damage.meaning)
    writes = Door(
        _engine(url, patience, "BEGIN IMMEDIATE", synchronous),
        lambda error: damage.meaning(error) or _of_the_disk(error),
    )
    found = Backend(
        f"The catalog {path}",
        reads,
        writes,
        writes,
        check=partial(_check, reads, damage),
        damage=lambda: damage.found,
    )
    return replace(found, opened=partial(_make_room, path, writes)) if durable else found


@dataclass
class Damage:
    """What SQLite has found wrong with the file; None is nothing."""

    found: str | None = None

    def meaning(self, error: DBAPIError) -> GlueError | None:
        """Note a file that is damaged; what that means to a client."""
        if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF not in _DAMAGED:
            return None
        self.found = self.found or str(error.orig)
        return InternalServiceException(f"The catalog is damaged: {error.orig}.")


def _check(reads: Door, damage: Damage) -> None:
    """Read every page. That takes a second for some hundred megabytes, and keeps nobody waiting."""
    try:
        with reads.open() as connection:
            (found,) = prepared.run(connection, "PRAGMA quick_check(1)").fetchone()
    except GlueError:  # noted by its meaning
        return
    if found != "ok":
        damage.found = str(found)


def _engine(url: URL, patience: float, begin: str, *pragmas: str) -> Engine:
    """Connections whose transactions begin so; a LIKE tells case apart, as other databases do."""
    engine = create_engine(
        url,
        connect_args={"timeout": patience},
        pool_size=32,
        max_overflow=-1,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "case_sensitive_like=ON", *pragmas):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        prepared.run(connection, begin)

    return engine


def _make_room(path: Path, writes: Door) -> None:
    """Let the log have the size that it will grow to: a commit that makes a file longer waits for
    the file system's own log, too, which takes the disk several times as long.

    What is taken back has been written there. A disk that is nearly full goes without.
    """
    if shutil.disk_usage(path.parent).free < 16 * _PAGES * _PAGE:
        return
    with writes.telling(), writes.engine.connect() as connection:
        prepared.run(connection, "PRAGMA cache_size=10")
        try:
            with connection.begin() as transaction:
                prepared.run(connection, "CREATE TABLE room (bytes BLOB)")
                for _ in range(_PAGES // _PIECE + 1):
                    piece = (_PIECE * _PAGE,)
                    prepared.run(connection, "INSERT INTO room VALUES (zeroblob(?))", piece)
                transaction.rollback()
        finally:
            prepared.run(connection, "PRAGMA cache_size=-2000")


def _of_the_disk(error: DBAPIError) -> GlueError | None:
    """A disk that is full, broken or may not be written."""
    if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _DISK:
        return InternalServiceException(f"Nothing was kept: {error.orig}.")
    return None
