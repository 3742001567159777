"""The catalog encryption settings of an account in a region, as they were put."""

from collections.abc import Mapping
from typing import Any

from . import schema, statements
from .store import Transaction

ROWS = schema.encryption


def get(tx: Transaction) -> Mapping[str, Any]:
    """The DataCatalogEncryptionSettings, empty if none were put."""
    row = statements.first(tx, ROWS)
    document: Mapping[str, Any] = {} if row is None else row["document"]
    return document


def put(tx: Transaction, document: Mapping[str, Any]) -> None:
    """Set the DataCatalogEncryptionSettings, over the ones before."""
    statements.remove(tx, ROWS)
    statements.add(tx, ROWS, {"document": document})
