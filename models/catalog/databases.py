"""Databases: named groups of tables. Names are folded to lower case here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gluematch.models import clock
from gluematch.models.errors import AlreadyExistsException, EntityNotFoundException

from . import schema, statements, tags
from .store import Transaction

ROWS = schema.databases


@dataclass(frozen=True, slots=True)
class Database:
    """A database; `document` is its DatabaseInput."""

    name: str
    document: Mapping[str, Any]
    created: datetime


def create(tx: Transaction, name: str, document: Mapping[str, Any]) -> Database:
    """A new database. Raises AlreadyExistsException."""
    database = Database(name.lower(), document, clock.now())
    row = {"name": database.name, "document": document, "created": database.created}
    if not statements.add_new(tx, ROWS, row):
        raise AlreadyExistsException("Database already exists.")
    return database


def find(tx: Transaction, name: str) -> Database | None:
    """The database, if it exists."""
    row = statements.first(tx, ROWS, name=name.lower())
    return None if row is None else _database(row)


def get(tx: Transaction, name: str) -> Database:
    """The database. Raises EntityNotFoundException."""
    database = find(tx, name)
    if database is None:
        raise EntityNotFoundException(f"Database {name} not found.")
    return database


def update(tx: Transaction, name: str, document: Mapping[str, Any]) -> None:
    """Replace the database's document. Raises EntityNotFoundException."""
    if not statements.change(tx, ROWS, {"document": document}, name=name.lower()):
        raise EntityNotFoundException(f"Database {name} not found.")


def delete(tx: Transaction, name: str) -> None:
    """Remove the database with all that it holds. Raises EntityNotFoundException."""
    folded = name.lower()
    if not statements.remove(tx, ROWS, name=folded):
        raise EntityNotFoundException(f"Database {name} not found.")
    tags.drop(tx, tx.scope.arn(f"database/{folded}"))
    for rows in (schema.tables, schema.table_versions, schema.functions, *schema.BELONGINGS):
        statements.remove(tx, rows, database=folded)


def over(tx: Transaction, limit: int) -> int:
    """How many databases there are if they are more than `limit`, else 0."""
    return statements.over(tx, ROWS, limit)


def page(tx: Transaction, after: str | None, limit: int) -> list[Database]:
    """The first `limit` databases whose names are above `after`, by name."""
    return [_database(row) for row in statements.page(tx, ROWS, "name", after, limit)]


def _database(row: Mapping[str, Any]) -> Database:
    return Database(row["name"], row["document"], row["created"])
