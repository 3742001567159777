"""From a request's bytes to what a handler reads, checked against the input shape.

First the types: a wrong one is a SerializationException. Then everything else that the shape
says: all violations together are one ValidationException. Unknown members are dropped; null
means absent. The readers are compiled once for each operation, when it is first called.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from werkzeug.datastructures import MultiDict

from . import constraints, scalars, spec
from .constraints import Constraint, Violation
from .documents import document
from .faults import ValidationException

Reader = Callable[[Any, str, list[Violation]], Any]
"""Takes a JSON value, its path and the list of violations; returns what a handler sees."""


def parse(
    operation: spec.Operation, body: bytes, beside: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The request's members, those `beside` the body before its own. Raises
    SerializationException and ValidationException."""
    given = {**document(body), **(beside or {})}
    reader = _reader_of(operation)
    if reader is None:
        return {}
    violations: list[Violation] = []
    request: dict[str, Any] = reader(given, "", violations)
    if violations:
        raise ValidationException(constraints.summary(violations))
    return request


def from_query(operation: spec.Operation, query: MultiDict[str, str]) -> dict[str, Any]:
    """The members of the input shape that a query names; others are dropped."""
    shape = operation.input
    if not isinstance(shape, StructureShape):
        return {}
    return {
        name: query.getlist(name) if isinstance(member, ListShape) else query[name]
        for name, member in shape.members.items()
        if name in query
    }


@cache
def _reader_of(operation: spec.Operation) -> Reader | None:
    shape = operation.input
    return None if shape is None else _compile(shape, {})


def _compile(shape: Shape, known: dict[str, Reader]) -> Reader:
    """The reader of `shape` with all its checks; an element's own checks are its collection's."""
    if shape.name in known:
        return known[shape.name]
    if isinstance(shape, StructureShape) and shape.is_document_type:
        return _as_it_is
    if isinstance(shape, StructureShape):
        members: list[tuple[str, str, bool, Reader]] = []
        known[shape.name] = reader = _structure(members)  # before its members: shapes recur
        members.extend(
            (name, _lowered(name), name in shape.required_members, _compile(member, known))
            for name, member in shape.members.items()
        )
        return reader
    if isinstance(shape, ListShape):
        element = scalars.converter(shape.member) or _compile(shape.member, known)
        demands = constraints.of_shape(shape) + constraints.on_each(shape.member, "Member")
        reader = _checked(_list(element), shape, demands)
    elif isinstance(shape, MapShape):
        element = scalars.converter(shape.value) or _compile(shape.value, known)
        demands = (
            *constraints.of_shape(shape),
            *constraints.on_each(shape.key, "Map keys"),
            *constraints.on_each(shape.value, "Map value", dict.values),
        )
        reader = _checked(_map(element), shape, demands)
    else:
        convert = scalars.converter(shape) or _as_it_is
        reader = _checked(convert, shape, constraints.of_shape(shape))
    known[shape.name] = reader
    return reader


def _checked(reader: Reader, shape: Shape, demands: Sequence[Constraint]) -> Reader:
    """`reader`, and then the demands on what it has read."""
    if not demands:
        return reader

    def read(value: Any, path: str, violations: list[Violation]) -> Any:
        out = reader(value, path, violations)
        broken = [demand for demand in demands if not demand.holds(out)]
        if broken:
            violations += [constraints.broken(path, demand, shape, value) for demand in broken]
        return out

    return read


def _structure(members: list[tuple[str, str, bool, Reader]]) -> Reader:
    def read(value: Any, path: str, violations: list[Violation]) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise scalars.mismatch(value, "structure")
        out = {}
        within = f"{path}." if path else ""
        for name, lowered, required, reader in members:
            item = value.get(name)
            if item is not None:
                out[name] = reader(item, within + lowered, violations)
            elif required:
                violations.append(constraints.missing(within + lowered))
        return out

    return read


def _list(element: Reader) -> Reader:
    def read(value: Any, path: str, violations: list[Violation]) -> list[Any]:
        if not isinstance(value, list):
            raise scalars.mismatch(value, "list")
        out = []
        for number, item in enumerate(value, start=1):
            place = f"{path}.{number}.member"
            if item is not None:
                out.append(element(item, place, violations))
            else:
                violations.append(constraints.missing(place))
        return out

    return read


def _map(element: Reader) -> Reader:
    def read(value: Any, path: str, violations: list[Violation]) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise scalars.mismatch(value, "map")
        out = {}
        for key, item in value.items():
            place = f"{path}.{key}.member"
            if item is not None:
                out[key] = element(item, place, violations)
            else:
                violations.append(constraints.missing(place))
        return out

    return read


def _as_it_is(value: Any, _path: str, _violations: list[Violation]) -> Any:
    return value


def _lowered(member: str) -> str:
    """A structure's member in a path, as Java names it: `parameters.transformType`."""
    return member[:1].lower() + member[1:]
