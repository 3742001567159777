"""Delimited text, CSV above all: bytes to columns of text, and frames to bytes.

UTF-8 with or without byte order mark; quotes, and line breaks within them; any line ends. A row
that is too short is filled up with nulls, surplus cells are dropped; both are counted.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pyarrow.csv

from . import LONGEST_CELL
from .cells import texts
from .dialects import BYTE_ORDER_MARK, Dialect, reader_of
from .errors import FormatError

BLOCK = LONGEST_CELL


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the data begin, how wide they are, and the position of each wanted column."""

    lines_before: int
    width: int
    positions: tuple[int, ...]


def read(
    data: bytes, dialect: Dialect, columns: Sequence[str] | None
) -> tuple[dict[str, pa.ChunkedArray], int]:
    """The wanted columns as text, and the number of rows that were too short or too long.

    Columns come from where the skipped header names them all; else from their positions.
    With no `columns`, those of the header. Raises FormatError.
    """
    data = data.removeprefix(BYTE_ORDER_MARK)
    if not data.strip():
        return {name: _empty() for name in columns or ()}, 0
    _refuse_other_encodings(data)
    header, first, lines_before = _opening(data, dialect)
    names = tuple(header) if columns is None else tuple(columns)
    if first is None:
        return {name: _empty() for name in names}, 0
    layout = _Layout(lines_before, len(first), _positions(header, names))
    cells, even = _read_even(data, dialect, layout)
    uneven = 0
    if not even:
        cells, uneven = _read_ragged(data, dialect, layout)
    return dict(zip(names, cells, strict=True)), uneven


def write(frame: pd.DataFrame) -> bytes:
    """A CSV file with a header: UTF-8, line feeds, quotes where they are needed."""
    cells = [texts(frame[name]) for name in frame.columns]
    # Python's writer leaves a lone carriage return unquoted, and readers end the row there.
    returns = any(column.str.contains("\r", regex=False).any() for column in cells)
    written = io.StringIO(newline="")
    writer = csv.writer(
        written, lineterminator="\n", quoting=csv.QUOTE_ALL if returns else csv.QUOTE_MINIMAL
    )
    writer.writerow(frame.columns)
    writer.writerows(zip(*(column.tolist() for column in cells), strict=True))
    return written.getvalue().encode()


def _opening(data: bytes, dialect: Dialect) -> tuple[list[str], list[str] | None, int]:
    """The header's names in lower case, the first row of data, and the lines above it."""
    reader = reader_of(io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline=""), dialect)
    header: list[str] = []
    try:
        for _ in range(dialect.skipped):
            header = next(reader, [])
        lines_before = reader.line_num
        first = next((row for row in reader if row), None)
    except UnicodeDecodeError:
        raise FormatError(_place_of_fault(data)) from None
    except csv.Error as error:
        raise FormatError(f"line {reader.line_num + 1}: this is not CSV ({error})") from None
    return [name.strip().lower() for name in header], first, lines_before


def _positions(header: Sequence[str], names: Sequence[str]) -> tuple[int, ...]:
    if all(header.count(name) == 1 for name in names):
        return tuple(header.index(name) for name in names)
    return tuple(range(len(names)))


def _read_even(
    data: bytes, dialect: Dialect, layout: _Layout
) -> tuple[list[pa.ChunkedArray], bool]:
    """The columns, read by Arrow; and whether all rows were as wide as the first."""
    uneven: list[int] = []

    def note(row: pa.csv.InvalidRow) -> str:
        uneven.append(row.actual_columns)
        return "skip"

    names = [str(position) for position in range(layout.width)]
    wanted = sorted({names[at] for at in layout.positions if at < layout.width})
    try:
        table = pa.csv.read_csv(
            pa.BufferReader(data),
            read_options=pa.csv.ReadOptions(
                column_names=names, skip_rows=layout.lines_before, block_size=BLOCK
            ),
            parse_options=pa.csv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char=dialect.quote or False,
                escape_char=dialect.escape or False,
                newlines_in_values=True,
                invalid_row_handler=note,
            ),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=wanted or names[:1],
                strings_can_be_null=True,
                null_values=["", dialect.null_text],
            ),
        )
    except pa.ArrowInvalid as error:
        # Arrow quotes the row that it stumbled over; what is in a row is nobody else's business.
        raise FormatError(_place_of_fault(data)) from error
    absent = pa.chunked_array([pa.nulls(len(table), pa.string())])
    columns = [table[names[at]] if at < layout.width else absent for at in layout.positions]
    return columns, not uneven


def _read_ragged(
    data: bytes, dialect: Dialect, layout: _Layout
) -> tuple[list[pa.ChunkedArray], int]:
    """The columns of a file whose rows differ in width, and how many are not of its own."""
    lines = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")
    for _ in range(layout.lines_before):
        lines.readline()
    columns: list[list[str | None]] = [[] for _ in layout.positions]
    uneven = 0
    reader = reader_of(lines, dialect)
    empty = {"", dialect.null_text}
    try:
        for row in reader:
            if not row:
                continue
            uneven += len(row) != layout.width
            for at, column in zip(layout.positions, columns, strict=True):
                cell = row[at] if at < len(row) else ""
                column.append(None if cell in empty else cell)
    except UnicodeDecodeError:
        raise FormatError(_place_of_fault(data)) from None
    except csv.Error as error:
        line = layout.lines_before + reader.line_num
        raise FormatError(f"line {line}: this is not CSV ({error})") from None
    return [pa.chunked_array([pa.array(column, pa.string())]) for column in columns], uneven


def _refuse_other_encodings(data: bytes) -> None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FormatError("the file is UTF-16; only UTF-8 can be read")


def _place_of_fault(data: bytes) -> str:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return f"line {line}: byte 0x{data[error.start]:02x} is not UTF-8"
    return "this is not CSV: a row is longer than 16 MB, which an unclosed quote may cause"


def _empty() -> pa.ChunkedArray:
    return pa.chunked_array([pa.array([], pa.string())])
