"""What moto's services hold, as JSON documents and back: objects with their attributes, each once.

Only classes that the caller names are ever made, and no code of theirs runs: nothing is pickled.
"""

from base64 import b64decode, b64encode
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

Document = Any
_KIND, _CLASS, _ID, _HELD, _ITEMS = "$", "of", "id", "held", "items"
_MAPPINGS: dict[str, Callable[[], dict[Any, Any]]] = {
    "dict": dict,
    "OrderedDict": OrderedDict,
    "defaultdict": lambda: defaultdict(dict),
}


class NotDrawn(TypeError):
    """A service holds something that no document can say, or a document something that no service
    holds."""


@dataclass(frozen=True, slots=True)
class Classes:
    """The classes of which objects may be made, by name; attributes that are not kept, by class,
    with what makes them anew."""

    named: Mapping[str, type]
    anew: Mapping[type, Mapping[str, Callable[[], Any]]] = field(default_factory=dict)

    @property
    def known(self) -> frozenset[type]:
        """The classes themselves."""
        return frozenset(self.named.values())


class Drawing:
    """The documents of values that share objects: an object is told once, and named afterwards."""

    def __init__(self, classes: Classes) -> None:
        self._classes, self._known = classes, classes.known
        self._seen: dict[int, int] = {}
        self._held: list[Any] = []  # lest another object gets the identity of one that is gone

    def of(self, value: Any) -> Document:
        """The document of a value. Raises NotDrawn."""
        kind = type(value)
        if value is None or kind in {bool, int, float, str}:
            return value
        if kind is list:
            return [self.of(item) for item in value]
        if kind is dict and all(type(key) is str for key in value) and _KIND not in value:
            return {key: self.of(item) for key, item in value.items()}
        if kind in self._known:
            return self._object(value)
        if kind.__name__ in _MAPPINGS and getattr(value, "default_factory", dict) is dict:
            return {_KIND: "mapping", _CLASS: kind.__name__, _ITEMS: self._items(value)}
        return self._other(value)

    def _object(self, value: Any) -> Document:
        name = type(value).__name__
        if isinstance(value, Enum):
            return {_KIND: "enum", _CLASS: name, _HELD: self.of(value.value)}
        if (number := self._seen.get(id(value))) is not None:
            return {_KIND: "same", _ID: number}
        number = self._seen[id(value)] = len(self._seen)
        self._held.append(value)
        anew = self._classes.anew.get(type(value), ())
        held = {name: self.of(v) for name, v in vars(value).copy().items() if name not in anew}
        found = {_KIND: "object", _CLASS: name, _ID: number, _HELD: held}
        return {**found, _ITEMS: self._items(value)} if isinstance(value, dict) else found

    def _items(self, value: dict[Any, Any]) -> Document:
        return [[self.of(key), self.of(item)] for key, item in dict.copy(value).items()]

    def _other(self, value: Any) -> Document:
        if isinstance(value, bytes):
            return {_KIND: "bytes", _HELD: b64encode(value).decode()}
        if isinstance(value, datetime):
            return {_KIND: "datetime", _HELD: value.isoformat()}
        if isinstance(value, Decimal):
            return {_KIND: "decimal", _HELD: str(value)}
        for name, kind in _SERIES.items():
            if isinstance(value, kind):
                return {_KIND: name, _HELD: [self.of(item) for item in value]}
        for plain in (str, int):
            if isinstance(value, plain):
                return plain(value)
        raise NotDrawn(f"a {type(value).__name__} cannot be kept")


class Making:
    """The values of documents that one Drawing drew, in the order in which it drew them."""

    def __init__(self, classes: Classes) -> None:
        self._classes = classes
        self._made: dict[int, Any] = {}

    def of(self, found: Document) -> Any:
        """The value of a document. Raises NotDrawn for what it cannot name."""
        if isinstance(found, list):
            return [self.of(item) for item in found]
        if not isinstance(found, dict):
            return found
        if _KIND not in found:
            return {key: self.of(item) for key, item in found.items()}
        make = getattr(self, f"_{found[_KIND]}", None) if found[_KIND] in _SPECIAL else None
        if make is not None:
            return make(found)
        if found[_KIND] in _SERIES:
            return _SERIES[found[_KIND]](self.of(item) for item in found[_HELD])
        if found[_KIND] not in _SCALARS:
            raise NotDrawn(f"nothing of the kind {found[_KIND]} is known")
        return _SCALARS[found[_KIND]](found[_HELD])

    def _object(self, found: Mapping[str, Any]) -> Any:
        kind = self._class(found)
        made = dict.__new__(kind) if issubclass(kind, dict) else object.__new__(kind)
        self._made[found[_ID]] = made
        vars(made).update({name: self.of(value) for name, value in found[_HELD].items()})
        for name, make in self._classes.anew.get(kind, {}).items():
            vars(made)[name] = make()
        if isinstance(made, dict):
            dict.update(made, self._pairs(found[_ITEMS]))
        return made

    def _same(self, found: Mapping[str, Any]) -> Any:
        return self._made[found[_ID]]

    def _enum(self, found: Mapping[str, Any]) -> Any:
        return self._class(found)(self.of(found[_HELD]))

    def _mapping(self, found: Mapping[str, Any]) -> Any:
        if found[_CLASS] not in _MAPPINGS:
            raise NotDrawn(f"no mapping {found[_CLASS]} is known")
        made = _MAPPINGS[found[_CLASS]]()
        made.update(self._pairs(found[_ITEMS]))
        return made

    def _pairs(self, items: Collection[Any]) -> dict[Any, Any]:
        return {self.of(key): self.of(item) for key, item in items}

    def _class(self, found: Mapping[str, Any]) -> type:
        kind = self._classes.named.get(found[_CLASS])
        if kind is None:
            raise NotDrawn(f"this version of moto has no {found[_CLASS]}")
        return kind


_SPECIAL = frozenset({"object", "same", "enum", "mapping"})
_SERIES: dict[str, type[Any]] = {"tuple": tuple, "frozenset": frozenset, "set": set}
_SCALARS: dict[str, Callable[[str], Any]] = {
    "bytes": b64decode,
    "datetime": datetime.fromisoformat,
    "decimal": Decimal,
}
