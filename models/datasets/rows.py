"""Objects that hold records one by one: JSON, Avro, Ion, XML and log lines, as frames.

Knows the formats' own modules, and how their values become cells; CSV is `delimited`'s.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from gluematch.models.patterns import PatternError

from . import avro, ion, xml_rows
from .cells import text, typed
from .dialects import BYTE_ORDER_MARK, Dialect
from .errors import FormatError
from .grok import grok
from .json_paths import JsonPath

SECONDS = 600.0
Readable = Literal["csv", "json", "parquet", "orc", "avro", "ion", "xml", "grok"]
Columns = Sequence[tuple[str, str]]
"""Names in lower case and Hive types."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a table's objects are written, beside their format.

    `json_path` leads to the records of JSON, `row_tag` names those of XML, and `pattern` with its
    `custom_patterns` takes lines apart.
    """

    dialect: Dialect = field(default_factory=Dialect)
    json_path: JsonPath | None = None
    row_tag: str = ""
    pattern: str = ""
    custom_patterns: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one object holds; `losses` counts, in words, the cells that had no place."""

    frame: pd.DataFrame
    losses: Counter[str]


def rows_of(data: bytes, form: Readable, manner: Manner) -> Iterator[Any]:
    """The records in the bytes of an unpacked object. Raises FormatError."""
    if form == "avro":
        return avro.records(data)
    if form == "ion":
        return ion.values(data)
    if form == "xml":
        if not manner.row_tag:
            raise FormatError("its table has no parameter rowTag")
        return iter(xml_rows.rows(data, manner.row_tag)[0])
    document = _decoded(data)
    if form == "grok":
        return _lines(document, manner)
    values = json_values(document)
    return values if manner.json_path is None else manner.json_path.records(values)


def read_rows(records: Iterable[Any], columns: Columns | None) -> Reading:
    """Records as a frame of the wanted columns, by their names in lower case."""
    rows = [_folded(row) for row in records]
    if columns is None:
        return Reading(pd.DataFrame(rows, dtype=object), Counter())
    losses: Counter[str] = Counter()
    frame = {name: _column(rows, name, kind, losses) for name, kind in columns}
    return Reading(pd.DataFrame(frame, index=range(len(rows))), losses)


def typed_cells(
    array: pa.ChunkedArray, name: str, hive_type: str, losses: Counter[str]
) -> pd.Series:
    """A column by its Hive type; `losses` gets the count of cells that do not fit."""
    column, bad = typed(array, hive_type)
    if bad:
        losses[f"cells of column {name} that are not {hive_type}"] += bad
    return column


def json_values(document: str) -> Iterator[Any]:
    """The values of JSON lines, or of values one after another. Raises FormatError."""
    decoder = json.JSONDecoder()
    position = _skip_space(document, 0)
    while position < len(document):
        try:
            value, position = decoder.raw_decode(document, position)
        except (ValueError, RecursionError):  # not JSON, a number of 4,300 digits, too deep
            line = document.count("\n", 0, position) + 1
            raise FormatError(f"line {line}: this is not JSON") from None
        yield value
        position = _skip_space(document, position)


def _skip_space(document: str, position: int) -> int:
    while position < len(document) and document[position] in " \t\r\n":
        position += 1
    return position


def _decoded(data: bytes) -> str:
    data = data.removeprefix(BYTE_ORDER_MARK)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FormatError(f"line {line}: byte 0x{data[error.start]:02x} is not UTF-8") from None


def _lines(document: str, manner: Manner) -> Iterator[dict[str, str | None]]:
    """The fields of each line that the pattern matches."""
    try:
        found = grok(manner.pattern, manner.custom_patterns).rows(document.splitlines(), SECONDS)
        yield from (row for row in found if row is not None)
    except TimeoutError:
        raise FormatError(f"its grok pattern took longer than {SECONDS:g} seconds") from None
    except PatternError as error:
        raise FormatError(str(error)) from None


def _folded(row: Any) -> dict[str, Any]:
    if isinstance(row, list):
        # The one column that Glue's crawlers give a JSON array.
        return {"array": row}
    if not isinstance(row, dict):
        raise FormatError("its values are neither objects nor arrays")
    return {name.lower(): value for name, value in row.items()}


def _column(
    rows: Sequence[dict[str, Any]], name: str, hive_type: str, losses: Counter[str]
) -> pd.Series:
    values = [row.get(name) for row in rows]
    if "<" in hive_type:
        column = np.empty(len(values), dtype=object)
        column[:] = values
        return pd.Series(column, dtype=object)
    words = [None if value is None else text(value) for value in values]
    try:
        array = pa.chunked_array([pa.array(words, pa.string())])
    except UnicodeEncodeError:
        raise FormatError(f"column {name} has half a surrogate pair, which is no text") from None
    return typed_cells(array, name, hive_type, losses)
