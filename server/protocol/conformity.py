"""Whether handlers keep what the service model promises to clients. Tests run with it on.

The serializer would hide a member too many, and a client accepts an enum value that the model
does not have: here both are errors of the server.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from gluematch.models.errors import GlueError

from . import constraints, spec

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "float": (int, float),
    "timestamp": (datetime,),
    "blob": (bytes,),
}


class Broken(Exception):
    """A handler's answer or error is not one that the service model allows."""


@contextmanager
def of_errors(operation: spec.Operation) -> Iterator[None]:
    """Let only declared and common errors of Glue pass."""
    try:
        yield
    except GlueError as error:
        code = type(error).__name__
        if code not in operation.errors | spec.COMMON_ERRORS:
            raise Broken(f"{operation.name} does not declare {code}") from error
        raise


def check(operation: spec.Operation, result: Mapping[str, Any]) -> None:
    """Raise Broken unless `result` fits the operation's output shape in every respect."""
    if operation.output is not None:
        _check(operation.output, result, operation.name)
    elif result:
        raise Broken(f"{operation.name} has no output, yet answers {sorted(result)}")


def _check(shape: Shape, value: Any, path: str) -> None:
    if isinstance(shape, StructureShape):
        _check_structure(shape, value, path)
    elif isinstance(shape, ListShape):
        _expect(isinstance(value, list | tuple), path, "is not a list")
        for number, item in enumerate(value):
            _check(shape.member, item, f"{path}[{number}]")
    elif isinstance(shape, MapShape):
        _expect(isinstance(value, Mapping), path, "is not a map")
        for key, item in value.items():
            _check(shape.key, key, f"{path} key")
            _check(shape.value, item, f"{path}.{key}")
    else:
        _check_scalar(shape, value, path)
    for constraint in constraints.of_shape(shape):
        _expect(constraint.holds(value), path, constraint.text)


def _check_structure(shape: StructureShape, value: Any, path: str) -> None:
    _expect(isinstance(value, Mapping), path, "is not a structure")
    if shape.is_document_type:
        return
    for name, item in value.items():
        _expect(name in shape.members, path, f"has no member {name} in the model")
        if item is not None:
            _check(shape.members[name], item, f"{path}.{name}")
    for name in shape.required_members:
        _expect(value.get(name) is not None, path, f"lacks the required member {name}")


def _check_scalar(shape: Shape, value: Any, path: str) -> None:
    kinds = _TYPES[shape.type_name]
    fits = isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))
    _expect(fits, path, f"is a {type(value).__name__}, not a {shape.type_name}")
    if isinstance(value, datetime):
        _expect(value.tzinfo is not None, path, "is an instant without a time zone")


def _expect(holds: bool, path: str, what: str) -> None:  # noqa: FBT001  # reads as a sentence
    if not holds:
        raise Broken(f"{path} {what}")
