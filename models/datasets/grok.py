"""Log lines taken apart by grok patterns: named regular expressions made of one another."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from time import monotonic

import regex

from gluematch.models.patterns import PatternError, compiled

from .grok_patterns import PATTERNS

LONGEST = 200_000
DEEPEST = 50
TYPES = {
    "byte": "tinyint",
    "short": "smallint",
    "int": "int",
    "long": "bigint",
    "float": "float",
    "double": "double",
    "boolean": "boolean",
    "date": "string",
    "string": "string",
}
UNWANTED = "UNWANTED"
_REFERENCE = regex.compile(r"%\{(\w+)(?:[:;]([^:;{}]+)(?:[:;](\w+)(?:;[^{}]*)?)?)?\}")


class GrokError(PatternError):
    """A text that is no grok pattern; the message says why."""


@dataclass(frozen=True, slots=True)
class Grok:
    """A pattern for one line; `columns` are its fields in lower case with their Hive types."""

    pattern: "regex.Pattern[str]"
    columns: tuple[tuple[str, str], ...]
    groups: tuple[tuple[str, str], ...]

    def rows(
        self, lines: Iterable[str], seconds: float = 60.0
    ) -> Iterator[dict[str, str | None] | None]:
        """The fields of each line; None for a line that does not match.

        Raises TimeoutError when all lines together take longer than `seconds`.
        """
        end = monotonic() + seconds
        for line in lines:
            found = self.pattern.search(line, timeout=max(end - monotonic(), 0.001))
            yield None if found is None else {name: found[group] for group, name in self.groups}


def grok(pattern: str, custom: str = "") -> Grok:
    """The compiled form of a grok pattern. Raises GrokError.

    `custom` defines named patterns, one a line: the name, a space, and its pattern.
    """
    known = PATTERNS | _definitions(custom)
    unfolding = _Unfolding(known)
    text, fields = unfolding.text_of(pattern), unfolding.fields
    try:
        found = compiled(text)
    except PatternError as error:
        raise GrokError(f"The grok pattern is no regular expression: {error}.") from None
    ordered = sorted(found.groupindex, key=found.groupindex.__getitem__)
    # Groups that the pattern names itself, as in (?<name>...), are fields too.
    groups = tuple((one, _name_of(one, fields)) for one in ordered)
    kinds = {_name_of(one, fields): fields.get(one, "string") for one in ordered}
    return Grok(found, tuple(kinds.items()), groups)


def _definitions(custom: str) -> dict[str, str]:
    lines = (line.strip() for line in custom.splitlines())
    parts = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    for part in parts:
        if len(part) < 2:
            raise GrokError(f"The custom pattern {part[0]} has no definition.")
    return dict(parts)


class _Unfolding:
    """Puts the definitions of names in their places; `fields` are the types of the named groups.

    A name's text is made once, and no text grows beyond LONGEST.
    """

    def __init__(self, known: Mapping[str, str]) -> None:
        self.fields: dict[str, str] = {}
        self._known = known
        self._texts: dict[str, str] = {}

    def text_of(self, pattern: str, within: tuple[str, ...] = ()) -> str:
        """The pattern without references. Raises GrokError."""
        parts, length, end = list[str](), 0, 0
        for found in _REFERENCE.finditer(pattern):
            new = [pattern[end : found.start()], self._replaced(found, within)]
            parts += new
            length += sum(map(len, new))
            end = found.end()
            if length > LONGEST:
                break
        length += len(pattern) - end
        if length > LONGEST:
            raise GrokError("The grok pattern is too long once its parts are put in.")
        return "".join([*parts, pattern[end:]])

    def _replaced(self, found: "regex.Match[str]", within: tuple[str, ...]) -> str:
        name, field, kind = found.groups()
        inner = self._named(name, within)
        if field is None or field == UNWANTED:
            return f"(?:{inner})"
        if kind is not None and kind not in TYPES:
            raise GrokError(f"The field {field} has the type {kind}, which grok does not know.")
        group = _group_of(field)
        self.fields[group] = TYPES[kind or "string"]
        return f"(?P<{group}>{inner})"

    def _named(self, name: str, within: tuple[str, ...]) -> str:
        if name not in self._known:
            raise GrokError(f"There is no pattern of the name {name}.")
        if name in within:
            raise GrokError(f"The pattern {name} refers to itself.")
        if len(within) > DEEPEST:
            raise GrokError(f"The pattern {within[0]} is made of more than {DEEPEST} levels.")
        if name not in self._texts:
            self._texts[name] = self.text_of(self._known[name], (*within, name))
        return self._texts[name]


def _group_of(field: str) -> str:
    """A group's name, which has letters and digits only, for a field's, in lower case."""
    return "f_" + "".join(
        sign if sign.isascii() and sign.isalnum() else f"_{ord(sign):x}_" for sign in field.lower()
    )


def _name_of(group: str, fields: Mapping[str, str]) -> str:
    if group not in fields:
        return group.lower()
    return regex.sub(r"_([0-9a-f]+)_", lambda found: chr(int(found[1], 16)), group[2:])
