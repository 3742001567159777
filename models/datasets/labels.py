"""Label files: the CSV form in which people say which records are the same.

Reading is strict and names the line and the cure; it knows nothing of S3, the catalog
or the engine. Rules where AWS is silent: docs/decisions/label-files.md.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

SET_COLUMN = "labeling_set_id"
LABEL_COLUMN = "label"
MAX_MEGABYTES = 10
INTEGER_TYPES = frozenset({"tinyint", "smallint", "int", "integer", "bigint"})
FLOAT_TYPES = frozenset({"float", "double"})
MAX_DIGITS = 40
MAX_SET_ROWS = 1000
NAMED_LINES = 10


class LabelFileError(Exception):
    """A label file that cannot be used; the message names the line and says what to do."""


@dataclass(frozen=True, slots=True)
class LabelledRow:
    """One row that a person labelled; `line` is where it starts in the file, from 1."""

    line: int
    set_id: str
    label: str
    key: str
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class LabelFile:
    """The labelled rows in the file's order, and the lines that were left out."""

    rows: tuple[LabelledRow, ...]
    unlabelled: int
    repeated: tuple[int, ...]


def read(data: bytes, columns: Sequence[tuple[str, str]], primary_key: str) -> LabelFile:
    """The labelled rows of a label file for a table with `columns` (name, Hive type).

    Rows without a label are counted and left out, as are exact repetitions of a row.
    Raises LabelFileError.
    """
    records = _records(_text(data))
    _, header = next(records, (0, []))
    names = _checked_header(header, [name for name, _ in columns])
    key_type = dict(columns)[primary_key]
    rows: list[LabelledRow] = []
    seen: dict[tuple[str, str], LabelledRow] = {}
    sizes: Counter[str] = Counter()
    unlabelled, repeated = 0, []
    for line, fields in records:
        row = _row(line, fields, names, primary_key, key_type)
        if row is None:
            unlabelled += 1
            continue
        earlier = seen.setdefault((row.set_id, row.key), row)
        if earlier is row:
            rows.append(row)
            sizes[row.set_id] += 1
            _check_size(line, sizes[row.set_id])
        elif earlier.label == row.label:
            repeated.append(line)
        else:
            raise LabelFileError(
                f"line {line}: the record of line {earlier.line} is here again, in the same set "
                "with another label. Keep one of the two lines."
            )
    return LabelFile(tuple(rows), unlabelled, tuple(repeated))


def write(columns: Sequence[str], rows: Iterable[tuple[str, str, Sequence[str]]]) -> bytes:
    """A label file: UTF-8, a header, then (set id, label, values in the order of `columns`)."""
    cells = [[set_id, label, *values] for set_id, label, values in rows]
    # Python's writer leaves a lone carriage return unquoted, and readers end the row there.
    returns = any("\r" in cell for row in cells for cell in row)
    text = io.StringIO(newline="")
    writer = csv.writer(
        text, lineterminator="\n", quoting=csv.QUOTE_ALL if returns else csv.QUOTE_MINIMAL
    )
    writer.writerow([SET_COLUMN, LABEL_COLUMN, *columns])
    writer.writerows(cells)
    return text.getvalue().encode()


def canonical_key(text: str, hive_type: str) -> str:
    """A primary key's value in the one form in which keys are compared.

    Spreadsheets write the integer 17 as 17.0 or 017; both mean the record 17.
    """
    text = text.strip() if hive_type != "string" else text
    try:
        number = Decimal(text) if hive_type in INTEGER_TYPES | FLOAT_TYPES else None
    except InvalidOperation:
        return text
    if number is None or not number.is_finite() or number.adjusted() > MAX_DIGITS:
        return text
    if number == number.to_integral_value():
        return str(int(number))
    return repr(float(number)) if hive_type in FLOAT_TYPES else text


def named_lines(lines: Sequence[int]) -> str:
    """`line 4`, `lines 4 and 9`, or the first ten and how many more."""
    if len(lines) == 1:
        return f"line {lines[0]}"
    if len(lines) > NAMED_LINES:
        first = ", ".join(map(str, lines[:NAMED_LINES]))
        return f"lines {first} and {len(lines) - NAMED_LINES} more"
    return f"lines {', '.join(map(str, lines[:-1]))} and {lines[-1]}"


def _text(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise LabelFileError(
            "line 1: the file is UTF-16. Save it as UTF-8 (in a spreadsheet: CSV UTF-8)."
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The decoder counts from behind a byte order mark: its own bytes, not ours.
        text, at = error.object, error.start
        line = text.count(b"\n", 0, at) + 1
        raise LabelFileError(
            f"line {line}: byte 0x{text[at]:02x} is not UTF-8. "
            "Save the file as UTF-8 (in a spreadsheet: CSV UTF-8)."
        ) from None


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line that it starts in; empty lines are passed over."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for fields in reader:
            if fields:
                yield line, fields
            line = reader.line_num + 1
    except csv.Error as error:
        raise LabelFileError(
            f"line {line}: this is not CSV ({error}). Check the quotes of the line."
        ) from None


def _checked_header(header: list[str], columns: Sequence[str]) -> list[str]:
    """The header's names as the table has them, after the two columns of the labels."""
    if not header:
        raise LabelFileError(
            "line 1: the file is empty. Its first line has to name the columns: "
            f"{SET_COLUMN}, {LABEL_COLUMN}, then those of the table."
        )
    for sign, word in ((";", "semicolons"), ("\t", "tabs")):
        if sign in header[0] and header[0].startswith(SET_COLUMN):
            raise LabelFileError(
                f"line 1: the columns are separated by {word}. Separate them by commas."
            )
    if header[:2] != [SET_COLUMN, LABEL_COLUMN]:
        raise LabelFileError(
            f"line 1: the first two columns have to be {SET_COLUMN} and {LABEL_COLUMN}. "
            "Begin the file with a header that names them."
        )
    names = [name.strip().lower() for name in header[2:]]
    _refuse_names("lacks the table's", "Add", [c for c in columns if c not in names])
    _refuse_names("has, beside the table's,", "Remove", [n for n in names if n not in columns])
    _refuse_names("repeats", "Remove", sorted({n for n in names if names.count(n) > 1}))
    return names


def _refuse_names(fault: str, cure: str, names: list[str]) -> None:
    if names:
        noun, them = ("column", "it") if len(names) == 1 else ("columns", "them")
        listed = ", ".join(names[:NAMED_LINES]) + (", ..." if len(names) > NAMED_LINES else "")
        raise LabelFileError(f"line 1: the header {fault} {noun}: {listed}. {cure} {them}.")


def _check_size(line: int, size: int) -> None:
    """Every two rows of a set are a pair: a file of one huge set would be billions of them."""
    if size > MAX_SET_ROWS:
        raise LabelFileError(
            f"line {line}: the set of this row has more than {MAX_SET_ROWS} labelled rows. "
            "Split it into sets of 10 to 20 rows."
        )


def _row(
    line: int, fields: list[str], names: list[str], primary_key: str, key_type: str
) -> LabelledRow | None:
    if len(fields) != len(names) + 2:
        raise LabelFileError(
            f"line {line}: {len(fields)} fields, but the header names {len(names) + 2} columns. "
            "Check the commas and quotes of the line."
        )
    set_id, label = fields[0].strip(), fields[1].strip()
    if not label:
        return None
    if not set_id:
        raise LabelFileError(
            f"line {line}: a label without {SET_COLUMN}. "
            "Name the set that the row belongs to, or empty its label."
        )
    values = dict(zip(names, fields[2:], strict=True))
    key = canonical_key(values[primary_key], key_type)
    if not key:
        raise LabelFileError(
            f"line {line}: the primary key {primary_key} is empty. "
            "Fill it in as the table has it, or empty the row's label."
        )
    return LabelledRow(line, set_id, label, key, values)
