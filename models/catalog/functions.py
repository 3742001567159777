"""User-defined functions: Hive's names for classes in archives. Names are folded to lower case."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import tuple_

from gluematch.models import clock
from gluematch.models.errors import AlreadyExistsException, EntityNotFoundException

from . import databases, schema, statements
from .store import Transaction

ROWS = schema.functions


@dataclass(frozen=True, slots=True)
class Function:
    """A user-defined function; `document` is its UserDefinedFunctionInput."""

    database: str
    name: str
    document: Mapping[str, Any]
    created: datetime


def create(tx: Transaction, database: str, name: str, document: Mapping[str, Any]) -> Function:
    """A new function in a database that exists.

    Raises EntityNotFoundException for the database and AlreadyExistsException.
    """
    databases.get(tx, database)
    function = Function(database.lower(), name.lower(), document, clock.now())
    row = {
        "database": function.database,
        "name": function.name,
        "document": document,
        "created": function.created,
    }
    if not statements.add_new(tx, ROWS, row):
        raise AlreadyExistsException("Function already exists.")
    return function


def get(tx: Transaction, database: str, name: str) -> Function:
    """The function. Raises EntityNotFoundException for it or for its database."""
    row = statements.first(tx, ROWS, **_key(database, name))
    if row is None:
        databases.get(tx, database)
        raise EntityNotFoundException(f"Function {name} not found.")
    return _function(row)


def update(tx: Transaction, database: str, name: str, document: Mapping[str, Any]) -> None:
    """Replace the function's document. Raises EntityNotFoundException."""
    get(tx, database, name)
    statements.change(tx, ROWS, {"document": document}, **_key(database, name))


def delete(tx: Transaction, database: str, name: str) -> None:
    """Remove the function. Raises EntityNotFoundException for it or for its database."""
    get(tx, database, name)
    statements.remove(tx, ROWS, **_key(database, name))


def over(tx: Transaction, database: str, limit: int) -> int:
    """How many functions the database has if they are more than `limit`, else 0."""
    return statements.over(tx, ROWS, limit, database=database.lower())


def page(
    tx: Transaction,
    database: str | None,
    after: Sequence[str] | None,
    limit: int,
    matches: Callable[[Function], bool],
) -> list[Function]:
    """The first `limit` functions that fit, by database and name, of one database or of all.

    `after` is the database and the name of the function before. Raises EntityNotFoundException
    for the database.
    """
    query = statements.rows_of(tx, ROWS)
    if database is not None:
        databases.get(tx, database)
        query = query.where(ROWS.c.database == database.lower())
    if after is not None:
        query = query.where(tuple_(ROWS.c.database, ROWS.c.name) > tuple_(*after))
    rows = statements.every(tx, query.order_by(ROWS.c.database, ROWS.c.name))
    return list(islice(filter(matches, map(_function, rows)), limit))


def _key(database: str, name: str) -> dict[str, str]:
    return {"database": database.lower(), "name": name.lower()}


def _function(row: Mapping[str, Any]) -> Function:
    return Function(row["database"], row["name"], row["document"], row["created"])
