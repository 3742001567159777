"""How partition values are kept beside the partition, so that the store can compare them.

A value is text; what it means depends on the type of its key, which an update of the table may
change. So each is kept as the text that it is, with what it could be read as (its kind), and with
a rank: text that sorts as the number, date or timestamp sorts.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

PLACES = 12  # keys of a table that can be compared; PostgreSQL's indexes hold 32 columns

WHOLE, FRACTION, DATE, TIMESTAMP, OTHER = "n", "f", "d", "t", "x"
NOTHING = ""  # the kind of a value that the partition does not have

_WHOLE = re.compile(r"[+-]?\d{1,1024}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}", re.ASCII)
_TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(\d{1,9}))?", re.ASCII)
_FLIPPED = str.maketrans("0123456789", "9876543210")
_SHIFT = 50_000  # makes every exponent of a number a positive number of five digits


def columns(values: Sequence[str]) -> dict[str, str | None]:
    """What the store keeps for `values`: `kinds`, one letter for each, `text_0`, `rank_0` ..."""
    read = [kind_and_rank(value) for value in values[:PLACES]]
    row: dict[str, str | None] = {"kinds": "".join(kind for kind, _ in read)}
    for place in range(PLACES):
        there = place < len(read)
        row[f"text_{place}"] = comparable(values[place]) if there else None
        row[f"rank_{place}"] = read[place][1] if there else None
    return row


def comparable(text: str) -> str:
    """`text` in the same order, without the NUL characters that databases do not compare."""
    return text.replace("\x01", "\x01\x02").replace("\0", "\x01\x01")


def kind_and_rank(value: str) -> tuple[str, str | None]:
    """What `value` can be read as, and its rank among those of the same kind.

    Whole numbers and fractions have one order together.
    """
    if _WHOLE.fullmatch(value):
        return WHOLE, _rank(Decimal(value))
    if _NUMBER.fullmatch(value):
        return FRACTION, _rank(Decimal(value))
    if _DATE.fullmatch(value) and (day := _moment(value, "%Y-%m-%d")):
        return DATE, day[:10]
    found = _TIMESTAMP.fullmatch(value)
    if found and (second := _moment(found[1], "%Y-%m-%d %H:%M:%S")):
        return TIMESTAMP, f"{second}.{(found[2] or '').ljust(9, '0')}"
    return OTHER, None


def _moment(text: str, form: str) -> str | None:
    try:
        return datetime.strptime(text, form).isoformat(" ")  # noqa: DTZ007 - Hive's have no zone
    except ValueError:
        return None


def _rank(number: Decimal) -> str:
    """Text that sorts as the number: its sign, its magnitude, then its digits."""
    sign, digits, _ = number.as_tuple()
    text = "".join(map(str, digits)).strip("0")
    if not text:
        return "1"
    magnitude = f"{number.adjusted() + _SHIFT:05}{text}"
    return f"0{magnitude.translate(_FLIPPED)}~" if sign else f"2{magnitude}"
