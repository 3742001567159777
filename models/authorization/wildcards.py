"""Patterns of policies: `*` for any characters, `?` for one, `${key}` for what a request says.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

_VARIABLE = re.compile(r"\$\{\s*([^},\s]+)\s*(?:,\s*'([^']*)'\s*)?\}")
_SIGNS = frozenset("*?$")


class Wild(Enum):
    """What stands for other characters."""

    ANY = "*"
    ONE = "?"


Pattern = tuple[str | Wild, ...]
"""Characters and wildcards."""


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

    Time grows with the length of the text, and but slowly with that of the pattern.
    """
    places = _places(pattern)
    reached = places.passed(1)
    for sign in text:
        reached = places.after(reached, sign)
        if not reached:
            return Fit(covers=False, meets=False)
    whole = places.after(reached, None) if below else reached
    covers = bool(whole & places.end)
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


@dataclass(frozen=True, slots=True)
class _Places:
    """Sets of places in a pattern, each a number with a bit for every place."""

    any: int
    one: int
    of: dict[str, int]
    end: int

    def after(self, reached: int, sign: str | None) -> int:
        """Where one may be after one more character; None is whatever may follow."""
        met = 0 if sign is None else reached & (self.one | self.of.get(sign, 0))
        return self.passed(met << 1 | reached & self.any)

    def passed(self, reached: int) -> int:
        """The places, and those beyond a `*` that stands for nothing."""
        return reached | (reached & self.any) << 1


@lru_cache(maxsize=4096)
def _places(pattern: Pattern) -> _Places:
    any_, one, of, place, before = 0, 0, dict[str, int](), 0, None
    for sign in pattern:
        if sign is before is Wild.ANY:  # two are as good as one
            continue
        bit = 1 << place
        if sign is Wild.ANY:
            any_ |= bit
        elif sign is Wild.ONE:
            one |= bit
        else:
            of[sign] = of.get(sign, 0) | bit
        place, before = place + 1, sign
    return _Places(any_, one, of, 1 << place)
