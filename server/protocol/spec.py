"""What Glue's service model says of each operation: botocore's copy, loaded once.

Routes of our own are declared in the same form, so that they are checked by the same parser.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

COMMON_ERRORS = frozenset(
    {
        "AccessDeniedException",
        "InternalServiceException",
        "SerializationException",
        "ThrottlingException",
        "UnknownOperationException",
        "ValidationException",
    }
)
"""What every operation may answer, declared or not (AWS, "Common errors")."""

TARGET = "AWSGlue."

_OWN_OPERATIONS: dict[str, Any] = {
    "FindMatches": {
        "name": "FindMatches",
        "http": {"method": "POST", "requestUri": "/_gluematch/find-matches"},
        "input": {"shape": "FindMatchesRequest"},
        "output": {"shape": "FindMatchesResponse"},
        "errors": [
            {"shape": "EntityNotFoundException"},
            {"shape": "InvalidInputException"},
            {"shape": "MLTransformNotReadyException"},
            {"shape": "ConcurrentRunsExceededException"},
            {"shape": "OperationTimeoutException"},
            {"shape": "InternalServiceException"},
        ],
    }
}

_OWN_SHAPES = {
    "FindMatchesRequest": {
        "type": "structure",
        "required": ["TransformId", "OutputS3Path"],
        "members": {
            "TransformId": {"shape": "HashString"},
            "OutputS3Path": {"shape": "UriString"},
            "Format": {"shape": "FindMatchesFormat"},
            "ComputeMatchConfidenceScores": {"shape": "NullableBoolean"},
            "InputTable": {"shape": "FindMatchesTable"},
        },
    },
    "FindMatchesFormat": {"type": "string", "enum": ["csv", "json", "parquet"]},
    "FindMatchesTable": {
        "type": "structure",
        "required": ["DatabaseName", "TableName"],
        "members": {
            "DatabaseName": {"shape": "NameString"},
            "TableName": {"shape": "NameString"},
        },
    },
    "FindMatchesResponse": {
        "type": "structure",
        "members": {"TaskRunId": {"shape": "HashString"}},
    },
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: its wire name, the name of its handler, its shapes, what it may raise."""

    name: str
    handler: str
    input: Shape | None
    output: Shape | None
    errors: frozenset[str]


@cache
def model() -> ServiceModel:
    """Glue's service model, and the shapes of our own routes beside it."""
    glue: dict[str, Any] = Loader().load_service_model("glue", "service-2")
    together = {
        **glue,
        "operations": {**glue["operations"], **_OWN_OPERATIONS},
        "shapes": {**glue["shapes"], **_OWN_SHAPES},
    }
    return ServiceModel(together, "glue")


@cache
def names() -> frozenset[str]:
    """Every operation that Glue has, by wire name."""
    return frozenset(model().operation_names) - frozenset(_OWN_OPERATIONS)


@cache
def operation(name: str) -> Operation:
    """The operation of Glue of that wire name. Raises KeyError."""
    if name not in names():
        raise KeyError(name)
    return _described(name)


@cache
def route(path: str) -> Operation:
    """The operation of our own that is posted to `/_gluematch/<path>`. Raises KeyError."""
    for name, declared in _OWN_OPERATIONS.items():
        if declared["http"]["requestUri"] == f"/_gluematch/{path}":
            return _described(name)
    raise KeyError(path)


def _described(name: str) -> Operation:
    found = model().operation_model(name)
    return Operation(
        name=name,
        handler=xform_name(name),
        input=found.input_shape,
        output=found.output_shape,
        errors=frozenset(shape.name for shape in found.error_shapes),
    )
