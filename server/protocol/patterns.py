"""Java's regular expressions, as the service model has them, in Python's words.

A value must match the whole pattern. Three things differ between the languages and occur in
the model: a surrogate pair is one character to Java, `\\w`, `\\d` and `\\s` mean ASCII to it, and
`\\p{L}` names a Unicode category.
"""

import re
import sys
import unicodedata
from functools import cache

_PAIR = re.compile(r"\\u([Dd][89ABab][0-9A-Fa-f]{2})\\u([Dd][C-Fc-f][0-9A-Fa-f]{2})")
_CATEGORY = re.compile(r"\\p\{([LNP])\}")


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """The Python pattern whose `fullmatch` accepts what Java's `matches` accepts."""
    joined = _PAIR.sub(_one_character, pattern)
    return re.compile(_CATEGORY.sub(_ranges, joined), re.ASCII)


def _one_character(pair: re.Match[str]) -> str:
    high, low = (int(half, 16) for half in pair.groups())
    return f"\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08X}"


def _ranges(found: re.Match[str]) -> str:
    return _category(found.group(1))


@cache
def _category(initial: str) -> str:
    """Every character whose category starts so, as ranges that fit inside brackets."""
    ranges: list[list[int]] = []
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code))[0] == initial:
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"\\U{low:08X}-\\U{high:08X}" for low, high in ranges)
