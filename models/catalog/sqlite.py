"""The catalog in one SQLite file: a write-ahead log, and write locks taken at the start."""

import sqlite3
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


def backend(path: Path, *, durable: bool, patience: float) -> Backend:
    """The file `path`, where writers wait `patience` seconds for those of other processes.

    `durable` synchronises the disk at each commit.
    """
    url = URL.create("sqlite", database=str(path))
    synchronous = f"synchronous={'FULL' if durable else 'OFF'}"
    reads = _engine(url, patience, "BEGIN", "query_only=1")
    writes = Door(_engine(url, patience, "BEGIN IMMEDIATE", synchronous), _of_the_disk)
    return Backend(f"The catalog {path}", Door(reads), writes, writes)


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


def _of_the_disk(error: DBAPIError) -> GlueError | None:
    """A disk that is full, broken or may not be written."""
    if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _DISK:
        return InternalServiceException(f"Nothing was kept: {error.orig}.")
    return None
