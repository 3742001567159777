"""Partitions of tables: nine operations."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gluematch.models.catalog import partitions, tables
from gluematch.models.errors import (
    AlreadyExistsException,
    EntityNotFoundException,
    GlueError,
    InvalidInputException,
)

from . import paging, storage
from .registry import Call, operation

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        BatchCreatePartitionRequestTypeDef,
        BatchDeletePartitionRequestTypeDef,
        BatchGetPartitionRequestTypeDef,
        BatchUpdatePartitionRequestTypeDef,
        CreatePartitionRequestTypeDef,
        DeletePartitionRequestTypeDef,
        GetPartitionRequestTypeDef,
        GetPartitionsRequestTypeDef,
        UpdatePartitionRequestTypeDef,
    )

    from gluematch.models.catalog.partition_filters import Filter


@operation
def create_partition(call: Call, request: "CreatePartitionRequestTypeDef") -> Mapping[str, Any]:
    """A new partition of a table, with one value for each of its partition keys."""
    given = request["PartitionInput"]
    with call.catalog.begin() as tx:
        table = storage.table(call, tx, request)
        values = _values(table, given.get("Values"))
        partitions.create(tx, table.database, table.name, values, storage.folded(given))
    return {}


@operation
def batch_create_partition(
    call: Call, request: "BatchCreatePartitionRequestTypeDef"
) -> Mapping[str, Any]:
    """Several new partitions; those that exist are told one by one, the others are made."""
    errors: list[dict[str, Any]] = []
    with call.catalog.begin() as tx:
        table = storage.table(call, tx, request)
        given = [(_values(table, one.get("Values")), one) for one in request["PartitionInputList"]]
        taken = {*partitions.many(tx, table.database, table.name, [key for key, _ in given])}
        new: dict[tuple[str, ...], Mapping[str, Any]] = {}
        for values, document in given:
            if values in taken or values in new:
                errors.append(_failure(values, AlreadyExistsException(partitions.EXISTS)))
            else:
                new[values] = storage.folded(document)
        partitions.put_many(tx, table.database, table.name, new)
    return {"Errors": errors or None}


@operation
def get_partition(call: Call, request: "GetPartitionRequestTypeDef") -> Mapping[str, Any]:
    """One partition."""
    with call.catalog.read() as tx:
        table = storage.table(call, tx, request)
        found = partitions.get(tx, table.database, table.name, request["PartitionValues"])
    return {"Partition": _answer(call, found)}


@operation
def get_partitions(call: Call, request: "GetPartitionsRequestTypeDef") -> Mapping[str, Any]:
    """The partitions of a table, page by page; with an Expression those that it asks for."""
    segment = _segment(request)
    page = paging.start("get_partitions", request)
    with call.catalog.read() as tx:
        table = storage.table(call, tx, request)
        of = (table.database, table.name, page.after, page.size)
        matching = _filter(table, request.get("Expression", ""))
        rows = partitions.page(tx, *of, segment=segment, matching=matching)
    found = paging.part(page, rows, lambda partition: list(partition.values))
    listed = [_answer(call, partition) for partition in found.items]
    if request.get("ExcludeColumnSchema"):
        listed = [_without_columns(one) for one in listed]
    return {"Partitions": listed, "NextToken": found.next_token}


@operation
def batch_get_partition(
    call: Call, request: "BatchGetPartitionRequestTypeDef"
) -> Mapping[str, Any]:
    """Several partitions at once, in the order asked for; those that do not exist are left out.

    Those that do not fit into one answer are named, for the client to ask for them again.
    """
    wanted = [tuple(key["Values"]) for key in request["PartitionsToGet"]]
    with call.catalog.read() as tx:
        table = storage.table(call, tx, request)
        found, left = partitions.some(tx, table.database, table.name, wanted)
    listed = [_answer(call, found[values]) for values in dict.fromkeys(wanted) if values in found]
    return {"Partitions": listed, "UnprocessedKeys": [{"Values": list(each)} for each in left]}


@operation
def update_partition(call: Call, request: "UpdatePartitionRequestTypeDef") -> Mapping[str, Any]:
    """Another definition for a partition, and other values if they are given."""
    given, old = request["PartitionInput"], request["PartitionValueList"]
    with call.catalog.begin() as tx:
        table = storage.table(call, tx, request)
        new = _values(table, given.get("Values", old))
        document = storage.folded(given)
        partitions.update(tx, table.database, table.name, old, document, new_values=new)
    return {}


@operation
def batch_update_partition(
    call: Call, request: "BatchUpdatePartitionRequestTypeDef"
) -> Mapping[str, Any]:
    """Other definitions for several partitions, and other values; what fails is told one by one."""
    errors: list[dict[str, Any]] = []
    with call.catalog.begin() as tx:
        table = storage.table(call, tx, request)
        for entry in request["Entries"]:
            given, old = entry["PartitionInput"], entry["PartitionValueList"]
            try:
                new = _values(table, given.get("Values", old))
                document = storage.folded(given)
                partitions.update(tx, table.database, table.name, old, document, new_values=new)
            except GlueError as error:
                detail = storage.detail(error)
                errors.append({"PartitionValueList": list(old), "ErrorDetail": detail})
    return {"Errors": errors}


@operation
def delete_partition(call: Call, request: "DeletePartitionRequestTypeDef") -> Mapping[str, Any]:
    """A partition goes."""
    with call.catalog.begin() as tx:
        table = storage.table(call, tx, request)
        partitions.delete(tx, table.database, table.name, request["PartitionValues"])
    return {}


@operation
def batch_delete_partition(
    call: Call, request: "BatchDeletePartitionRequestTypeDef"
) -> Mapping[str, Any]:
    """Several partitions go; those that do not exist are told one by one."""
    errors: list[dict[str, Any]] = []
    with call.catalog.begin() as tx:
        table = storage.table(call, tx, request)
        for key in request["PartitionsToDelete"]:
            try:
                partitions.delete(tx, table.database, table.name, key["Values"])
            except EntityNotFoundException as error:
                errors.append(_failure(key["Values"], error))
    return {"Errors": errors or None}


def _values(table: tables.Table, given: Sequence[str] | None) -> tuple[str, ...]:
    """As many values as the table has partition keys; any, if it has no keys at all.

    Raises InvalidInputException.
    """
    values = tuple(given or ())
    if not values or len(values) != (len(table.partition_keys) or len(values)):
        raise InvalidInputException(
            "The number of partition keys do not match the number of partition values"
        )
    return values


def _segment(request: "GetPartitionsRequestTypeDef") -> partitions.Segment:
    given = request.get("Segment")
    if given is None:
        return partitions.WHOLE
    number, total = given["SegmentNumber"], given["TotalSegments"]
    if number >= total:
        raise InvalidInputException("SegmentNumber must be less than TotalSegments.")
    return partitions.Segment(number, total)


def _filter(table: tables.Table, expression: str) -> "Filter | None":
    """What a blank expression asks for is everything, as on AWS."""
    if not expression.strip():
        return None
    from gluematch.models.catalog.partition_filters import compiled  # noqa: PLC0415  # loads sqlglot

    return compiled(expression, table.partition_keys)


def _failure(
    values: Sequence[str], error: AlreadyExistsException | EntityNotFoundException
) -> dict[str, Any]:
    return {"PartitionValues": list(values), "ErrorDetail": storage.detail(error)}


def _without_columns(answer: dict[str, Any]) -> dict[str, Any]:
    kept = answer.get("StorageDescriptor")
    if kept is None:
        return answer
    return {**answer, "StorageDescriptor": {k: v for k, v in kept.items() if k != "Columns"}}


def _answer(call: Call, partition: partitions.Partition) -> dict[str, Any]:
    return {
        **storage.completed(partition.document),
        "Values": list(partition.values),
        "DatabaseName": partition.database,
        "TableName": partition.table,
        "CreationTime": partition.created,
        "CatalogId": call.scope.account,
    }
