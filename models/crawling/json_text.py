"""The JSON classifier: objects one after another, as JSON lines are, or one array."""

import json
import re
from collections.abc import Sequence
from typing import Any

from gluematch.models.datasets.json_paths import JsonPath

from .formats import Json
from .seen import Seen
from .types import Array, columns_of_json, merged, of_json, union

DEEPEST = 200
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*(?P<end>"|\Z)|[\[\]{},]', re.DOTALL)
_OBJECT = re.compile(r'\{\s*"')
_CLOSING = {"[": "]", "{": "}"}


def classify(text: str, *, whole: bool) -> Seen | None:
    """Values that are objects all, or arrays all; None if it is not JSON.

    A text that is not whole may end within a value. If it ends within its first one, what there
    is of that counts.
    """
    values, share = _values_of(text, whole=whole)
    if not values:
        return None
    if all(isinstance(value, dict) for value in values):
        return _seen(values, share, "")
    if all(isinstance(value, list) for value in values):
        element = None
        for value in values:
            element = merged(element, of_json(value))
        columns = (("array", element or Array(None)),)
        return Seen(Json(frozenset({"array"})), columns, len(values), share)
    return None


def classify_by(path: JsonPath, text: str, *, whole: bool) -> Seen | None:
    """The records that a user's path leads to; None if there are none, or it is not JSON."""
    values, _ = _values_of(text, whole=whole)
    records = list(path.records(values))
    return _seen(records, 1.0, path.text) if records else None


def _seen(records: Sequence[dict[str, Any]], share: float, path: str) -> Seen:
    paths = frozenset(name for record in records for name in record)
    return Seen(Json(paths, path), union(map(columns_of_json, records)), len(records), share)


def is_cut(text: str, *, surely: bool = True) -> bool:
    """Whether a text that is not whole ends within its first value, which is an object.

    What is only thought to be JSON is taken for it unless that is to be found out `surely`.
    """
    start = _skip_space(text, 0)
    if not _OBJECT.match(text, start) or _values(text, start, most=1)[0]:
        return False
    if not surely:
        return True
    mended = _mended(text, start)
    return not mended or bool(_values(mended, 0)[0])


def _values_of(text: str, *, whole: bool) -> tuple[list[Any], float]:
    """The values, and the share of the text that they take; none if it is not JSON."""
    start = _skip_space(text, 0)
    first = text[start : start + 1]
    if first not in _CLOSING:
        return [], 0.0
    values, end = _values(text, start)
    if whole and end < len(text):
        return [], 0.0
    if not values and not whole:
        values, _ = _values(_mended(text, start), 0)
        return values, 0.0
    return values, end / max(len(text), 1)


def _values(text: str, position: int, most: int | None = None) -> tuple[list[Any], int]:
    """The values from `position` on, up to the first that is broken, and where that begins."""
    decoder = json.JSONDecoder()
    values: list[Any] = []
    while position < len(text) and len(values) != most:
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):  # not JSON, a number of 4,300 digits, too deep
            break
        values.append(value)
        position = _skip_space(text, position)
    return values, position


def _mended(text: str, start: int) -> str:
    """The value that begins at `start`, without the member that is cut off, and closed again."""
    stack: list[str] = []
    end, closing = start, ""
    for token in _TOKEN.finditer(text, start):
        sign = token[0]
        if token["end"] == "" or len(stack) > DEEPEST:
            break
        if sign in _CLOSING:
            stack.append(_CLOSING[sign])
        elif sign in {"]", "}"} and stack:
            stack.pop()
            end, closing = token.end(), "".join(reversed(stack))
        elif sign == ",":
            end, closing = token.start(), "".join(reversed(stack))
    return text[start:end] + closing


def _skip_space(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    return position
