"""The globs by which crawlers exclude objects, as AWS Glue's guide describes them.

`*` and `?` stay within a folder, `**` does not; `[a-c]`, `[!a-c]`, `{one,two}`, and `\\` before
a character that means itself. A leading dot is nothing special.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache


def excluder(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Whether a path, relative to the include path, is matched by one of the patterns."""
    compiled = [_compiled(pattern.lstrip("/")) for pattern in patterns if pattern]
    return lambda path: any(pattern.fullmatch(path) for pattern in compiled)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts: list[str] = []
    position, in_braces = 0, False
    while position < len(pattern):
        sign = pattern[position]
        position += 1
        if sign == "\\" and position < len(pattern):
            parts.append(re.escape(pattern[position]))
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
            parts.append({"*": "[^/]*", "?": "[^/]"}.get(sign) or re.escape(sign))
    return re.compile("".join(parts), re.DOTALL)


def _bracket(inside: str) -> str:
    """A character class; within it only `-` between characters and a first `!` are special."""
    negated = inside.startswith("!")
    members = inside[1:] if negated else inside
    escaped = re.sub(r"[\\\[\]^&~|]", r"\\\g<0>", members)
    return f"[^/{escaped}]" if negated else f"(?!/)[{escaped}]"
