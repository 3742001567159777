"""Statistics of columns, for tables and for single partitions: six operations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluematch.models.catalog import column_statistics, partitions, tables
from gluematch.models.catalog.store import Transaction
from gluematch.models.errors import EntityNotFoundException, GlueError, InvalidInputException

from . import storage
from .registry import Call, operation

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        DeleteColumnStatisticsForPartitionRequestTypeDef,
        DeleteColumnStatisticsForTableRequestTypeDef,
        GetColumnStatisticsForPartitionRequestTypeDef,
        GetColumnStatisticsForTableRequestTypeDef,
        UpdateColumnStatisticsForPartitionRequestTypeDef,
        UpdateColumnStatisticsForTableRequestTypeDef,
    )

KINDS: Mapping[str, str] = {
    **dict.fromkeys(("tinyint", "smallint", "int", "integer", "bigint", "long"), "LONG"),
    **dict.fromkeys(("float", "double"), "DOUBLE"),
    **dict.fromkeys(("string", "char", "varchar"), "STRING"),
    "boolean": "BOOLEAN",
    "date": "DATE",
    "decimal": "DECIMAL",
    "binary": "BINARY",
}
"""What statistics columns of a Hive type have; of other types they may be of any kind."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose columns a request is about: a table's, or with `values` a partition's."""

    table: tables.Table
    values: tuple[str, ...]
    columns: Mapping[str, str]

    @property
    def place(self) -> tuple[str, str, tuple[str, ...]]:
        """Where the store keeps the statistics."""
        return self.table.database, self.table.name, self.values


@operation
def get_column_statistics_for_table(
    call: Call, request: "GetColumnStatisticsForTableRequestTypeDef"
) -> Mapping[str, Any]:
    """The statistics of some columns of a table; those that have none are told one by one."""
    with call.catalog.read() as tx:
        return _found(tx, _table(call, tx, request), request["ColumnNames"])


@operation
def get_column_statistics_for_partition(
    call: Call, request: "GetColumnStatisticsForPartitionRequestTypeDef"
) -> Mapping[str, Any]:
    """The statistics of some columns of a partition; those that have none are told one by one."""
    with call.catalog.read() as tx:
        return _found(tx, _partition(call, tx, request), request["ColumnNames"])


@operation
def update_column_statistics_for_table(
    call: Call, request: "UpdateColumnStatisticsForTableRequestTypeDef"
) -> Mapping[str, Any]:
    """Statistics of columns of a table; what does not fit is told one by one."""
    with call.catalog.begin() as tx:
        return _saved(tx, _table(call, tx, request), request["ColumnStatisticsList"])


@operation
def update_column_statistics_for_partition(
    call: Call, request: "UpdateColumnStatisticsForPartitionRequestTypeDef"
) -> Mapping[str, Any]:
    """Statistics of columns of a partition; what does not fit is told one by one."""
    with call.catalog.begin() as tx:
        return _saved(tx, _partition(call, tx, request), request["ColumnStatisticsList"])


@operation
def delete_column_statistics_for_table(
    call: Call, request: "DeleteColumnStatisticsForTableRequestTypeDef"
) -> Mapping[str, Any]:
    """The statistics of a column of a table go, if there are any."""
    with call.catalog.begin() as tx:
        subject = _table(call, tx, request)
        column_statistics.delete(tx, *subject.place, request["ColumnName"].lower())
    return {}


@operation
def delete_column_statistics_for_partition(
    call: Call, request: "DeleteColumnStatisticsForPartitionRequestTypeDef"
) -> Mapping[str, Any]:
    """The statistics of a column of a partition go, if there are any."""
    with call.catalog.begin() as tx:
        subject = _partition(call, tx, request)
        column_statistics.delete(tx, *subject.place, request["ColumnName"].lower())
    return {}


def _table(call: Call, tx: Transaction, request: Mapping[str, Any]) -> Subject:
    table = storage.table(call, tx, request)
    return Subject(table, column_statistics.WHOLE, dict((*table.columns, *table.partition_keys)))


def _partition(call: Call, tx: Transaction, request: Mapping[str, Any]) -> Subject:
    table = storage.table(call, tx, request)
    values = tuple(request["PartitionValues"])
    partition = partitions.find(tx, table.database, table.name, values)
    if partition is None:
        raise EntityNotFoundException(f"Partition [{', '.join(values)}] not found")
    own = partition.document.get("StorageDescriptor", {}).get("Columns", ())
    columns = ((column["Name"], column.get("Type", "")) for column in own)
    return Subject(table, values, dict((*table.columns, *table.partition_keys, *columns)))


def _found(tx: Transaction, subject: Subject, names: Sequence[str]) -> Mapping[str, Any]:
    columns = {name.lower(): name for name in names}
    kept = column_statistics.many(tx, *subject.place, columns)
    errors = []
    for column, name in columns.items():
        if column not in kept:
            error = EntityNotFoundException(f"Column {name} has no statistics.")
            errors.append({"ColumnName": name, "Error": storage.detail(error)})
    listed = [kept[column] for column in columns if column in kept]
    return {"ColumnStatisticsList": listed, "Errors": errors}


def _saved(
    tx: Transaction, subject: Subject, given: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any]:
    fitting: dict[str, Mapping[str, Any]] = {}
    errors: list[dict[str, Any]] = []
    for statistics in given:
        try:
            _require_fits(subject, statistics)
        except GlueError as error:
            detail = storage.detail(error)
            errors.append({"ColumnStatistics": statistics, "Error": detail})
        else:
            name = statistics["ColumnName"].lower()
            fitting[name] = {**statistics, "ColumnName": name}
    column_statistics.save(tx, *subject.place, fitting)
    return {"Errors": errors}


def _require_fits(subject: Subject, statistics: Mapping[str, Any]) -> None:
    """Raise EntityNotFoundException for an unknown column, InvalidInputException for statistics
    that are not of the column's type, or not of the kind that they say."""
    name, data = statistics["ColumnName"], statistics["StatisticsData"]
    hive = subject.columns.get(name.lower())
    if hive is None:
        raise EntityNotFoundException(f"Column {name} not found.")
    kind = data["Type"]
    member = f"{kind.title()}ColumnStatisticsData"
    if data.get(member) is None:
        raise InvalidInputException(f"StatisticsData of type {kind} must have {member}.")
    wanted = KINDS.get(hive.partition("(")[0].strip().lower(), kind)
    if kind != wanted:
        raise InvalidInputException(
            f"Column {name} of type {hive} has statistics of type {wanted}, not {kind}."
        )
