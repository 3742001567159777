"""Relational databases, reached by SQLAlchemy, and their tables and views as it reflects them.

No row is read here: `relational_rows` does that.
"""

import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Inspector, create_engine, inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.engine.reflection import ObjectKind
from sqlalchemy.exc import DBAPIError, SAWarning, SQLAlchemyError
from sqlalchemy.pool import NullPool

from .drivers import driver_options
from .jdbc import DatabaseError, Login
from .relational_types import hive_type

DRIVERS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "mariadb": "mysql+pymysql"}
OWN = {
    "postgresql": {"information_schema", "pg_catalog"},
    "mysql": {"information_schema", "mysql", "performance_schema", "sys"},
}
RAW_TYPES = {
    "postgresql": """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = :schema AND a.attnum > 0 AND NOT a.attisdropped""",
    "mysql": """
        SELECT table_name, column_name, column_type
        FROM information_schema.columns WHERE table_schema = :schema""",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name and Hive type, and what the database itself calls and says of it."""

    name: str
    hive: str
    raw: str
    comment: str | None


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or a view. `schema` is the database itself where an engine has no schemas."""

    schema: str
    name: str
    is_view: bool
    columns: tuple[Column, ...]
    comment: str | None


def relations(
    login: Login,
    in_schema: Callable[[str], bool],
    wanted: Callable[[str, str], bool],
) -> Iterator[Relation]:
    """The tables and views of all schemas that are `in_schema` and, by schema and name, `wanted`.

    What the database keeps for itself is left out. Raises DatabaseError.
    """
    with connected(login) as connection, warnings.catch_warnings():
        # A type that SQLAlchemy does not know is a warning to it, and a string to us.
        warnings.simplefilter("ignore", SAWarning)
        inspector = inspect(connection)
        dialect = connection.dialect.name
        for schema in inspector.get_schema_names():
            if schema not in OWN[dialect] and in_schema(schema):
                yield from _of_schema(connection, inspector, schema, wanted)


@contextmanager
def connected(login: Login, *, writing: bool = False) -> Iterator[Connection]:
    """A connection that only reads, or with `writing` one transaction. Raises DatabaseError, whose
    message has no password."""
    if not login.user:
        raise DatabaseError("The connection names no user: give USERNAME or SECRET_ID.")
    with ExitStack() as stack:
        try:
            options = stack.enter_context(driver_options(login, writing=writing))
            url = URL.create(DRIVERS[login.engine])
            engine = create_engine(url, poolclass=NullPool, connect_args=options)
        except ImportError:
            raise DatabaseError(_no_driver(login)) from None
        with _explained(login, writing=writing), _opened(engine, writing=writing) as connection:
            yield connection


def _opened(engine: Engine, *, writing: bool) -> AbstractContextManager[Connection]:
    return engine.begin() if writing else engine.connect()


@contextmanager
def _explained(login: Login, *, writing: bool) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise DatabaseError(_in_words(login, error.orig, writing=writing)) from None
    except UnicodeError:  # its own words quote what cannot be encoded
        raise DatabaseError("The driver cannot send a character of the login.") from None
    except (SQLAlchemyError, OSError) as error:
        raise DatabaseError(_in_words(login, error, writing=writing)) from None


def _no_driver(login: Login) -> str:
    extra = "postgresql" if login.engine == "postgresql" else "mysql"
    driver = DRIVERS[login.engine].partition("+")[2]
    return (
        f"The driver {driver} is not installed, which {login.engine} needs: "
        f"pip install 'gluematch[{extra}]'"
    )


def _in_words(login: Login, error: BaseException | None, *, writing: bool) -> str:
    """What the driver says, on one line, without the password if it should say that; of a refused
    row only the first line, as further ones quote it."""
    arguments: tuple[Any, ...] = getattr(error, "args", ())
    said = str(arguments[1]) if len(arguments) == 2 else str(error)
    if login.password:
        said = said.replace(login.password, "***")
    where = f"{login.engine}://{login.host}:{login.port}/{login.database}"
    if writing:
        return f"{where} cannot be written: {said.strip().partition(chr(10))[0]}"
    return f"{where} cannot be read: {' '.join(said.split())}"


def _of_schema(
    connection: Connection,
    inspector: Inspector,
    schema: str,
    wanted: Callable[[str, str], bool],
) -> Iterator[Relation]:
    raw = _raw_types(connection, schema)
    for kind in (ObjectKind.TABLE, ObjectKind.ANY_VIEW):
        comments = inspector.get_multi_table_comment(schema=schema, kind=kind)
        found = inspector.get_multi_columns(schema=schema, kind=kind)
        for key in sorted(found, key=lambda one: one[1]):
            name = key[1]
            if wanted(schema, name):
                comment = _comment(comments.get(key))
                columns = _columns(found[key], name, raw)
                yield Relation(schema, name, kind is not ObjectKind.TABLE, columns, comment)


def _comment(found: Mapping[str, Any] | None) -> str | None:
    return None if found is None else found["text"]


def _columns(
    found: Collection[Mapping[str, Any]], table: str, raw: Mapping[tuple[str, str], str]
) -> tuple[Column, ...]:
    return tuple(
        Column(
            one["name"],
            hive_type(one["type"]),
            raw.get((table, one["name"]), "unknown"),
            one.get("comment"),
        )
        for one in found
    )


def _raw_types(connection: Connection, schema: str) -> dict[tuple[str, str], str]:
    """By table and column: the type in the database's own words."""
    rows = connection.execute(text(RAW_TYPES[connection.dialect.name]), {"schema": schema})
    return {(table, column): str(kind) for table, column, kind in rows}
