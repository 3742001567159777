"""The pattern language of GetTables: a regular expression in which a lone `*` is a wildcard.

AWS documents a regular expression, and takes Hive's wildcards too; clients send both. The
choice is explained in docs/decisions/names-and-case.md.
"""

from collections.abc import Callable
from time import monotonic

import regex

from gluematch.models.errors import InvalidInputException
from gluematch.models.patterns import PatternError, compiled

BUDGET = 0.5  # seconds that one request may spend on matching
_STAR = regex.compile(r"\\.\*?|[.\])}]\*|\*")


def matcher(expression: str) -> Callable[[str], bool]:
    """Whether a whole name fits `expression`, whatever the case.

    Raises InvalidInputException at once for what is no pattern, and later, from the function
    returned, when the pattern takes too long.
    """
    try:
        pattern = compiled(_STAR.sub(_unfold, expression), regex.IGNORECASE)
    except PatternError as error:
        raise InvalidInputException(f"Expression is not a valid pattern: {error}.") from None
    end = monotonic() + BUDGET

    def matches(name: str) -> bool:
        try:
            left = end - monotonic()
            return pattern.fullmatch(name, timeout=max(left, 0.001)) is not None
        except TimeoutError:
            raise InvalidInputException("Expression takes too long to match.") from None

    return matches


def _unfold(found: "regex.Match[str]") -> str:
    return ".*" if found[0] == "*" else found[0]
