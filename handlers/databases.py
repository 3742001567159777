"""Databases of the Data Catalog: five operations."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gluematch.models.catalog import databases, tags
from gluematch.models.errors import InvalidInputException

from . import paging, quotas
from .ownership import require_own_catalog
from .registry import Call, operation
from .tags import refuse_reserved

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        CreateDatabaseRequestTypeDef,
        DeleteDatabaseRequestTypeDef,
        GetDatabaseRequestTypeDef,
        GetDatabasesRequestTypeDef,
        UpdateDatabaseRequestTypeDef,
    )

AS_GIVEN = ("Description", "LocationUri", "Parameters", "TargetDatabase", "FederatedDatabase")
OPEN_TO_IAM = [
    {
        "Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"},
        "Permissions": ["ALL"],
    }
]


@operation
def create_database(call: Call, request: "CreateDatabaseRequestTypeDef") -> Mapping[str, Any]:
    """A new, empty database."""
    require_own_catalog(call, request, refusal=InvalidInputException)
    document = request["DatabaseInput"]
    tagged = request.get("Tags", {})
    refuse_reserved(tagged)
    with call.catalog.begin() as tx:
        database = databases.create(tx, document["Name"], document)
        there = databases.over(tx, quotas.DATABASES)
        quotas.refuse_over(quotas.DATABASES, there, "databases")
        tags.add(tx, call.scope.arn(f"database/{database.name}"), tagged)
    return {}


@operation
def get_database(call: Call, request: "GetDatabaseRequestTypeDef") -> Mapping[str, Any]:
    """One database."""
    require_own_catalog(call, request)
    with call.catalog.read() as tx:
        return {"Database": _answer(call, databases.get(tx, request["Name"]))}


@operation
def get_databases(call: Call, request: "GetDatabasesRequestTypeDef") -> Mapping[str, Any]:
    """All databases of the account; none is shared by another, so FOREIGN finds none."""
    require_own_catalog(call, request)
    page = paging.start("get_databases", request)
    if request.get("ResourceShareType", "ALL") != "ALL":
        return {"DatabaseList": []}
    with call.catalog.read() as tx:
        found = paging.cut(page, databases.page(tx, page.after, page.probe), lambda d: d.name)
    wanted = {*request.get("AttributesToGet", ())}
    listed = [_answer(call, database) for database in found.items]
    if wanted:
        wanted.add("NAME")  # no database is without one
        listed = [{k: v for k, v in one.items() if _attribute(k) in wanted} for one in listed]
    return {"DatabaseList": listed, "NextToken": found.next_token}


@operation
def update_database(call: Call, request: "UpdateDatabaseRequestTypeDef") -> Mapping[str, Any]:
    """Another definition for a database; its name stays."""
    require_own_catalog(call, request)
    document = request["DatabaseInput"]
    if document["Name"].lower() != request["Name"].lower():
        raise InvalidInputException("A database cannot be renamed.")
    with call.catalog.begin() as tx:
        databases.update(tx, request["Name"], document)
    return {}


@operation
def delete_database(call: Call, request: "DeleteDatabaseRequestTypeDef") -> Mapping[str, Any]:
    """A database goes, with all its tables."""
    require_own_catalog(call, request)
    with call.catalog.begin() as tx:
        databases.delete(tx, request["Name"])
    return {}


def _attribute(member: str) -> str:
    return {"Name": "NAME", "TargetDatabase": "TARGET_DATABASE"}.get(member, "")


def _answer(call: Call, database: databases.Database) -> dict[str, Any]:
    document = database.document
    return {
        "Name": database.name,
        **{member: document[member] for member in AS_GIVEN if member in document},
        "CreateTime": database.created,
        "CreateTableDefaultPermissions": document.get("CreateTableDefaultPermissions", OPEN_TO_IAM),
        "CatalogId": call.scope.account,
    }
