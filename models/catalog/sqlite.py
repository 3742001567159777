"""The catalog in one SQLite file: a write-ahead log, and write locks taken at the start."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.exc import DBAPIError

from gluematch.models.errors import GlueError, InternalServiceException

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
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": patience},
        pool_size=32,
        max_overflow=-1,
        hide_parameters=True,
    )
    synchronous = "FULL" if durable else "OFF"

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        """A LIKE that tells case apart, as other databases do."""
        connection.isolation_level = None
        pragmas = ("journal_mode=WAL", f"synchronous={synchronous}", "case_sensitive_like=ON")
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql(f"PRAGMA query_only={0 if writes else 1}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    writes = Door(engine.execution_options(writes=True), _of_the_disk)
    return Backend(f"The catalog {path}", Door(engine), writes, writes)


def _of_the_disk(error: DBAPIError) -> GlueError | None:
    """A disk that is full, broken or may not be written."""
    if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _DISK:
        return InternalServiceException(f"Nothing was kept: {error.orig}.")
    return None
