"""The bytes of small objects of the S3 beside us: a row each, so that one commit keeps the object
and its bytes."""

from collections.abc import Collection
from functools import lru_cache

from sqlalchemy import Connection, Dialect, LargeBinary, Text, bindparam, delete, insert, select

from gluematch.models import ids

from . import schema
from .prepared import Prepared, prepare

ROWS = schema.kept_bodies
_SMALL = "small-"


def new_name() -> str:
    """The name of a body that is to have a row."""
    return _SMALL + ids.unique()


def has(name: str) -> bool:
    """Whether a body of that name has a row; other bodies are files."""
    return name.startswith(_SMALL)


def add(connection: Connection, name: str, data: bytes) -> None:
    """Keep the bytes of a body, which never change; one that is kept already stays."""
    _adding(connection.dialect).touch(connection, {"name": name, "bytes": data})


def find(connection: Connection, name: str) -> bytes:
    """The bytes of a body. Raises KeyError."""
    for row in _finding(connection.dialect).rows(connection, {"name": name}):
        return bytes(row["bytes"])
    raise KeyError(name)


def remove(connection: Connection, names: Collection[str]) -> None:
    """Bodies go."""
    removing = _removing(connection.dialect)
    for name in names:
        removing.touch(connection, {"name": name})


def names(connection: Connection) -> frozenset[str]:
    """The bodies that have rows."""
    return frozenset(connection.execute(select(ROWS.c.name)).scalars())


@lru_cache(maxsize=8)
def _adding(dialect: Dialect) -> Prepared:
    values = {"name": bindparam("name", type_=Text), "bytes": bindparam("bytes", type_=LargeBinary)}
    return prepare(dialect, insert(ROWS).values(values), ending=" ON CONFLICT DO NOTHING")


@lru_cache(maxsize=8)
def _finding(dialect: Dialect) -> Prepared:
    return prepare(
        dialect, select(ROWS.c.bytes).where(ROWS.c.name == bindparam("name", type_=Text))
    )


@lru_cache(maxsize=8)
def _removing(dialect: Dialect) -> Prepared:
    return prepare(dialect, delete(ROWS).where(ROWS.c.name == bindparam("name", type_=Text)))
