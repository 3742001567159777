"""Connections: how a database outside is reached. Their documents hold passwords as they came.

No representation of a connection shows its document, so that none ends up in a log.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gluematch.models import clock
from gluematch.models.errors import AlreadyExistsException, EntityNotFoundException

from . import schema, statements, tags
from .store import Transaction

ROWS = schema.connections


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection; `document` is its ConnectionInput."""

    name: str
    document: Mapping[str, Any] = field(repr=False)
    created: datetime
    updated: datetime


def create(tx: Transaction, name: str, document: Mapping[str, Any]) -> Connection:
    """A new connection. Raises AlreadyExistsException."""
    now = clock.now()
    row = {"name": name, "document": document, "created": now, "updated": now}
    if not statements.add_new(tx, ROWS, row):
        raise AlreadyExistsException(f"Connection {name} already exists.")
    return Connection(name, document, now, now)


def get(tx: Transaction, name: str) -> Connection:
    """The connection. Raises EntityNotFoundException."""
    row = statements.first(tx, ROWS, name=name)
    if row is None:
        raise EntityNotFoundException(f"Connection {name} not found.")
    return _connection(row)


def every(tx: Transaction) -> list[Connection]:
    """All connections of the scope: a scope has a thousand at most."""
    return [_connection(row) for row in statements.every(tx, statements.rows_of(tx, ROWS))]


def count(tx: Transaction) -> int:
    """How many connections there are."""
    return statements.count(tx, ROWS)


def update(tx: Transaction, name: str, document: Mapping[str, Any]) -> None:
    """Replace the connection's document. Raises EntityNotFoundException."""
    changes = {"document": document, "updated": clock.now()}
    if not statements.change(tx, ROWS, changes, name=name):
        raise EntityNotFoundException(f"Connection {name} not found.")


def delete(tx: Transaction, name: str) -> None:
    """Remove the connection and its tags. Raises EntityNotFoundException."""
    if not statements.remove(tx, ROWS, name=name):
        raise EntityNotFoundException(f"Connection {name} not found.")
    tags.drop(tx, tx.scope.arn(f"connection/{name}"))


def _connection(row: Mapping[str, Any]) -> Connection:
    return Connection(row["name"], row["document"], row["created"], row["updated"])
