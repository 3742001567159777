"""Moto's S3 objects as JSON documents and back: what they hold, class by class, never a pickle.

Only classes of moto's S3 model and its dictionaries are ever made from a document.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any

from moto.s3 import models
from moto.utilities.utils import CaseInsensitiveDict, LowercaseDict

Portrait = Any
_KIND, _CLASS, _HELD = "$", "of", "held"
_MAPPINGS: dict[str, type] = {
    "LowercaseDict": LowercaseDict,
    "CaseInsensitiveDict": CaseInsensitiveDict,
}
_CLASSES: dict[str, type] = {
    name: kind
    for name, kind in vars(models).items()
    if isinstance(kind, type) and kind.__module__ == models.__name__
}


class Unportrayable(TypeError):
    """Moto holds something that no document can say."""


def portrait(value: Any, *, without: frozenset[str] = frozenset()) -> Portrait:
    """The document of a value; of an object all but the attributes `without`."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, list):
        return [portrait(item) for item in value]
    name = type(value).__name__
    if type(value) in _CLASSES.values():
        if isinstance(value, Enum):
            return {_KIND: "enum", _CLASS: name, _HELD: value.value}
        held = [[k, portrait(v)] for k, v in vars(value).copy().items() if k not in without]
        return {_KIND: "object", _CLASS: name, _HELD: held}
    if name in _MAPPINGS and isinstance(value, Mapping):
        return {_KIND: "mapping", _CLASS: name, _HELD: _items(value)}
    for kind, (classes, draw, _) in _VALUES.items():
        if isinstance(value, classes):
            return {_KIND: kind, _HELD: draw(value)}
    raise Unportrayable(f"a {name} of moto's S3 cannot be kept")


def likeness(found: Portrait) -> Any:
    """The value that a document portrays. Raises Unportrayable for what it cannot name."""
    if isinstance(found, list):
        return [likeness(item) for item in found]
    if not isinstance(found, dict):
        return found
    held, kind = found[_HELD], found[_KIND]
    if kind == "object":
        return filled(object.__new__(_named(_CLASSES, found)), found)
    if kind == "enum":
        return _named(_CLASSES, found)(held)
    if kind == "mapping":
        return _named(_MAPPINGS, found)(_mapping(held))
    if kind not in _VALUES:
        raise Unportrayable(f"nothing of the kind {kind} is known")
    return _VALUES[kind][2](held)


def filled(made: Any, found: Portrait) -> Any:
    """The object `made`, with the attributes that a portrait names; the others stay."""
    vars(made).update({name: likeness(value) for name, value in found[_HELD]})
    return made


def _named(classes: dict[str, type], found: dict[str, Any]) -> type:
    if found[_CLASS] not in classes:
        raise Unportrayable(f"this version of moto has no {found[_CLASS]}")
    return classes[found[_CLASS]]


def _items(value: Mapping[Any, Any]) -> list[Portrait]:
    return [[portrait(k), portrait(v)] for k, v in value.items()]


def _mapping(held: list[Portrait]) -> dict[Any, Any]:
    return {likeness(k): likeness(v) for k, v in held}


_VALUES: dict[str, tuple[Any, Callable[[Any], Portrait], Callable[[Portrait], Any]]] = {
    "bytes": ((bytes, bytearray), lambda v: b64encode(v).decode(), b64decode),
    "datetime": (datetime, datetime.isoformat, datetime.fromisoformat),
    "tuple": (tuple, lambda v: [*map(portrait, v)], lambda h: tuple(map(likeness, h))),
    "set": ((set, frozenset), lambda v: [*map(portrait, v)], lambda h: set(map(likeness, h))),
    "dict": (dict, _items, _mapping),
    "text": (str, str, str),
    "number": (int, int, int),
}
"""By kind: the classes of such values, how they are drawn, and made again."""
