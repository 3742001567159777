"""What a transform may be told: the rules that Glue's shapes cannot say, and the defaults.

Where AWS leaves a default open: docs/decisions/transforms.md.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from gluematch.models.catalog import tables
from gluematch.models.catalog.store import Transaction
from gluematch.models.datasets.objects import ObjectStoreError
from gluematch.models.errors import EntityNotFoundException, InvalidInputException

from .registry import Call

MAX_COLUMNS = 100
MIN_CAPACITY, MAX_CAPACITY, DEFAULT_CAPACITY = 2.0, 100.0, 10.0
MIN_WORKERS = 1
CAPACITY = ("MaxCapacity", "WorkerType", "NumberOfWorkers")
DEFAULTS = {"GlueVersion": "0.9", "Timeout": 2880, "MaxRetries": 0}
DEFAULT_PARAMETERS = {
    "PrecisionRecallTradeoff": 0.5,
    "AccuracyCostTradeoff": 0.5,
    "EnforceProvidedLabels": False,
}
NUMBERS = ("tinyint", "smallint", "int", "integer", "bigint", "float", "double", "real", "decimal")
COLUMN_TYPES = frozenset({*NUMBERS, "string", "char", "varchar", "boolean", "date", "timestamp"})
"""Types of plain values; nested and binary columns cannot be compared."""

Columns = tuple[tuple[str, str], ...]


def new_document(request: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a new transform, defaults filled in. Raises InvalidInputException."""
    check_name(request["Name"])
    check_common(request)
    given = {name: value for name, value in request.items() if name not in {"Name", "Tags"}}
    if not any(name in given for name in CAPACITY):
        given["MaxCapacity"] = DEFAULT_CAPACITY
    parameters = {**DEFAULT_PARAMETERS, **find_matches_parameters(request["Parameters"])}
    return {**DEFAULTS, **given, "Parameters": _parameters(parameters)}


def changed_document(document: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    """The settings after an update. Raises InvalidInputException.

    What the request leaves out stays, tradeoffs included; a capacity in workers takes the
    place of one in DPUs, and the other way round.
    """
    if "Name" in request:
        check_name(request["Name"])
    check_common(request)
    kept = dict(document)
    if any(name in request for name in CAPACITY):
        kept = {name: value for name, value in kept.items() if name not in CAPACITY}
    given = {name: value for name, value in request.items() if name not in {"Name", "TransformId"}}
    if "Parameters" in request:
        before = document["Parameters"]["FindMatchesParameters"]
        given["Parameters"] = _parameters(
            {**before, **find_matches_parameters(request["Parameters"])}
        )
    return {**kept, **given}


def check_name(name: str) -> None:
    """Refuse a name of blanks."""
    if not name.strip():
        raise InvalidInputException("Transform name cannot be blank.")


def check_common(request: Mapping[str, Any]) -> None:
    """Refuse what neither a new transform nor an update may ask for."""
    workers = [name for name in CAPACITY[1:] if name in request]
    if "MaxCapacity" in request and workers:
        raise InvalidInputException("Cannot set Max Capacity and Worker Num/Type at the same time.")
    if len(workers) == 1:
        raise InvalidInputException("Both WorkerType and NumberOfWorkers should be set.")
    capacity = request.get("MaxCapacity", DEFAULT_CAPACITY)
    if not capacity >= MIN_CAPACITY:
        raise InvalidInputException(f"MaxCapacity should be >= {MIN_CAPACITY:g}.")
    if capacity > MAX_CAPACITY:
        raise InvalidInputException(f"MaxCapacity should be <= {MAX_CAPACITY:g}.")
    if request.get("NumberOfWorkers", MIN_WORKERS) < MIN_WORKERS:
        raise InvalidInputException(f"NumberOfWorkers should be >= {MIN_WORKERS}.")
    if request.get("MaxRetries", 0) < 0:
        raise InvalidInputException("Max retries should be non-negative.")
    if not request.get("Role", "role").strip():
        raise InvalidInputException(f"Unable to assume role for arn: {request['Role']}")


def find_matches_parameters(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters of the algorithm, which have to name a primary key."""
    found: Mapping[str, Any] | None = parameters.get("FindMatchesParameters")
    if found is None:
        raise InvalidInputException("Find Matches parameters have not been set.")
    if not found.get("PrimaryKeyColumnName", "").strip():
        raise InvalidInputException("A primary key must be specified in Find Matches parameters.")
    return {**found, "PrimaryKeyColumnName": found["PrimaryKeyColumnName"].lower()}


def schema(call: Call, tx: Transaction, record_tables: Sequence[Mapping[str, Any]]) -> Columns:
    """Names and types of the input table's columns, its partition keys last.

    Raises InvalidInputException, also for a table that there is not or that no run may read.
    """
    if len(record_tables) != 1:
        raise InvalidInputException("Exactly one input record table must be provided.")
    (named,) = record_tables
    if not named["DatabaseName"].strip():
        raise InvalidInputException("Should specify database name.")
    if not named["TableName"].strip():
        raise InvalidInputException("Should specify table name.")
    catalog = named.get("CatalogId", tx.scope.account)
    if catalog != tx.scope.account:
        raise _unreadable(f"Catalog {catalog} is not that of account {tx.scope.account}.")
    try:
        table = tables.get(tx, named["DatabaseName"], named["TableName"])
    except EntityNotFoundException as error:
        raise _unreadable(error.message) from error
    try:
        if table.location.startswith("s3"):
            call.objects.require_target(table.location)
    except (ObjectStoreError, ValueError) as error:
        raise _unreadable(str(error)) from None
    columns = (*table.columns, *table.partition_keys)
    return tuple((name.lower(), hive_type) for name, hive_type in columns)


def check_schema(columns: Columns, primary_key: str) -> None:
    """Refuse a table that cannot be matched, or that has no such primary key."""
    if not columns:
        raise InvalidInputException("Schema is not defined on the transform.")
    if len(columns) > MAX_COLUMNS:
        raise InvalidInputException(
            f"Input source has {len(columns)} columns, more than the limit of {MAX_COLUMNS}."
        )
    names = [name for name, _ in columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidInputException(f"Input source has two columns of the name {twice[0]}.")
    for name, hive_type in columns:
        if hive_type.strip().lower().partition("(")[0].strip() not in COLUMN_TYPES:
            raise InvalidInputException(
                f"Input source column {name} has an invalid data type defined in the catalog."
            )
    if primary_key not in names:
        raise InvalidInputException(f"Schema should contain given primary key: {primary_key}.")


def _parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {"TransformType": "FIND_MATCHES", "FindMatchesParameters": dict(parameters)}


def _unreadable(reason: str) -> InvalidInputException:
    return InvalidInputException(f"Problem fetching the data catalog schema: {reason.rstrip('.')}.")
