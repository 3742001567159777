"""Tables of the Data Catalog: six operations."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gluematch.models.catalog import databases, partition_indexes, tables
from gluematch.models.errors import (
    ConcurrentModificationException,
    EntityNotFoundException,
    InvalidInputException,
)

from . import iceberg, name_patterns, paging, quotas, storage
from .ownership import require_own_catalog
from .registry import Call, operation

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        BatchDeleteTableRequestTypeDef,
        CreateTableRequestTypeDef,
        DeleteTableRequestTypeDef,
        GetTableRequestTypeDef,
        GetTablesRequestTypeDef,
        UpdateTableRequestTypeDef,
    )

ATTRIBUTES = {"Name": "NAME", "TableType": "TABLE_TYPE"}
CONCURRENT = "Update table failed due to concurrent modifications."


@operation
def create_table(call: Call, request: "CreateTableRequestTypeDef") -> Mapping[str, Any]:
    """A new table in a database, version 0."""
    require_own_catalog(call, request)
    iceberg_asked = request.get("OpenTableFormatInput") is not None
    document = iceberg.created(call, request) if iceberg_asked else _document(request)
    with call.catalog.begin() as tx:
        made = tables.create(
            tx, request["DatabaseName"], document["Name"], document, _creator(call)
        )
        for index in request.get("PartitionIndexes", ()):
            partition_indexes.create_empty(tx, made, index["IndexName"], index["Keys"])
        there = tables.over(tx, request["DatabaseName"], quotas.TABLES)
        quotas.refuse_over(quotas.TABLES, there, "tables of the database")
    return {}


@operation
def get_table(call: Call, request: "GetTableRequestTypeDef") -> Mapping[str, Any]:
    """One table."""
    require_own_catalog(call, request)
    with call.catalog.read() as tx:
        table = tables.get(tx, request["DatabaseName"], request["Name"])
    return {"Table": _chosen(request, described(call, table))}


@operation
def get_tables(call: Call, request: "GetTablesRequestTypeDef") -> Mapping[str, Any]:
    """The tables of a database, by name; with an Expression those whose names fit it."""
    require_own_catalog(call, request)
    page = paging.start("get_tables", request)
    expression = request.get("Expression")
    matches = name_patterns.matcher(expression) if expression else None
    with call.catalog.read() as tx:
        rows = tables.page(tx, request["DatabaseName"], page.after, page.size, matches)
    if request.get("ResourceShareType") == "FEDERATED":
        return {"TableList": []}
    found = paging.part(page, rows, lambda table: table.name)
    listed = [_chosen(request, described(call, table)) for table in found.items]
    return {"TableList": listed, "NextToken": found.next_token}


@operation
def update_table(call: Call, request: "UpdateTableRequestTypeDef") -> Mapping[str, Any]:
    """Another definition for a table: its next version.

    A VersionId says which version the caller has read, and refuses to write over a later one.
    The version before is kept unless SkipArchive is set.
    """
    require_own_catalog(call, request)
    document, read = _changes(call, request)
    database, name = request["DatabaseName"], document["Name"]
    with call.catalog.begin() as tx:
        present = tables.get(tx, database, name)
        if not {read, request.get("VersionId")} <= {None, str(present.version)}:
            raise ConcurrentModificationException(CONCURRENT)
        archive = not request.get("SkipArchive", False)
        tables.update(tx, database, name, document, archive=archive)
    return {}


@operation
def delete_table(call: Call, request: "DeleteTableRequestTypeDef") -> Mapping[str, Any]:
    """A table goes, with its versions and partitions."""
    require_own_catalog(call, request)
    with call.catalog.begin() as tx:
        tables.delete(tx, request["DatabaseName"], request["Name"])
    return {}


@operation
def batch_delete_table(call: Call, request: "BatchDeleteTableRequestTypeDef") -> Mapping[str, Any]:
    """Several tables go; those that do not exist are told one by one."""
    require_own_catalog(call, request)
    database = request["DatabaseName"]
    errors: list[dict[str, Any]] = []
    with call.catalog.begin() as tx:
        databases.get(tx, database)
        for name in request["TablesToDelete"]:
            try:
                tables.delete(tx, database, name)
            except EntityNotFoundException as error:
                errors.append({"TableName": name, "ErrorDetail": storage.detail(error)})
    return {"Errors": errors or None}


def _changes(call: Call, request: Mapping[str, Any]) -> tuple[dict[str, Any], str | None]:
    """A table's next document, and the version that it rests on if it rests on any."""
    if request.get("UpdateOpenTableFormatInput") is None:
        return _document(request), None
    if "Name" not in request:
        raise InvalidInputException("Name must be provided.")
    with call.catalog.read() as tx:
        present = tables.get(tx, request["DatabaseName"], request["Name"])
    if request.get("VersionId", str(present.version)) != str(present.version):
        raise ConcurrentModificationException(CONCURRENT)
    return iceberg.changed(call, present, request), str(present.version)


def _document(request: Mapping[str, Any]) -> dict[str, Any]:
    """The TableInput of a request, names folded. Raises InvalidInputException."""
    given = request.get("TableInput")
    if given is None:
        raise InvalidInputException("TableInput must be provided.")
    if request.get("Name", given["Name"]).lower() != given["Name"].lower():
        raise InvalidInputException("Name and the name in TableInput must be the same.")
    document = storage.folded(given)
    if "PartitionKeys" in document:
        document["PartitionKeys"] = storage.folded_columns(document["PartitionKeys"])
    return document


def _creator(call: Call) -> str:
    return f"arn:{call.scope.partition}:iam::{call.scope.account}:root"


def _chosen(request: Mapping[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """The attributes that the request asks for; the name always, all of them by default."""
    wanted = {*request.get("AttributesToGet", ())}
    if not wanted or wanted - {*ATTRIBUTES.values()}:
        return answer
    wanted.add("NAME")
    return {member: answer.get(member) for member, name in ATTRIBUTES.items() if name in wanted}


def described(call: Call, table: tables.Table) -> dict[str, Any]:
    """A table as Glue answers it."""
    return {
        "Retention": 0,
        **storage.completed(table.document),
        "Name": table.name,
        "DatabaseName": table.database,
        "CreateTime": table.created,
        "UpdateTime": table.updated,
        "CreatedBy": table.created_by,
        "IsRegisteredWithLakeFormation": False,
        "CatalogId": call.scope.account,
        "VersionId": str(table.version),
    }
