"""Properties of a template as an operation's shapes want them: its numbers may be written as texts,
and texts as numbers. What a shape lacks is refused by name.
"""

import json
from collections.abc import Mapping
from typing import Any

from .errors import ResourceFailed

_WHOLE = frozenset({"integer", "long"})
_BROKEN = frozenset({"float", "double"})
_TRUTHS = {"true": True, "false": False}


def convert(shape: Any, value: Any, name: str = "") -> Any:
    """The value in the types of a shape of botocore's. Raises ResourceFailed."""
    kind = shape.type_name
    try:
        if kind == "structure":
            return _structure(shape, value)
        if kind == "list":
            return [convert(shape.member, item, name) for item in _list(value, name)]
        if kind == "map":
            return {
                str(key): convert(shape.value, item, key)
                for key, item in _mapping(value, name).items()
            }
        if kind in _WHOLE:
            return int(value) if not isinstance(value, float) else _whole(value)
        if kind in _BROKEN:
            return float(value)
        if kind == "boolean":
            return value if isinstance(value, bool) else _TRUTHS[str(value).lower()]
        return _text(value, name) if kind == "string" else value
    except (TypeError, ValueError, KeyError):
        raise ResourceFailed(
            f"Properties validation failed: the value of {name} must be of type {kind}"
        ) from None


def _structure(shape: Any, value: Any) -> dict[str, Any]:
    given = _mapping(value, shape.name)
    unknown = sorted(given.keys() - shape.members.keys())
    if unknown:
        raise ResourceFailed(f"Encountered unsupported property {unknown[0]}")
    return {key: convert(shape.members[key], item, key) for key, item in given.items()}


def _mapping(value: Any, name: str) -> Mapping[str, Any]:
    if isinstance(value, str):  # Json properties may be given as texts
        value = json.loads(value)
    if not isinstance(value, Mapping):
        raise ResourceFailed(f"Value of property {name} must be an object")
    return value


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise ResourceFailed(f"Value of property {name} must be of type List")
    return value


def _whole(value: float) -> int:
    if value != int(value):
        raise ValueError
    return int(value)


def _text(value: Any, name: str) -> str:
    if isinstance(value, (dict, list)):
        raise ResourceFailed(f"Value of property {name} must be of type String")
    return str(value).lower() if isinstance(value, bool) else str(value)
