"""The operations of Glue that we do not build: moto answers some, in memory; the rest we refuse.

Moto gets only what touches nothing of ours. A refusal is a 4xx that names the operation, for
SDKs repeat a 5xx. The choice is explained in docs/decisions/neighbours.md.
"""

import logging
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from functools import cache
from typing import Any

from moto.moto_server.werkzeug_app import create_backend_app
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from gluematch.models.errors import GlueError
from gluematch.models.scope import Scope
from gluematch.server.protocol import faults, parser, spec
from gluematch.server.protocol.faults import Answer

log = logging.getLogger(__name__)

PASSED_ON = frozenset(
    {
        "CreateTrigger",
        "GetTrigger",
        "GetTriggers",
        "ListTriggers",
        "BatchGetTriggers",
        "StartTrigger",
        "StopTrigger",
        "DeleteTrigger",
        "CreateWorkflow",
        "GetWorkflow",
        "ListWorkflows",
        "BatchGetWorkflows",
        "UpdateWorkflow",
        "DeleteWorkflow",
        "StartWorkflowRun",
        "StopWorkflowRun",
        "GetWorkflowRun",
        "GetWorkflowRuns",
        "GetWorkflowRunProperties",
        "PutWorkflowRunProperties",
        "CreateRegistry",
        "GetRegistry",
        "ListRegistries",
        "DeleteRegistry",
        "CreateSchema",
        "GetSchema",
        "UpdateSchema",
        "DeleteSchema",
        "RegisterSchemaVersion",
        "GetSchemaVersion",
        "GetSchemaByDefinition",
        "PutSchemaVersionMetadata",
        "CreateSession",
        "GetSession",
        "ListSessions",
        "StopSession",
        "DeleteSession",
        "CreateDevEndpoint",
        "GetDevEndpoint",
        "GetDevEndpoints",
        "DeleteDevEndpoint",
        "CreateSecurityConfiguration",
        "GetSecurityConfiguration",
        "GetSecurityConfigurations",
        "DeleteSecurityConfiguration",
    }
)

_TAGGING = frozenset({"TagResource", "UntagResource", "GetTags"})
_KINDS = frozenset({"trigger", "workflow", "registry", "schema", "session", "devEndpoint"})


class InvalidInputException(GlueError):
    """Glue has the operation, this server does not."""


class ValidationException(GlueError):
    """The same, where the operation declares only this."""


class OperationNotSupportedException(GlueError):
    """The same, where the operation declares only this."""


_REFUSALS = (InvalidInputException, ValidationException, OperationNotSupportedException)


def owns(operation: str, members: Mapping[str, Any]) -> bool:
    """Whether a tagging operation speaks of a resource that moto keeps."""
    if operation not in _TAGGING:
        return False
    resource = members["ResourceArn"].split(":", 5)[-1]
    return resource.partition("/")[0] in _KINDS


def answer(who: Scope, operation: spec.Operation, body: bytes) -> Answer:
    """Moto's answer. Raises a GlueError that the operation declares where there is none."""
    if operation.name not in PASSED_ON | _TAGGING:
        raise _refusal(operation, "this server does not build it")
    with suppress(faults.ValidationException) if _checks_itself(operation) else nullcontext():
        parser.parse(operation, body)
    try:
        parts, status, headers = run_wsgi_app(_moto(), _environ(who, operation, body))
        found = b"".join(parts)
    except NotImplementedError:
        raise _refusal(operation, "its neighbour does not build it") from None
    except Exception as error:
        log.error("the neighbour failed at %s", operation.name, exc_info=error)
        raise _refusal(operation, "its neighbour fails at this request") from None
    number = int(status.split(" ", 1)[0])
    if number >= 500 or "html" in headers.get("Content-Type", ""):
        raise _refusal(operation, "its neighbour fails at this request")
    return Answer(number, found or b"{}")


def _checks_itself(operation: spec.Operation) -> bool:
    """Whether the model's constraints are left to the neighbour: its types are not.

    The schema registry refuses by InvalidInputException what the model does not allow, and takes
    definitions of several lines, which their pattern would not. Sessions never run here.
    """
    return any(part in operation.name for part in ("Schema", "Registr", "Session"))


def _refusal(operation: spec.Operation, why: str) -> GlueError:
    declared = [kind for kind in _REFUSALS if kind.__name__ in operation.errors]
    kind = declared[0] if declared else InvalidInputException
    return kind(f"{operation.name} is an operation of AWS Glue, but {why}.")


@cache
def _moto() -> Any:
    return create_backend_app("glue")


def _environ(who: Scope, operation: spec.Operation, body: bytes) -> dict[str, Any]:
    """The request again, signed for the scope that we have read from it."""
    credential = f"{who.account}/20200101/{who.region}/glue/aws4_request"
    headers = Headers()
    headers["X-Amz-Target"] = spec.TARGET + operation.name
    headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={credential}, Signature=0"
    headers["x-moto-account-id"] = who.account
    builder = EnvironBuilder(
        method="POST",
        data=body,
        content_type=faults.CONTENT_TYPE,
        headers=headers,
    )
    return builder.get_environ()
