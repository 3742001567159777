"""User-defined functions of the Data Catalog: five operations. Nothing here calls them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gluematch.models.catalog import functions
from gluematch.models.errors import InvalidInputException

from . import name_patterns, paging, quotas
from .ownership import require_own_catalog
from .registry import Call, operation

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        CreateUserDefinedFunctionRequestTypeDef,
        DeleteUserDefinedFunctionRequestTypeDef,
        GetUserDefinedFunctionRequestTypeDef,
        GetUserDefinedFunctionsRequestTypeDef,
        UpdateUserDefinedFunctionRequestTypeDef,
    )


@operation
def create_user_defined_function(
    call: Call, request: "CreateUserDefinedFunctionRequestTypeDef"
) -> Mapping[str, Any]:
    """A new function in a database."""
    require_own_catalog(call, request)
    document = request["FunctionInput"]
    name = document.get("FunctionName")
    if name is None:
        raise InvalidInputException("FunctionName must be provided.")
    with call.catalog.begin() as tx:
        functions.create(tx, request["DatabaseName"], name, document)
        there = functions.over(tx, request["DatabaseName"], quotas.FUNCTIONS)
        quotas.refuse_over(quotas.FUNCTIONS, there, "functions of the database")
    return {}


@operation
def get_user_defined_function(
    call: Call, request: "GetUserDefinedFunctionRequestTypeDef"
) -> Mapping[str, Any]:
    """One function."""
    require_own_catalog(call, request)
    with call.catalog.read() as tx:
        function = functions.get(tx, request["DatabaseName"], request["FunctionName"])
    return {"UserDefinedFunction": _answer(call, function)}


@operation
def get_user_defined_functions(
    call: Call, request: "GetUserDefinedFunctionsRequestTypeDef"
) -> Mapping[str, Any]:
    """The functions whose names fit a pattern, of one database or of all."""
    require_own_catalog(call, request)
    page = paging.start("get_user_defined_functions", request)
    fits, kind = name_patterns.matcher(request["Pattern"]), request.get("FunctionType")

    def matches(function: functions.Function) -> bool:
        return kind in (None, function.document.get("FunctionType")) and fits(function.name)

    with call.catalog.read() as tx:
        rows = functions.page(tx, request.get("DatabaseName"), page.after, page.probe, matches)
    found = paging.cut(page, rows, lambda function: [function.database, function.name])
    listed = [_answer(call, function) for function in found.items]
    return {"UserDefinedFunctions": listed, "NextToken": found.next_token}


@operation
def update_user_defined_function(
    call: Call, request: "UpdateUserDefinedFunctionRequestTypeDef"
) -> Mapping[str, Any]:
    """Another definition for a function; its name stays."""
    require_own_catalog(call, request)
    document, name = request["FunctionInput"], request["FunctionName"]
    if document.get("FunctionName", name).lower() != name.lower():
        raise InvalidInputException("A function cannot be renamed.")
    with call.catalog.begin() as tx:
        functions.update(tx, request["DatabaseName"], name, document)
    return {}


@operation
def delete_user_defined_function(
    call: Call, request: "DeleteUserDefinedFunctionRequestTypeDef"
) -> Mapping[str, Any]:
    """A function goes."""
    require_own_catalog(call, request)
    with call.catalog.begin() as tx:
        functions.delete(tx, request["DatabaseName"], request["FunctionName"])
    return {}


def _answer(call: Call, function: functions.Function) -> dict[str, Any]:
    return {
        "FunctionType": "REGULAR_FUNCTION",
        **function.document,
        "FunctionName": function.name,
        "DatabaseName": function.database,
        "CreateTime": function.created,
        "CatalogId": call.scope.account,
    }
