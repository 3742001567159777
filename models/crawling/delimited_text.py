"""The CSV classifier: delimiter, header, column names and types of delimited text.

The header rule is the guide's; docs/decisions/csv-header.md says what it leaves open.
"""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from gluematch.models.datasets.dialects import Dialect, rows

from .custom_types import of_cell_among
from .formats import Csv
from .seen import Seen
from .types import Type, merged, of_cell

DELIMITERS = (",", "|", "\t", ";", "\x01")
EVEN = 0.9
LONGEST_NAME = 150

Rows = list[list[str]]


@dataclass(frozen=True, slots=True)
class CsvRules:
    """What a custom classifier says of CSV; Glue's own classifier is the one that says nothing.

    `header` is UNKNOWN, PRESENT or ABSENT, `names` the columns' names if they are given, `types`
    the CustomDatatypes if they are in use, and `open_csv` whether that SerDe is wanted.
    """

    delimiters: tuple[str, ...] = DELIMITERS
    quote: str = '"'
    header: str = "UNKNOWN"
    names: tuple[str, ...] = ()
    trimmed: bool = True
    single_column: bool = False
    types: frozenset[str] | None = None
    open_csv: bool | None = False

    def type_of(self, cell: str) -> Type:
        """The type of a cell by these rules."""
        if not self.trimmed and cell != cell.strip():
            return "string"
        return of_cell(cell) if self.types is None else of_cell_among(self.types, cell)


BUILT_IN = CsvRules()


def classify(text: str, *, whole: bool, rules: CsvRules = BUILT_IN) -> Seen | None:
    """Format and columns of delimited text; None if it is none.

    At least two columns and two rows are needed. A text that is not whole may end within a row.
    """
    if not whole:
        text = text[: text.rfind("\n") + 1]
    found = _split(text, rules, whole=whole)
    if found is None:
        return None
    delimiter, table = found
    width = _width(table)[0]
    even = [row for row in table if len(row) == width]
    if rules.names and len(rules.names) != width:
        return None
    header = _starts_with_header(even, rules)
    data = even[1:] if header else even
    types = _types(data, width, rules)
    quoted = _quoted(text, delimiter, rules.quote)
    open_csv = quoted if rules.open_csv is None else rules.open_csv
    form = Csv(delimiter, header, quoted, rules.quote, open_csv)
    columns = tuple(zip(_names(even, rules, header=header), types, strict=True))
    return Seen(form, columns, len(table) - header, 1.0)


def _split(text: str, rules: CsvRules, *, whole: bool) -> tuple[str, Rows] | None:
    """The delimiter that splits the rows most evenly, into most columns; and the rows."""
    best: tuple[float, int] = (0.0, 0)
    answer: tuple[str, Rows] | None = None
    for delimiter in rules.delimiters:
        if delimiter not in text and not rules.single_column:
            continue
        try:
            table = list(rows(text, Dialect(delimiter, rules.quote)))
        except csv.Error:
            continue
        # The end of the text may lie between the quotes of a cell.
        table = table if whole else table[:-1]
        if len(table) < 2:
            continue
        width, share = _width(table)
        enough = width >= 2 or rules.single_column
        if enough and share >= EVEN and (share, width) > best:
            best, answer = (share, width), (delimiter, table)
    return answer


def _width(table: Rows) -> tuple[int, float]:
    """The commonest number of cells in a row, and the share of rows that have it."""
    width, times = Counter(map(len, table)).most_common(1)[0]
    return width, times / len(table)


def _starts_with_header(even: Rows, rules: CsvRules) -> bool:
    if rules.header != "UNKNOWN":
        return rules.header == "PRESENT"
    named = tuple(cell.strip().lower() for cell in even[0])
    return _has_header(even) or named == tuple(name.strip().lower() for name in rules.names)


def _names(even: Rows, rules: CsvRules, *, header: bool) -> list[str]:
    if rules.names:
        return _unique(rules.names)
    return _unique(even[0]) if header else [f"col{at}" for at in range(len(even[0]))]


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


def _types(data: Rows, width: int, rules: CsvRules) -> list[Type]:
    types: list[Type] = [None] * width
    for row in data:
        for at, cell in enumerate(row):
            if types[at] != "string":
                types[at] = merged(types[at], rules.type_of(cell))
    return types


def _quoted(text: str, delimiter: str, quote: str) -> bool:
    """Whether some cell begins with a quote."""
    return text.startswith(quote) or any(sign + quote in text for sign in (delimiter, "\n"))
