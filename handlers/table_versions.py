"""Versions of tables: four operations. UpdateTable makes them, in `tables.py`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gluematch.models.catalog import table_versions, tables
from gluematch.models.errors import GlueError, InvalidInputException

from . import paging, storage
from .ownership import require_own_catalog
from .registry import Call, operation
from .tables import described

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        BatchDeleteTableVersionRequestTypeDef,
        DeleteTableVersionRequestTypeDef,
        GetTableVersionRequestTypeDef,
        GetTableVersionsRequestTypeDef,
    )


@operation
def get_table_version(call: Call, request: "GetTableVersionRequestTypeDef") -> Mapping[str, Any]:
    """One version of a table; the present one if none is named."""
    require_own_catalog(call, request)
    database, name = request["DatabaseName"], request["TableName"]
    wanted = request.get("VersionId")
    with call.catalog.read() as tx:
        if wanted is None:
            table = tables.get(tx, database, name)
        else:
            table = table_versions.get(tx, database, name, _number(wanted))
    return {"TableVersion": _answer(call, table)}


@operation
def get_table_versions(call: Call, request: "GetTableVersionsRequestTypeDef") -> Mapping[str, Any]:
    """The versions of a table that are kept, the present one first."""
    require_own_catalog(call, request)
    page = paging.start("get_table_versions", request)
    of = (request["DatabaseName"], request["TableName"])
    with call.catalog.read() as tx:
        rows = table_versions.page(tx, *of, page.after, page.size)
    found = paging.part(page, rows, lambda table: table.version)
    listed = [_answer(call, table) for table in found.items]
    return {"TableVersions": listed, "NextToken": found.next_token}


@operation
def delete_table_version(
    call: Call, request: "DeleteTableVersionRequestTypeDef"
) -> Mapping[str, Any]:
    """An earlier version of a table goes."""
    require_own_catalog(call, request)
    number = _number(request["VersionId"])
    with call.catalog.begin() as tx:
        table_versions.delete(tx, request["DatabaseName"], request["TableName"], number)
    return {}


@operation
def batch_delete_table_version(
    call: Call, request: "BatchDeleteTableVersionRequestTypeDef"
) -> Mapping[str, Any]:
    """Several earlier versions go; those that cannot are told one by one."""
    require_own_catalog(call, request)
    database, name = request["DatabaseName"], request["TableName"]
    errors: list[dict[str, Any]] = []
    with call.catalog.begin() as tx:
        tables.get(tx, database, name)
        for version in request["VersionIds"]:
            try:
                table_versions.delete(tx, database, name, _number(version))
            except GlueError as error:
                failed = {"TableName": name, "VersionId": version}
                errors.append({**failed, "ErrorDetail": storage.detail(error)})
    return {"Errors": errors or None}


def _number(version: str) -> int:
    if not (version.isascii() and version.isdecimal()) or len(version) > 9:
        raise InvalidInputException(f"{version} is not the id of a table version.")
    return int(version)


def _answer(call: Call, table: tables.Table) -> dict[str, Any]:
    return {"Table": described(call, table), "VersionId": str(table.version)}
