"""Connections: how crawlers reach databases. A crawl connects, and so does TestConnection."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gluematch.models.catalog import connections, tags
from gluematch.models.catalog.connections import Connection
from gluematch.models.datasets.access import SourceError
from gluematch.models.datasets.jdbc import DatabaseError, login_of, properties_of, require_allowed
from gluematch.models.datasets.logins import full_login
from gluematch.models.datasets.relational import connected
from gluematch.models.errors import (
    EntityNotFoundException,
    InvalidInputException,
    ResourceNumberLimitExceededException,
    ValidationException,
)

from . import paging
from .ownership import require_own_catalog
from .registry import Call, operation
from .storage import detail
from .tags import refuse_reserved

if TYPE_CHECKING:
    from types_boto3_glue import type_defs as glue

LIMIT = 1000
APART = ("ValidateCredentials", "ValidateForComputeEnvironments")
CREDENTIALS = ("BasicAuthenticationCredentials", "CustomAuthenticationCredentials")
OAUTH_CREDENTIALS = ("AuthorizationCodeProperties", "OAuth2Credentials")


@operation
def create_connection(
    call: Call, request: "glue.CreateConnectionRequestTypeDef"
) -> Mapping[str, Any]:
    """A new connection, READY: nobody connects before a crawl or a test does."""
    require_own_catalog(call, request, refusal=InvalidInputException)
    document = request["ConnectionInput"]
    _require_allowed(call, document)
    given = request.get("Tags", {})
    refuse_reserved(given)
    with call.catalog.begin() as tx:
        if connections.count(tx) >= LIMIT:
            raise ResourceNumberLimitExceededException(f"There are {LIMIT} connections already.")
        connection = connections.create(tx, document["Name"], document)
        tags.add(tx, tx.scope.arn(f"connection/{connection.name}"), given)
    return {"CreateConnectionStatus": "READY"}


@operation
def get_connection(call: Call, request: "glue.GetConnectionRequestTypeDef") -> Mapping[str, Any]:
    """One connection."""
    require_own_catalog(call, request)
    with call.catalog.read() as tx:
        found = connections.get(tx, request["Name"])
    return {"Connection": _answer(found, hide=request.get("HidePassword", False))}


@operation
def get_connections(call: Call, request: "glue.GetConnectionsRequestTypeDef") -> Mapping[str, Any]:
    """The connections of a type, and with all the criteria, that are asked for, by name."""
    require_own_catalog(call, request)
    page = paging.start("get_connections", request)
    wanted = request.get("Filter", {})
    with call.catalog.read() as tx:
        fitting = [one for one in connections.every(tx) if _fits(one, wanted)]
    found = paging.listed(page, fitting, lambda one: [one.name])
    hide = request.get("HidePassword", False)
    listed = [_answer(one, hide=hide) for one in found.items]
    return {"ConnectionList": listed, "NextToken": found.next_token}


@operation
def update_connection(
    call: Call, request: "glue.UpdateConnectionRequestTypeDef"
) -> Mapping[str, Any]:
    """Another definition for a connection; its name stays."""
    require_own_catalog(call, request)
    document = request["ConnectionInput"]
    if document["Name"] != request["Name"]:
        raise InvalidInputException("A connection cannot be renamed.")
    _require_allowed(call, document)
    with call.catalog.begin() as tx:
        connections.update(tx, request["Name"], document)
    return {}


@operation
def delete_connection(
    call: Call, request: "glue.DeleteConnectionRequestTypeDef"
) -> Mapping[str, Any]:
    """A connection goes, with its tags; crawlers that name it fail from then on."""
    require_own_catalog(call, request)
    with call.catalog.begin() as tx:
        connections.delete(tx, request["ConnectionName"])
    return {}


@operation
def batch_delete_connection(
    call: Call, request: "glue.BatchDeleteConnectionRequestTypeDef"
) -> Mapping[str, Any]:
    """Several connections go; those that are not there are told one by one."""
    require_own_catalog(call, request, refusal=ValidationException)
    gone: list[str] = []
    errors: dict[str, Any] = {}
    with call.catalog.begin() as tx:
        for name in dict.fromkeys(request["ConnectionNameList"]):
            try:
                connections.delete(tx, name)
                gone.append(name)
            except EntityNotFoundException as error:
                errors[name] = detail(error)
    return {"Succeeded": gone, "Errors": errors}


@operation
def test_connection(call: Call, request: "glue.TestConnectionRequestTypeDef") -> Mapping[str, Any]:
    """Whether a connection leads to a database that lets its user in: here, not in the worker,
    for the caller waits. InvalidInputException says why it does not."""
    require_own_catalog(call, request)
    given = request.get("TestConnectionInput")
    if (given is None) == ("ConnectionName" not in request):
        raise InvalidInputException("Give either a ConnectionName or a TestConnectionInput.")
    with call.catalog.read() as tx:
        document = given or connections.get(tx, request["ConnectionName"]).document
    try:
        login = full_login(properties_of(document), call.services, call.objects)
        require_allowed(login, call.services.access.allowed)
        with connected(login):
            return {}
    except SourceError as error:
        raise InvalidInputException(str(error)) from None


def _require_allowed(call: Call, document: Mapping[str, Any]) -> None:
    """Raise InvalidInputException for a connection to a database that this server must not reach.

    One that leads to no database that it could reach is refused where it is used.
    """
    try:
        login = login_of(properties_of(document))
    except DatabaseError:
        return
    try:
        require_allowed(login, call.services.access.allowed)
    except DatabaseError as error:
        raise InvalidInputException(str(error)) from None


def _fits(connection: Connection, wanted: Mapping[str, Any]) -> bool:
    document = connection.document
    return (
        wanted.get("ConnectionType") in {None, document["ConnectionType"]}
        and wanted.get("ConnectionSchemaVersion") in {None, _schema_version(connection)}
        and set(wanted.get("MatchCriteria") or ()) <= set(document.get("MatchCriteria") or ())
    )


def _schema_version(connection: Connection) -> int:
    """2 where the credentials are described apart from the properties."""
    return 2 if "AuthenticationConfiguration" in connection.document else 1


def _answer(connection: Connection, *, hide: bool) -> dict[str, Any]:
    """The connection as Glue shows it; `hide` leaves every password out."""
    document = {name: value for name, value in connection.document.items() if name not in APART}
    properties = document["ConnectionProperties"]
    if hide:
        properties = {k: v for k, v in properties.items() if not k.endswith("PASSWORD")}
    if authentication := document.get("AuthenticationConfiguration"):
        document["AuthenticationConfiguration"] = _without_credentials(authentication)
    return {
        "MatchCriteria": [],
        **document,
        "ConnectionProperties": properties,
        "CreationTime": connection.created,
        "LastUpdatedTime": connection.updated,
        "Status": "READY",
        "ConnectionSchemaVersion": _schema_version(connection),
    }


def _without_credentials(given: Mapping[str, Any]) -> dict[str, Any]:
    """An AuthenticationConfiguration as it is shown: credentials never are, here as in Glue."""
    shown = {name: value for name, value in given.items() if name not in CREDENTIALS}
    if oauth := shown.get("OAuth2Properties"):
        shown["OAuth2Properties"] = {k: v for k, v in oauth.items() if k not in OAUTH_CREDENTIALS}
    return shown
