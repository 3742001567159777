"""How delimited text is written, and its rows cell by cell; as columns `delimited.py` reads it."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _csv import Reader

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a delimited file is written. Its first `skipped` records are no data.

    An empty cell is null, and so is a cell that reads as `null_text`.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str | None = None
    skipped: int = 0
    null_text: str = ""


def rows(text: str, dialect: Dialect) -> Iterator[list[str]]:
    """The rows of a text, cell by cell; empty lines are passed over."""
    return (row for row in reader_of(io.StringIO(text, newline=""), dialect) if row)


def reader_of(lines: Iterable[str], dialect: Dialect) -> "Reader":
    """Python's reader of the lines, which keep their ends; it tells how many lines it has read."""
    return csv.reader(
        lines,
        delimiter=dialect.delimiter,
        quotechar=dialect.quote or None,
        escapechar=dialect.escape,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
    )
