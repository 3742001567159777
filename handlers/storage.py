"""What tables and partitions have in common: storage descriptors, and errors of single entries."""

from collections.abc import Iterable, Mapping
from typing import Any

from gluematch.models.catalog import tables
from gluematch.models.catalog.store import Transaction
from gluematch.models.errors import GlueError

from .ownership import require_own_catalog
from .registry import Call

DEFAULTS: Mapping[str, Any] = {
    "Compressed": False,
    "NumberOfBuckets": 0,
    "SortColumns": [],
    "StoredAsSubDirectories": False,
}


def table(call: Call, tx: Transaction, request: Mapping[str, Any]) -> tables.Table:
    """The table whose parts a request is about. Raises EntityNotFoundException."""
    require_own_catalog(call, request)
    return tables.get(tx, request["DatabaseName"], request["TableName"])


def folded(document: Mapping[str, Any]) -> dict[str, Any]:
    """A TableInput or PartitionInput whose column names are in lower case, as Glue keeps them."""
    storage = document.get("StorageDescriptor")
    if storage is None or "Columns" not in storage:
        return dict(document)
    columns = folded_columns(storage["Columns"])
    return {**document, "StorageDescriptor": {**storage, "Columns": columns}}


def folded_columns(columns: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Columns with their names in lower case."""
    return [{**column, "Name": column["Name"].lower()} for column in columns]


def completed(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document as Glue answers it: its storage descriptor with what Glue fills in."""
    storage = document.get("StorageDescriptor")
    if storage is None:
        return dict(document)
    return {**document, "StorageDescriptor": {**DEFAULTS, **storage}}


def detail(error: GlueError) -> dict[str, str]:
    """An ErrorDetail: why one entry of a batch failed."""
    return {"ErrorCode": type(error).__name__, "ErrorMessage": error.message}
