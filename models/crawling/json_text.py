"""The JSON classifier: objects one after another, as JSON lines are, or one array."""

import json
from typing import Any

from .formats import Json
from .types import Array, Columns, columns_of_json, merged, of_json, union


def classify(text: str, *, whole: bool) -> tuple[Json, Columns, int, int] | None:
    """Format, columns, number of values, and the characters that they take; None if not JSON.

    A text that is not whole may end within a value.
    """
    start = _skip_space(text, 0)
    if text[start : start + 1] not in {"{", "["}:
        return None
    values, end = _values(text, start)
    if not values or (whole and end < len(text)):
        return None
    if all(isinstance(value, dict) for value in values):
        columns = union(columns_of_json(value) for value in values)
        paths = frozenset(name for value in values for name in value)
        return Json(paths), columns, len(values), end
    if all(isinstance(value, list) for value in values):
        element = None
        for value in values:
            element = merged(element, of_json(value))
        return Json(frozenset({"array"})), (("array", element or Array(None)),), len(values), end
    return None


def _values(text: str, position: int) -> tuple[list[Any], int]:
    """The values from `position` on, up to the first that is broken, and where that begins."""
    decoder = json.JSONDecoder()
    values: list[Any] = []
    while position < len(text):
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):  # not JSON, a number of 4,300 digits, too deep
            break
        values.append(value)
        position = _skip_space(text, position)
    return values, position


def _skip_space(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    return position
