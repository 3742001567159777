"""What a type of resource is: which operations make, change and delete it, and with which members.

The tables beside this module say it for each type; the engine reads them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gluematch.server.neighbours.cloudformation.errors import ResourceFailed

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource while it is made, changed or deleted: its resolved properties, the name inside of
    them that is its own, and its physical id, which is the name until something has been made."""

    properties: Mapping[str, Any]
    name: str
    physical_id: str
    account: str
    region: str

    def at(self, path: Path) -> Any:
        """The property at a path, None where there is none."""
        return at(self.properties, path)


Members = Callable[[Resource], Mapping[str, Any] | None]
"""What an operation is given; None: it is not called."""


@dataclass(frozen=True, slots=True)
class Step:
    """An operation of the type's service."""

    operation: str
    members: Members


@dataclass(frozen=True, slots=True)
class Setting:
    """A property that has operations of its own. `items` says what of it can be put and removed one
    by one; without `remove` it cannot be taken away. Where the operation that creates takes it,
    too, it is not put `on_create`; what keeps a resource from being deleted is removed
    `before_delete`.
    """

    name: str
    put: Callable[[Resource, str, Any], tuple[str, Mapping[str, Any]]]
    remove: Callable[[Resource, str, Any], tuple[str, Mapping[str, Any]]] | None = None
    items: Callable[[Any], Mapping[str, Any]] = lambda value: {} if value is None else {"": value}
    on_create: bool = True
    before_delete: bool = False


Answers = Mapping[str, Mapping[str, Any]]


def _nothing(_resource: Resource, _answers: Answers) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of resource.

    `named` is the property that names it `within` others; a name is made up where it is missing.
    `properties` are those that its steps and settings understand, `needed` those that it must have.
    A change at one of the paths `replaced` makes a new resource. `ref` is what Ref gives, out of
    the answers by operation; `attributes` what GetAtt gives, after `described` was asked.
    """

    name: str
    service: str
    properties: frozenset[str]
    create: Step
    delete: Step
    update: tuple[Step, ...] = ()
    settings: tuple[Setting, ...] = ()
    named: Path | None = None
    within: tuple[Path, ...] = ()
    needed: tuple[Path, ...] = ()
    replaced: tuple[Path, ...] = ()
    ref: Callable[[Resource, Answers], str] = lambda resource, _answers: resource.name
    attributes: Callable[[Resource, Answers], dict[str, Any]] = _nothing
    described: tuple[Step, ...] = ()
    tags: type | None = None
    capability: str | None = None
    longest_name: int = 255
    lower_case: bool = False

    def check(self, properties: Mapping[str, Any]) -> None:
        """Raise ResourceFailed for properties that are not understood, or that lack."""
        unknown = sorted(properties.keys() - self.properties)
        if unknown:
            raise ResourceFailed(f"Encountered unsupported property {unknown[0]}")
        for path in self.needed:
            if at(properties, path) is None:
                raise ResourceFailed(f"Property {path[-1]} cannot be empty.")

    def is_replaced(self, before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
        """Whether this change of properties makes a new resource."""
        return any(at(before, path) != at(now, path) for path in self.replaced)

    def is_elsewhere(self, before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
        """Whether a new resource can be there beside the old one: its name or its place differs."""
        if self.named is None or at(now, self.named) is None:
            return True
        return any(at(before, path) != at(now, path) for path in (self.named, *self.within))


KINDS: dict[str, Kind] = {}


def register(*kinds: Kind) -> None:
    """Let templates name these types."""
    for kind in kinds:
        if kind.name in KINDS:
            raise ValueError(f"two kinds are named {kind.name}")
        KINDS[kind.name] = kind


def at(properties: Any, path: Path) -> Any:
    """What stands at a path of mappings, None where nothing does."""
    for name in path:
        if not isinstance(properties, Mapping):
            return None
        properties = properties.get(name)
    return properties


def put_at(properties: Mapping[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """The properties with a value at a path."""
    first, rest = path[0], path[1:]
    inner = properties.get(first) or {}
    return {**properties, first: put_at(inner, rest, value) if rest else value}


def names(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


def only(properties: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Those of the properties that are there."""
    return {name: properties[name] for name in names if name in properties}


def without(properties: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The properties but for some."""
    return {name: value for name, value in properties.items() if name not in names}
