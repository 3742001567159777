"""What a shape demands of a value beyond its type, and AWS's words for each demand.

Source of the wording: answers of AWS services, and the fact that they share one framework.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.model import Shape

from . import patterns

_LONGEST_ECHO = 1024

SECRET = frozenset({"ConnectionProperties", "PropertyMap"})
"""Shapes whose values are not repeated, beyond those that the model calls sensitive: passwords
are among them."""

OPEN = frozenset({"ConnectionPropertyKey"})
"""Enumerations that do not bind: docs/decisions/validation.md says why."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """A demand: does a value meet it, and how AWS words it."""

    holds: Callable[[Any], bool]
    text: str


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken demand: where, which, and the value as it is echoed (None: not echoed)."""

    path: str
    text: str
    echo: str | None

    def __str__(self) -> str:
        value = "Value" if self.echo is None else f"Value {self.echo}"
        return f"{value} at '{self.path}' failed to satisfy constraint: {self.text}"


def summary(violations: Sequence[Violation]) -> str:
    """The message of a ValidationException."""
    count = len(violations)
    errors = "error" if count == 1 else "errors"
    return f"{count} validation {errors} detected: {'; '.join(map(str, violations))}"


def missing(path: str) -> Violation:
    """A required member is not there."""
    return Violation(path, "Member must not be null", "null")


def broken(path: str, constraint: Constraint, shape: Shape, value: Any) -> Violation:
    """`value` does not meet `constraint`; a sensitive value is not repeated."""
    hidden = bool(shape.metadata.get("sensitive")) or shape.name in SECRET
    return Violation(path, constraint.text, None if hidden else f"'{_echo(value)}'")


def of_shape(shape: Shape) -> tuple[Constraint, ...]:
    """The constraints that the model puts on a shape, in the order in which AWS lists them."""
    rules = shape.metadata
    if shape.type_name in {"integer", "long", "double", "float"}:
        return tuple(_bounds(rules, "value", lambda value: value))
    found = list(_bounds(rules, "length", len))
    if "pattern" in rules:
        match = patterns.compiled(rules["pattern"]).fullmatch
        text = f"Member must satisfy regular expression pattern: {rules['pattern']}"
        found.append(Constraint(lambda value: match(value) is not None, text))
    if shape.type_name == "string" and "enum" in rules and shape.name not in OPEN:
        known = frozenset(rules["enum"])
        text = f"Member must satisfy enum value set: [{', '.join(rules['enum'])}]"
        found.append(Constraint(known.__contains__, text))
    return tuple(found)


def on_each(
    shape: Shape, which: str, values_of: Callable[[Any], Iterable[Any]] = iter
) -> tuple[Constraint, ...]:
    """The one demand that all values inside a collection fit the scalar `shape`, if it has any."""
    inner = of_shape(shape) if shape.type_name not in {"structure", "list", "map"} else ()
    if not inner:
        return ()
    texts = ", ".join(constraint.text for constraint in inner)

    def holds(collection: Any) -> bool:
        return all(demand.holds(value) for value in values_of(collection) for demand in inner)

    return (Constraint(holds, f"{which} must satisfy constraint: [{texts}]"),)


def _bounds(
    rules: dict[str, Any], what: str, measure: Callable[[Any], Any]
) -> Sequence[Constraint]:
    found = []
    if "max" in rules:
        most = _number(rules["max"])
        text = f"Member must have {what} less than or equal to {most}"
        found.append(Constraint(lambda value: measure(value) <= most, text))
    if "min" in rules:
        least = _number(rules["min"])
        text = f"Member must have {what} greater than or equal to {least}"
        found.append(Constraint(lambda value: measure(value) >= least, text))
    return found


def _number(bound: float) -> float:
    """A bound without the `.0` that AWS does not print either."""
    return int(bound) if bound == int(bound) else bound


def _echo(value: Any) -> str:
    text = _java(value)
    return text if len(text) <= _LONGEST_ECHO else f"{text[:_LONGEST_ECHO]}..."


def _java(value: Any) -> str:
    """A value as Java prints it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_java(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_java, value)) + "]"
    return str(value)
