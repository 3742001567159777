"""Hive types as classifiers find them: of a cell of text, of a JSON value, and of two together.

None is the type of a column in which nothing was seen yet; at the end it is a string.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import reduce
from typing import Any, Union

Type = Union[str, "Array", "Struct", None]
Columns = tuple[tuple[str, Type], ...]
"""Names in lower case, unique, with their types, in the order of the data."""

WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
FRACTION = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
DECIMAL = re.compile(r"decimal\(([0-9]+),([0-9]+)\)")
MOST_DIGITS = 38
DEEPEST = 64
# A whole number becomes a fraction where one is seen; a fraction never becomes whole again.
WHOLE_DIGITS = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}
NUMBERS = ("tinyint", "smallint", "int", "bigint", "float", "double")


@dataclass(frozen=True, slots=True)
class Array:
    """A list of values of one type."""

    element: Type


@dataclass(frozen=True, slots=True)
class Struct:
    """Named values; the names are in lower case."""

    fields: Columns


def of_cell(cell: str) -> Type:
    """The type of a delimited cell: bigint, double, boolean or string; None if it is empty."""
    cell = cell.strip()
    if not cell:
        return None
    if WHOLE.fullmatch(cell):
        return "bigint" if -(2**63) <= int(cell) < 2**63 else "string"
    if FRACTION.fullmatch(cell) and not cell.lstrip("+-").isdecimal():
        return "double"
    return "boolean" if cell.lower() in {"true", "false"} else "string"


def of_json(value: Any, levels: int = DEEPEST) -> Type:
    """The type of a JSON value; whole numbers are int while they fit into 32 bits.

    Arrays and objects that lie more than `levels` levels deep are string.
    """
    if value is None:
        return None
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        if -(2**63) <= value < 2**63:
            return "int" if -(2**31) <= value < 2**31 else "bigint"
        return "string"
    if isinstance(value, float):
        return "double"
    if isinstance(value, list | dict):
        return _of_nested(value, levels - 1) if levels else "string"
    if isinstance(value, Decimal):
        return _of_decimal(value)
    if isinstance(value, datetime):
        return "timestamp"
    return "binary" if isinstance(value, bytes) else "string"


def _of_nested(value: list[Any] | dict[str, Any], levels: int) -> Type:
    if isinstance(value, dict):
        return Struct(columns_of_json(value, levels))
    return Array(reduce(merged, (of_json(one, levels) for one in value), None))


def _of_decimal(value: Decimal) -> Type:
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        return "string"
    scale = max(-exponent, 0)
    return _decimal(max(len(digits) + exponent, 0), scale)


def _decimal(whole: int, scale: int) -> Type:
    """The decimal of so many digits before and behind the point; string where it has none."""
    precision = max(whole + scale, 1)
    return f"decimal({precision},{scale})" if precision <= MOST_DIGITS else "string"


def _digits(found: Type) -> tuple[int, int] | None:
    """Digits before and behind the point of a type that holds exact numbers; else None."""
    if found in WHOLE_DIGITS:
        return WHOLE_DIGITS[found], 0
    match = DECIMAL.fullmatch(found) if isinstance(found, str) else None
    return None if match is None else (int(match[1]) - int(match[2]), int(match[2]))


def columns_of_json(value: Mapping[str, Any], levels: int = DEEPEST) -> Columns:
    """The members of a JSON object as columns; names that differ in case only are one."""
    return union([tuple((name.lower(), of_json(one, levels)) for name, one in value.items())])


def merged(one: Type, other: Type) -> Type:
    """The narrowest type that holds the values of both."""
    if one is None or one == other:
        return other
    if other is None:
        return one
    if isinstance(one, Array) and isinstance(other, Array):
        return Array(merged(one.element, other.element))
    if isinstance(one, Struct) and isinstance(other, Struct):
        return Struct(union([one.fields, other.fields]))
    if one in NUMBERS and other in NUMBERS:
        wider = max(NUMBERS.index(one), NUMBERS.index(other))
        return "double" if "bigint" in {one, other} and wider > 3 else NUMBERS[wider]
    some, others = _digits(one), _digits(other)
    if some is not None and others is not None:
        return _decimal(max(some[0], others[0]), max(some[1], others[1]))
    if _is_number(one) and _is_number(other):
        return "double"
    return "string"


def union(many: Iterable[Columns]) -> Columns:
    """All columns, in the order of their first appearance, each with its merged type."""
    types: dict[str, Type] = {}
    last: Columns | None = None
    for columns in many:
        if columns == last:  # as the columns of objects beside each other mostly are
            continue
        last = columns
        for name, found in columns:
            types[name] = merged(types.get(name), found)
    return tuple(types.items())


def alike(one: Type, other: Type) -> bool:
    """Whether two columns of one name may hold the same thing."""
    if one is None or other is None or one == other:
        return True
    if isinstance(one, Array) and isinstance(other, Array):
        return alike(one.element, other.element)
    if isinstance(one, Struct) and isinstance(other, Struct):
        return similarity(one.fields, other.fields) > 0.7
    return _is_number(one) and _is_number(other)


def _is_number(found: Type) -> bool:
    return found in NUMBERS or _digits(found) is not None


def similarity(some: Columns, others: Columns) -> float:
    """The share of columns, 0 to 1, that two schemas have in common by name and type."""
    if not some and not others:
        return 1.0
    known = dict(others)
    same = sum(name in known and alike(found, known[name]) for name, found in some)
    return same / max(len(some), len(others))


def hive(found: Type) -> str:
    """The type as Hive writes it."""
    if isinstance(found, Array):
        return f"array<{hive(found.element)}>"
    if isinstance(found, Struct):
        inside = ",".join(f"{name}:{hive(one)}" for name, one in found.fields)
        return f"struct<{inside}>"
    return found or "string"
