"""Partition indexes of tables: three operations."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gluematch.models.catalog import partition_indexes

from . import paging, storage
from .registry import Call, operation

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        CreatePartitionIndexRequestTypeDef,
        DeletePartitionIndexRequestTypeDef,
        GetPartitionIndexesRequestTypeDef,
    )


@operation
def create_partition_index(
    call: Call, request: "CreatePartitionIndexRequestTypeDef"
) -> Mapping[str, Any]:
    """A new index over some partition keys of a table."""
    given = request["PartitionIndex"]
    with call.catalog.begin() as tx:
        table = storage.table(call, tx, request)
        partition_indexes.create(tx, table, given["IndexName"], given["Keys"])
    return {}


@operation
def get_partition_indexes(
    call: Call, request: "GetPartitionIndexesRequestTypeDef"
) -> Mapping[str, Any]:
    """The indexes of a table, by name."""
    page = paging.start("get_partition_indexes", request)
    with call.catalog.read() as tx:
        table = storage.table(call, tx, request)
        found = partition_indexes.of_table(tx, table.database, table.name)
    cut = paging.listed(page, found.items(), lambda item: [item[0]])
    listed = [_answer(index, status) for _, (index, status) in cut.items]
    return {"PartitionIndexDescriptorList": listed, "NextToken": cut.next_token}


@operation
def delete_partition_index(
    call: Call, request: "DeletePartitionIndexRequestTypeDef"
) -> Mapping[str, Any]:
    """An index goes."""
    with call.catalog.begin() as tx:
        table = storage.table(call, tx, request)
        partition_indexes.delete(tx, table.database, table.name, request["IndexName"])
    return {}


def _answer(index: partition_indexes.Index, status: str) -> dict[str, Any]:
    return {
        "IndexName": index.name,
        "Keys": [{"Name": name, "Type": hive} for name, hive in index.keys],
        "IndexStatus": status,
        "BackfillErrors": _errors(index) if status == partition_indexes.FAILED else None,
    }


def _errors(index: partition_indexes.Index) -> list[dict[str, Any]]:
    partitions = [{"Values": list(values)} for values in index.misfits]
    return [{"Code": "INVALID_PARTITION_TYPE_DATA_ERROR", "Partitions": partitions}]
