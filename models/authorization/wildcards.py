"""Patterns of policies: `*` for any characters, `?` for one, `${key}` for what a request says.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Literal

_VARIABLE = re.compile(r"\$\{\s*([^},\s]+)\s*(?:,\s*'([^']*)'\s*)?\}")
_SIGNS = frozenset("*?$")


class Wild(Enum):
    """What stands for other characters."""

    ANY = "*"
    ONE = "?"


Pattern = tuple[str | Wild, ...]
"""Characters and wildcards."""

_REST: Literal[0] = 0  # stands for whatever follows; no character of a pattern equals it


class Unresolved(LookupError):
    """A pattern names something that the request does not say."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How a pattern and a text go together.

    `covers`: the pattern matches the text, or all texts that begin with it if it stands for those.
    `meets`: it matches one of them at least.
    """

    covers: bool
    meets: bool


def pattern(text: str, value_of: Callable[[str], str | None] | None = None) -> Pattern:
    """The pattern that `text` writes. Raises Unresolved for a variable that `value_of` lacks.

    Without `value_of` there are no variables: policies of before 2012 have none.
    """
    if value_of is None or "${" not in text:
        return _plain(text)
    found: list[str | Wild] = []
    end = 0
    for variable in _VARIABLE.finditer(text):
        found += _plain(text[end : variable.start()])
        found += _value(variable, value_of)
        end = variable.end()
    return (*found, *_plain(text[end:]))


def fit(pattern: Pattern, text: str, *, below: bool = False) -> Fit:
    """Compare a pattern with a text; `below` means every text that begins with it.

    Time grows with the product of their lengths at worst, whatever the pattern.
    """
    reached = _passed({0}, pattern)
    for sign in text:
        reached = _passed(_step(reached, pattern, sign), pattern)
        if not reached:
            return Fit(covers=False, meets=False)
    whole = _passed(_step(reached, pattern, _REST), pattern) if below else reached
    covers = len(pattern) in whole
    return Fit(covers, meets=bool(reached) if below else covers)


def matches(pattern: Pattern, text: str) -> bool:
    """Whether the pattern matches all of the text."""
    return fit(pattern, text).covers


@lru_cache(maxsize=4096)
def _plain(text: str) -> Pattern:
    wild = {sign.value: sign for sign in Wild}
    return tuple(wild.get(character, character) for character in text)


def _value(variable: re.Match[str], value_of: Callable[[str], str | None]) -> Sequence[str]:
    name, default = variable.group(1), variable.group(2)
    if name in _SIGNS:
        return name
    value = value_of(name)
    if value is None and default is None:
        raise Unresolved(name)
    return value if value is not None else default or ""


def _step(places: Iterable[int], pattern: Pattern, sign: str | Literal[0]) -> set[int]:
    """Where in the pattern one may be after one more character."""
    after = set()
    for place in places:
        if place == len(pattern):
            continue
        if pattern[place] is Wild.ANY:
            after.add(place)
        elif pattern[place] == sign or (pattern[place] is Wild.ONE and sign != _REST):
            after.add(place + 1)
    return after


def _passed(places: set[int], pattern: Pattern) -> set[int]:
    """The places, and those beyond a `*` that stands for nothing."""
    found = set(places)
    for place in places:
        further = place
        while further < len(pattern) and pattern[further] is Wild.ANY:
            further += 1
            found.add(further)
    return found
