"""Trained models, one per transform: a JSON document and arrays, never a pickle."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from . import schema, statements
from .store import Transaction

ROWS = schema.trained


@dataclass(frozen=True, slots=True)
class Trained:
    """A transform's model; `arrays` is an npz file without pickles."""

    transform_id: str
    document: Mapping[str, Any]
    arrays: bytes
    trained: datetime


def save(tx: Transaction, model: Trained) -> None:
    """Keep `model` in the place of the one before."""
    drop(tx, model.transform_id)
    statements.add(tx, ROWS, asdict(model))


def get(tx: Transaction, transform_id: str) -> Trained | None:
    """The transform's model, if it has been trained."""
    row = statements.first(tx, ROWS, transform_id=transform_id)
    if row is None:
        return None
    return Trained(row["transform_id"], row["document"], row["arrays"], row["trained"])


def drop(tx: Transaction, transform_id: str) -> None:
    """Forget the transform's model, if it has one."""
    statements.remove(tx, ROWS, transform_id=transform_id)
