"""The CSV classifier: delimiter, header, column names and types of delimited text.

The header rule is the guide's; docs/decisions/csv-header.md says what it leaves open.
"""

import csv
from collections import Counter
from collections.abc import Sequence

from gluematch.models.datasets.delimited import Dialect, rows

from .formats import Csv
from .types import Columns, Type, merged, of_cell

DELIMITERS = (",", "|", "\t", ";", "\x01")
EVEN = 0.9
LONGEST_NAME = 150

Rows = list[list[str]]


def classify(text: str, *, whole: bool) -> tuple[Csv, Columns, int, int] | None:
    """Format, columns, number of records, and the characters that they take; None if not CSV.

    At least two columns and two rows are needed. A text that is not whole may end within a row.
    """
    if not whole:
        text = text[: text.rfind("\n") + 1]
    found = _split(text, whole=whole)
    if found is None:
        return None
    delimiter, table = found
    width = _width(table)[0]
    even = [row for row in table if len(row) == width]
    header = _has_header(even)
    data = even[1:] if header else even
    names = _unique(even[0]) if header else [f"col{at}" for at in range(width)]
    types = _types(data, width)
    form = Csv(delimiter, header, _quoted(text, delimiter))
    return form, tuple(zip(names, types, strict=True)), len(table) - header, len(text)


def _split(text: str, *, whole: bool) -> tuple[str, Rows] | None:
    """The delimiter that splits the rows most evenly, into most columns; and the rows."""
    best: tuple[float, int] = (0.0, 0)
    answer: tuple[str, Rows] | None = None
    for delimiter in DELIMITERS:
        if delimiter not in text:
            continue
        try:
            table = list(rows(text, Dialect(delimiter)))
        except csv.Error:
            continue
        # The end of the text may lie between the quotes of a cell.
        table = table if whole else table[:-1]
        if len(table) < 2:
            continue
        width, share = _width(table)
        if width >= 2 and share >= EVEN and (share, width) > best:
            best, answer = (share, width), (delimiter, table)
    return answer


def _width(table: Rows) -> tuple[int, float]:
    """The commonest number of cells in a row, and the share of rows that have it."""
    width, times = Counter(map(len, table)).most_common(1)[0]
    return width, times / len(table)


def _has_header(table: Rows) -> bool:
    """Whether the first row names the columns, by the rule of the guide."""
    first, *later = table
    *leading, last = first
    named = all(of_cell(cell) == "string" and len(cell) < LONGEST_NAME for cell in leading)
    # A delimiter may end every row: then the last column is empty throughout.
    trailing = not any(row[-1].strip() for row in table)
    named = named and (trailing or of_cell(last) == "string")
    valid = all(_is_name(cell) for cell in first[: len(first) - trailing])
    different = any(of_cell(cell) not in {None, "string"} for row in later for cell in row)
    return named and valid and different


def _is_name(cell: str) -> bool:
    """Whether Glue's shape of a column name takes the cell: printable, one line, 1 to 255."""
    name = cell.strip()
    return 1 <= len(name) <= 255 and not any(sign in name for sign in "\r\n")


def _unique(header: Sequence[str]) -> list[str]:
    """The names in lower case; one that is there already gets its position behind it."""
    names: list[str] = []
    for at, cell in enumerate(header):
        name = cell.strip().lower() or f"col{at}"
        names.append(f"{name}_{at}" if name in names else name)
    return names


def _types(data: Rows, width: int) -> list[Type]:
    types: list[Type] = [None] * width
    for row in data:
        for at, cell in enumerate(row):
            if types[at] != "string":
                types[at] = merged(types[at], of_cell(cell))
    return types


def _quoted(text: str, delimiter: str) -> bool:
    """Whether some cell begins with a quote."""
    return text.startswith('"') or any(f'{sign}"' in text for sign in (delimiter, "\n"))
