"""IAM policy documents, read once into statements that can be asked.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from . import conditions
from .conditions import Condition

Effect = Literal["Allow", "Deny"]
_VERSIONS = ("2012-10-17", "2008-10-17")
_KNOWN = frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"})


class MalformedPolicy(ValueError):
    """A document is no identity policy; the message says where."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Who may or must not do what, under which conditions; `other_*` means all but those."""

    effect: Effect
    actions: tuple[str, ...]
    other_actions: bool
    resources: tuple[str, ...]
    other_resources: bool
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """The statements of a document; `variables` says whether `${...}` means something in it."""

    statements: tuple[Statement, ...]
    variables: bool


def read(document: str | Mapping[str, Any]) -> Policy:
    """The policy of a document, JSON or already parsed. Raises MalformedPolicy."""
    return _of_text(document) if isinstance(document, str) else _policy(document)


@lru_cache(maxsize=256)
def _of_text(text: str) -> Policy:
    """Kept, for the same documents are asked with each request."""
    return _policy(_parsed(text))


def _policy(found: Any) -> Policy:
    if not isinstance(found, Mapping):
        raise MalformedPolicy("it is not a JSON object")
    version = found.get("Version", _VERSIONS[1])
    if version not in _VERSIONS:
        raise MalformedPolicy(f"its Version is not one of {', '.join(_VERSIONS)}")
    given = found.get("Statement")
    listed = given if isinstance(given, list) else [given]
    statements = tuple(_statement(each, place) for place, each in enumerate(listed, 1))
    return Policy(statements, variables=version == _VERSIONS[0])


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedPolicy("it is not JSON") from None


def _statement(given: Any, place: int) -> Statement:
    where = f"its statement {place}"
    if not isinstance(given, Mapping):
        raise MalformedPolicy(f"{where} is missing or not a JSON object")
    if strange := given.keys() - _KNOWN:
        raise MalformedPolicy(f"{where} has an element {min(strange)}")
    effect = given.get("Effect")
    if effect not in ("Allow", "Deny"):  # it may be anything, a list too
        raise MalformedPolicy(f"the Effect of {where} is neither Allow nor Deny")
    actions, other_actions = _either(given, "Action", where)
    resources, other_resources = _either(given, "Resource", where)
    try:
        asked = conditions.read(given.get("Condition", {}))
    except ValueError as error:
        raise MalformedPolicy(f"the Condition of {where}: {error}") from None
    lowered = tuple(action.lower() for action in actions)
    return Statement(effect, lowered, other_actions, resources, other_resources, asked)


def _either(given: Mapping[str, Any], name: str, where: str) -> tuple[tuple[str, ...], bool]:
    """The strings of an element or of its opposite: exactly one of them is there."""
    opposite = f"Not{name}"
    if (name in given) == (opposite in given):
        raise MalformedPolicy(f"{where} must have one of {name} and {opposite}")
    value = given[opposite] if opposite in given else given[name]
    strings = value if isinstance(value, list) else [value]
    if not strings or not all(isinstance(each, str) for each in strings):
        raise MalformedPolicy(f"the {name} of {where} is not a string or a list of them")
    return tuple(strings), opposite in given
