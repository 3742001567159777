"""From a handler's answer to JSON, member by member as the output shape names them.

The writers are compiled once for each shape. A member that is None, or that the shape does not
have, is left out; an instant becomes epoch seconds with milliseconds, bytes become base64.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from . import spec

Writer = Callable[[Any], Any]


def serialize(operation: spec.Operation, answer: Mapping[str, Any]) -> bytes:
    """The body of a response."""
    writer = _writer_of(operation)
    return json.dumps(writer(answer), separators=(",", ":"), check_circular=False).encode()


@cache
def _writer_of(operation: spec.Operation) -> Writer:
    shape = operation.output
    return (_compile(shape, {}) if shape is not None else None) or dict


def _compile(shape: Shape, known: dict[str, Writer | None]) -> Writer | None:
    """The writer of `shape`; None if its values go out as they are."""
    if shape.name in known:
        return known[shape.name]
    writer: Writer | None
    if isinstance(shape, StructureShape) and shape.is_document_type:
        return None
    if isinstance(shape, StructureShape):
        members: dict[str, Writer | None] = {}
        plain: set[str] = set()
        known[shape.name] = writer = _structure(members, plain)  # first itself: shapes recur
        members.update({name: _compile(s, known) for name, s in shape.members.items()})
        plain.update(name for name in members if members[name] is None)
        return writer
    if isinstance(shape, ListShape):
        writer = _list(_compile(shape.member, known))
    elif isinstance(shape, MapShape):
        writer = _map(_compile(shape.value, known))
    else:
        writer = _SCALARS.get(shape.type_name)
    known[shape.name] = writer
    return writer


def _structure(members: dict[str, Writer | None], plain: set[str]) -> Writer:
    def write(value: Mapping[str, Any]) -> Mapping[str, Any]:
        if type(value) is dict and plain.issuperset(value) and None not in value.values():
            return value  # nothing to leave out or to convert: so are most columns of tables
        out = {}
        for name, item in value.items():
            if item is not None and name in members:
                writer = members[name]
                out[name] = item if writer is None else writer(item)
        return out

    return write


def _list(element: Writer | None) -> Writer:
    if element is None:
        return list
    writer = element
    return lambda values: [writer(value) for value in values]


def _map(element: Writer | None) -> Writer:
    if element is None:
        return dict
    writer = element
    return lambda values: {key: writer(value) for key, value in values.items()}


def _timestamp(value: datetime) -> float:
    return round(value.timestamp(), 3)


def _blob(value: bytes) -> str:
    return b64encode(value).decode()


_SCALARS: Mapping[str, Writer] = {"timestamp": _timestamp, "blob": _blob}
