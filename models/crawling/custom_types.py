"""Types that a CSV classifier of a user's may find: those of its CustomDatatypes only."""

import re
from collections.abc import Collection
from decimal import Decimal

from .types import FRACTION, WHOLE, Type, of_json

DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z?")
WHOLES = (("SHORT", "smallint", 15), ("INT", "int", 31), ("LONG", "bigint", 63))


def of_cell_among(allowed: Collection[str], cell: str) -> Type:
    """The narrowest allowed type of a cell, string if none of them fits; None if it is empty."""
    cell = cell.strip()
    if not cell:
        return None
    if "BOOLEAN" in allowed and cell.lower() in {"true", "false"}:
        return "boolean"
    if WHOLE.fullmatch(cell):
        for name, kind, bits in WHOLES:
            if name in allowed and -(2**bits) <= int(cell) < 2**bits:
                return kind
    if FRACTION.fullmatch(cell):
        return _of_fraction(allowed, cell)
    if "DATE" in allowed and DATE.fullmatch(cell):
        return "date"
    if "TIMESTAMP" in allowed and TIMESTAMP.fullmatch(cell):
        return "timestamp"
    return "string"


def _of_fraction(allowed: Collection[str], cell: str) -> Type:
    if "DOUBLE" in allowed:
        return "double"
    if "DECIMAL" in allowed:
        return of_json(Decimal(cell))
    return "float" if "FLOAT" in allowed else "string"
