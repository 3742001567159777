"""What Glue's service model says of each operation: botocore's copy, loaded once.

Routes of our own are declared in the same form, so that they are checked by the same parser.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

from . import own

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

UNDECLARED: Mapping[str, frozenset[str]] = {
    "UpdatePartition": frozenset({"AlreadyExistsException"}),
}
"""What operations answer although the model does not say so (docs/decisions/partitions.md)."""

TARGET = "AWSGlue."


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
        "operations": {**glue["operations"], **own.OPERATIONS},
        "shapes": {**glue["shapes"], **own.SHAPES},
    }
    return ServiceModel(together, "glue")


@cache
def names() -> frozenset[str]:
    """Every operation that Glue has, by wire name."""
    return frozenset(model().operation_names) - frozenset(own.OPERATIONS)


@cache
def operation(name: str) -> Operation:
    """The operation of Glue of that wire name. Raises KeyError."""
    if name not in names():
        raise KeyError(name)
    return _described(name)


@dataclass(frozen=True, slots=True)
class Routed:
    """An operation of our own, the route that led to it, and the members that its path names."""

    operation: Operation
    route: str
    members: Mapping[str, str]


def route(method: str, path: str) -> Routed:
    """The operation of our own at `/_gluematch/<path>`. Raises KeyError, and LookupError where
    the path answers to another method."""
    elsewhere = False
    for name, declared in own.OPERATIONS.items():
        template = declared["http"]["requestUri"].removeprefix(own.ROOT)
        members = _filled(template, path)
        if members is None:
            continue
        if declared["http"]["method"] == method:
            return Routed(_described(name), f"{method} {template}", members)
        elsewhere = True
    raise LookupError(path) if elsewhere else KeyError(path)


def _filled(template: str, path: str) -> dict[str, str] | None:
    """What stands in a path in the place of a template's {members}; None if it does not fit."""
    asked, given = template.split("/"), path.split("/")
    if len(asked) != len(given):
        return None
    members = {}
    for part, text in zip(asked, given, strict=True):
        if part.startswith("{"):
            members[part.strip("{}")] = text
        elif part != text:
            return None
    return members


@cache
def _described(name: str) -> Operation:
    found = model().operation_model(name)
    return Operation(
        name=name,
        handler=xform_name(name),
        input=found.input_shape,
        output=found.output_shape,
        errors=frozenset(shape.name for shape in found.error_shapes)
        | UNDECLARED.get(name, frozenset()),
    )
