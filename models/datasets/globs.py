"""The globs by which crawlers exclude objects, as AWS Glue's guide describes them.

`*` and `?` stay within a folder, `**` does not; `[a-c]`, `[!a-c]`, `{one,two}`, and `\\` before
a character that means itself. A leading dot is nothing special.
"""

from collections.abc import Callable, Iterable

import regex

from gluematch.models.patterns import PatternError, TimedPattern, compiled

from .access import SourceError

SECONDS = 60.0
"""What one pattern may take over all objects of a target."""


class GlobError(SourceError):
    """A text is no glob, or takes too long to match; the message names it."""


def check_glob(pattern: str) -> None:
    """Raise GlobError for a text that is no glob."""
    _compiled(pattern)


def excluder(patterns: Iterable[str], seconds: float = SECONDS) -> Callable[[str], bool]:
    """Whether a path, relative to the include path, is matched by one of the patterns.

    Raises GlobError at once for what is no glob, and later, from the function returned, when all
    matches with one pattern take longer than `seconds`.
    """
    timed = {one: TimedPattern(_compiled(one), seconds) for one in patterns if one}

    def excluded(path: str) -> bool:
        return any(_fits(glob, pattern, path) for glob, pattern in timed.items())

    return excluded


def _fits(glob: str, pattern: TimedPattern, path: str) -> bool:
    try:
        return pattern.fits(path)
    except TimeoutError:
        raise GlobError(f"The exclusion {glob!r} takes too long to match.") from None


def _compiled(glob: str) -> "regex.Pattern[str]":
    try:
        return compiled(_translated(glob.lstrip("/")), regex.DOTALL | regex.VERSION0)
    except PatternError as error:
        raise GlobError(f"The exclusion {glob!r} is not a glob: {error}.") from None


def _translated(pattern: str) -> str:
    """The regular expression of a glob. Raises PatternError."""
    parts: list[str] = []
    position, in_braces = 0, False
    while position < len(pattern):
        sign = pattern[position]
        position += 1
        if sign == "\\" and position < len(pattern):
            parts.append(regex.escape(pattern[position]))
            position += 1
        elif sign == "*" and pattern.startswith("*", position):
            parts.append(".*")
            position += 1
        elif sign == "[" and "]" in pattern[position + 1 :]:
            end = pattern.index("]", position + 1)
            parts.append(_bracket(pattern[position:end]))
            position = end + 1
        elif sign == "{" and not in_braces and "}" in pattern[position:]:
            parts.append("(?:")
            in_braces = True
        elif in_braces and sign in ",}":
            parts.append("|" if sign == "," else ")")
            in_braces = sign == ","
        else:
            parts.append({"*": "[^/]*", "?": "[^/]"}.get(sign) or regex.escape(sign))
    return "".join(parts)


def _bracket(inside: str) -> str:
    """A character class; within it only `-` between characters and a first `!` are special."""
    negated = inside.startswith("!")
    members = inside[1:] if negated else inside
    written, position = "", 0
    while position < len(members):
        low = high = members[position]
        if members[position + 1 : position + 2] == "-" and position + 2 < len(members):
            high = members[position + 2]
            position += 2
        position += 1
        if high < low:
            raise PatternError("a range ends before it begins")
        written += f"\\U{ord(low):08x}-\\U{ord(high):08x}"
    return f"[^/{written}]" if negated else f"(?!/)[{written}]"
