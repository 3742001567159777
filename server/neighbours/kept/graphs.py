"""What moto's services hold, as JSON documents and back: objects with their attributes, each once.

Only classes that the caller names are ever made, and no code of theirs runs: nothing is pickled.

However far objects lead from one to the next, a document nests about as deep as `DEEPEST` at most:
an object that lies deep is named where it is used, and written after the value. So Python's limit
of recursion is never near, neither where a document is written nor where it is read.
"""

import json
from base64 import b64decode, b64encode
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from json.encoder import encode_basestring_ascii
from typing import Any
from uuid import UUID

Document = Any
_KIND, _CLASS, _ID, _HELD, _ITEMS = "$", "of", "id", "held", "items"
OBJECTS_DEEPEST = 100
"""Levels of a value down to which objects are written where they are used."""
DEEPEST = 2 * OBJECTS_DEEPEST + 20
"""Levels of a value that can be written: lists and mappings below the deepest object included."""
_PLAIN = frozenset({bool, int, float})
_quoted = encode_basestring_ascii
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
    """The documents of values that share objects: an object is told once, and named afterwards.

    They are written piece by piece, so that a large service takes no memory. What changes meanwhile
    is told as it is when its turn comes.
    """

    def __init__(self, classes: Classes, write: Callable[[str], object]) -> None:
        self._classes, self._known, self._write = classes, classes.known, write
        self._seen: dict[int, int] = {}
        self._held: list[Any] = []  # lest another object gets the identity of one that is gone
        self._later: list[Any] = []
        self._depth = 0

    def draw(self, value: Any) -> None:
        """Write the document of a value, as JSON. Raises NotDrawn."""
        kind = type(value)
        if kind is str:
            self._write(_quoted(value))
        elif value is None or kind in _PLAIN:
            self._write(json.dumps(value))
        else:
            self._depth += 1
            if self._depth > DEEPEST:
                raise NotDrawn(f"a {kind.__name__} nests deeper than {DEEPEST} levels")
            self._composite(value, kind)
            self._depth -= 1

    def draw_later(self) -> None:
        """Write, as a list, the objects that were only named by what was drawn. Raises NotDrawn."""
        before = "["
        while self._later:
            value = self._later.pop()
            self._write(before)
            self._define(value, self._seen[id(value)])
            before = ", "
        self._write("[]" if before == "[" else "]")

    def _composite(self, value: Any, kind: type) -> None:
        if kind is list:
            self._list(value)
        elif kind is dict and _KIND not in value and all(type(key) is str for key in [*value]):
            self._members(value)
        elif kind in self._known:
            self._object(value)
        elif kind.__name__ in _MAPPINGS and getattr(value, "default_factory", dict) is dict:
            self._tell("mapping", kind.__name__)
            self._items(value)
        else:
            self._other(value)

    def _object(self, value: Any) -> None:
        name = type(value).__name__
        if isinstance(value, Enum):
            self._tell("enum", name)
            self._end(_HELD, value.value)
        elif (number := self._seen.get(id(value))) is not None:
            self._write(f'{{"{_KIND}": "same", "{_ID}": {number}}}')
        else:
            number = self._seen[id(value)] = len(self._seen)
            self._held.append(value)
            if self._depth <= OBJECTS_DEEPEST:
                self._define(value, number)
            else:
                self._later.append(value)
                self._tell("later", name)
                self._write(f', "{_ID}": {number}}}')

    def _define(self, value: Any, number: int) -> None:
        self._tell("object", type(value).__name__)
        self._write(f', "{_ID}": {number}, "{_HELD}": ')
        self._members(vars(value), self._classes.anew.get(type(value), ()))
        if isinstance(value, dict):
            self._items(value)
        else:
            self._write("}")

    def _items(self, value: dict[Any, Any]) -> None:
        self._end(_ITEMS, [[key, item] for key, item in dict.copy(value).items()])

    def _other(self, value: Any) -> None:
        if isinstance(value, bytes):
            self._scalar("bytes", b64encode(value).decode())
        elif isinstance(value, datetime):
            self._scalar("datetime", value.isoformat())
        elif isinstance(value, Decimal):
            self._scalar("decimal", str(value))
        elif isinstance(value, UUID):
            self._scalar("uuid", str(value))
        elif series := next((name for name, of in _SERIES.items() if isinstance(value, of)), None):
            self._scalar(series, [*value])
        elif plain := next((of for of in (str, int) if isinstance(value, of)), None):
            self._write(json.dumps(plain(value)))
        else:
            raise NotDrawn(f"a {type(value).__name__} cannot be kept")

    def _list(self, value: list[Any]) -> None:
        before = "["
        for item in value.copy():
            self._write(before)
            self.draw(item)
            before = ", "
        self._write("[]" if before == "[" else "]")

    def _members(self, value: dict[str, Any], but: Collection[str] = ()) -> None:
        before = "{"
        for key, item in value.copy().items():
            if key not in but:
                self._write(f"{before}{_quoted(key)}: ")
                self.draw(item)
                before = ", "
        self._write("{}" if before == "{" else "}")

    def _scalar(self, kind: str, held: Any) -> None:
        self._write(f'{{"{_KIND}": "{kind}"')
        self._end(_HELD, held)

    def _tell(self, kind: str, of: str) -> None:
        self._write(f'{{"{_KIND}": "{kind}", "{_CLASS}": {_quoted(of)}')

    def _end(self, name: str, value: Any) -> None:
        self._write(f', "{name}": ')
        self.draw(value)
        self._write("}")


class Making:
    """The values of documents that one Drawing drew, in the order in which it drew them."""

    def __init__(self, classes: Classes) -> None:
        self._classes = classes
        self._made: dict[int, Any] = {}
        self._named: dict[int, Any] = {}  # objects that are written after the value

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
        named = self._named.pop(found[_ID], None)
        made = self._made[found[_ID]] = _empty(kind) if named is None else named
        vars(made).update({name: self.of(value) for name, value in found[_HELD].items()})
        for name, make in self._classes.anew.get(kind, {}).items():
            vars(made)[name] = make()
        if isinstance(made, dict):
            dict.update(made, self._pairs(found[_ITEMS]))
        return made

    def _later(self, found: Mapping[str, Any]) -> Any:
        made = self._made[found[_ID]] = self._named[found[_ID]] = _empty(self._class(found))
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


def _empty(kind: type) -> Any:
    return dict.__new__(kind) if issubclass(kind, dict) else object.__new__(kind)


_SPECIAL = frozenset({"object", "later", "same", "enum", "mapping"})
_SERIES: dict[str, type[Any]] = {"tuple": tuple, "frozenset": frozenset, "set": set}
_SCALARS: dict[str, Callable[[str], Any]] = {
    "bytes": b64decode,
    "datetime": datetime.fromisoformat,
    "decimal": Decimal,
    "uuid": UUID,
}
