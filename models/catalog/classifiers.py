"""Custom classifiers: how crawlers may recognise what the built-in ones do not."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gluematch.models import clock
from gluematch.models.errors import AlreadyExistsException, EntityNotFoundException

from . import schema, statements
from .store import Transaction

ROWS = schema.classifiers


@dataclass(frozen=True, slots=True)
class Classifier:
    """A classifier of a `kind` as the wire names it; `version` counts from 1."""

    name: str
    kind: str
    document: Mapping[str, Any]
    version: int
    created: datetime
    updated: datetime


def create(tx: Transaction, name: str, kind: str, document: Mapping[str, Any]) -> None:
    """A new classifier. Raises AlreadyExistsException, whatever the kind of the other."""
    now = clock.now()
    row = {"name": name, "kind": kind, "document": document, "version": 1}
    if not statements.add_new(tx, ROWS, {**row, "created": now, "updated": now}):
        raise AlreadyExistsException(f"Classifier with name {name} already exists")


def get(tx: Transaction, name: str) -> Classifier:
    """The classifier. Raises EntityNotFoundException."""
    row = statements.first(tx, ROWS, name=name)
    if row is None:
        raise _missing(name)
    return _classifier(row)


def many(tx: Transaction, names: Collection[str]) -> dict[str, Classifier]:
    """Those of the named classifiers that exist, by name."""
    found: dict[str, Classifier] = {}
    for chunk in statements.chunks(list(names)):
        query = statements.rows_of(tx, ROWS, ROWS.c.name.in_(chunk))
        found |= {row["name"]: _classifier(row) for row in statements.every(tx, query)}
    return found


def update(tx: Transaction, old: Classifier, document: Mapping[str, Any]) -> None:
    """Replace the classifier's document: its next version."""
    changes = {"document": document, "version": old.version + 1, "updated": clock.now()}
    statements.change(tx, ROWS, changes, name=old.name)


def delete(tx: Transaction, name: str) -> None:
    """Remove the classifier. Raises EntityNotFoundException."""
    if not statements.remove(tx, ROWS, name=name):
        raise _missing(name)


def page(tx: Transaction, after: str | None, limit: int) -> list[Classifier]:
    """The first `limit` classifiers whose names are above `after`, by name."""
    query = statements.rows_of(tx, ROWS).order_by(ROWS.c.name).limit(limit)
    if after is not None:
        query = query.where(ROWS.c.name > after)
    return [_classifier(row) for row in statements.every(tx, query)]


def _missing(name: str) -> EntityNotFoundException:
    return EntityNotFoundException(f"Classifier with name {name} does not exist")


def _classifier(row: Mapping[str, Any]) -> Classifier:
    return Classifier(
        row["name"],
        row["kind"],
        row["document"],
        row["version"],
        row["created"],
        row["updated"],
    )
