"""The catalog in a PostgreSQL database, which several servers may share.

Writers take turns as with SQLite, by a lock of the database that ends with their transaction.
"""

import logging
from typing import Any

from sqlalchemy import Connection, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from gluematch.models.errors import (
    GlueError,
    InternalServiceException,
    InvalidInputException,
    OperationTimeoutException,
)

from .backends import BUSY, Backend, Door

LOGGER = logging.getLogger("gluematch.catalog")
DRIVER = "postgresql+psycopg"
TURN = int.from_bytes(b"glue", "big")  # names the advisory lock by which writers take turns
IDLE_SECONDS = 60  # then the database ends a transaction whose server has fallen silent
_AWAY = ("08", "57P")
_ROOM = ("53",)
_WAITED = ("55P03",)
_TOO_LONG = ("54",)
GONE = "The catalog's database does not answer: try again."


def backend(url: str, *, patience: float) -> Backend:
    """The database at a URL of the driver psycopg; writers wait `patience` seconds.

    Nothing is reached yet. Raises ImportError where the driver is not installed.
    """
    place = make_url(url).set(drivername=DRIVER)
    settings = {
        "lock_timeout": int(patience * 1000),
        "idle_in_transaction_session_timeout": IDLE_SECONDS * 1000,
    }
    engine = create_engine(
        place,
        connect_args=_quick_to_notice(" ".join(f"-c {k}={v}" for k, v in settings.items())),
        pool_size=16,
        max_overflow=16,
        pool_timeout=patience,
        pool_pre_ping=True,
        hide_parameters=True,
    )
    reads = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    writes = engine.execution_options(isolation_level="READ COMMITTED")
    aside = engine.execution_options(isolation_level="READ COMMITTED")

    @event.listens_for(writes, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (TURN,))

    where = place.set(drivername="postgresql", password=None, query={})
    return Backend(
        f"The catalog at {where.render_as_string()}",
        Door(reads, _meaning),
        Door(writes, _meaning),
        Door(aside, _meaning),
    )


def _quick_to_notice(options: str) -> dict[str, Any]:
    """What libpq is told: to give up on a database that is silent, and to want one that writes."""
    return {
        "application_name": "gluematch",
        "connect_timeout": 10,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
        "target_session_attrs": "read-write",
        "options": options,
    }


def _meaning(error: DBAPIError) -> GlueError | None:
    state: str | None = getattr(error.orig, "sqlstate", None)
    unreached = state is None and isinstance(error, OperationalError)
    if unreached or error.connection_invalidated or (state or "").startswith(_AWAY):
        LOGGER.error("%s", str(error.orig).partition("\n")[0])
        return InternalServiceException(GONE)
    if state is None:
        return None
    if state.startswith(_ROOM):
        return InternalServiceException(f"Nothing was kept: {error.orig}.")
    if state in _WAITED:
        return OperationTimeoutException(BUSY)
    if state.startswith(_TOO_LONG):
        told = "Names and values are too long together for an index of the catalog's database."
        return InvalidInputException(told)
    return None
