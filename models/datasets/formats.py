"""One object, one frame: CSV, JSON lines and Parquet, read from S3 and written to it.

Knows no catalog: which columns of which types a table has, `tables` says.
"""

import gzip
import io
import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from json.encoder import encode_basestring
from math import isfinite
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.json
import pyarrow.parquet as pq

from . import delimited
from .cells import arrow_type, natives, nulls, plain, text, typed
from .delimited import Dialect, FormatError
from .objects import ObjectStore

Format = Literal["csv", "json", "parquet"]
Columns = Sequence[tuple[str, str]]
"""Names in lower case and Hive types."""

GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Reading:
    """What one object holds; `losses` counts, in words, the cells that had no place."""

    frame: pd.DataFrame
    losses: Counter[str]


def read_frame(store: ObjectStore, uri: str, form: Format) -> pd.DataFrame:
    """The object as it describes itself: a CSV file by its header, all cells text.

    Raises FormatError, which names the object, and ObjectStoreError.
    """
    return read_object(store, uri, form, None, Dialect(skipped=1)).frame


def read_object(
    store: ObjectStore, uri: str, form: Format, columns: Columns | None, dialect: Dialect
) -> Reading:
    """The object's rows with the wanted columns, of their types, in their order.

    A column that the object lacks is null throughout. Raises as `read_frame`.
    """
    try:
        return READERS[form](store, uri, columns, dialect)
    except FormatError as error:
        raise FormatError(f"{uri} cannot be read as {form}: {error}") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FormatError(f"{uri} cannot be unpacked: it is no whole gzip file") from error


def write_frame(
    store: ObjectStore, uri: str, frame: pd.DataFrame, form: Format, columns: Columns = ()
) -> None:
    """Write the frame as one object, so that `read_frame` gives the same rows again.

    Columns of Parquet have the Hive types of `columns`, where these hold the values unchanged.
    """
    store.write(uri, WRITERS[form](frame, dict(columns)))


def part_uri(folder: str, at: datetime, form: Format) -> str:
    """Where the output of a run that began `at` goes, in the manner of Glue's jobs."""
    milliseconds = int(at.timestamp() * 1000)
    return f"{folder.rstrip('/')}/run-{milliseconds}-part-r-00000.{form}"


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


def _read_csv(store: ObjectStore, uri: str, columns: Columns | None, dialect: Dialect) -> Reading:
    names = None if columns is None else [name for name, _ in columns]
    cells, uneven = delimited.read(_unpacked(store.read(uri)), dialect, names)
    losses = Counter({"rows of another width than the first": uneven} if uneven else {})
    return Reading(_frame(cells, columns, losses), losses)


def _read_json(store: ObjectStore, uri: str, columns: Columns | None, _: Dialect) -> Reading:
    data = _unpacked(store.read(uri)).removeprefix(delimited.BYTE_ORDER_MARK)
    try:
        rows = [_folded(row) for row in json_values(data.decode())]
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FormatError(f"line {line}: byte 0x{data[error.start]:02x} is not UTF-8") from None
    if columns is None:
        return Reading(pd.DataFrame(rows, dtype=object), Counter())
    losses: Counter[str] = Counter()
    frame = {name: _json_column(rows, name, kind, losses) for name, kind in columns}
    return Reading(pd.DataFrame(frame, index=range(len(rows))), losses)


def _folded(row: Any) -> dict[str, Any]:
    if isinstance(row, list):
        # The one column that Glue's crawlers give a JSON array.
        return {"array": row}
    if not isinstance(row, dict):
        raise FormatError("its values are neither JSON objects nor arrays")
    return {name.lower(): value for name, value in row.items()}


def _json_column(
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
    return _typed(array, name, hive_type, losses)


def _read_parquet(store: ObjectStore, uri: str, columns: Columns | None, _: Dialect) -> Reading:
    try:
        parquet = pq.ParquetFile(pa.PythonFile(store.open(uri), mode="r"))
        stored = {name.lower(): name for name in parquet.schema_arrow.names}
        wanted = list(stored) if columns is None else [name for name, _ in columns]
        table = parquet.read(columns=[stored[name] for name in wanted if name in stored])
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise FormatError(str(error)) from error
    if columns is None:
        columns = [(name, "") for name in wanted]
    losses: Counter[str] = Counter()
    cells = {name: table[stored[name]] for name in wanted if name in stored}
    return Reading(_frame(cells, columns, losses, len(table)), losses)


def _frame(
    cells: dict[str, pa.ChunkedArray],
    columns: Columns | None,
    losses: Counter[str],
    length: int | None = None,
) -> pd.DataFrame:
    if length is None:
        length = len(next(iter(cells.values()), ()))
    kinds = [(name, "string") for name in cells] if columns is None else columns
    frame = {
        name: _typed(cells[name], name, kind or _own_type(cells[name]), losses)
        if name in cells
        else nulls(length, kind)
        for name, kind in kinds
    }
    return pd.DataFrame(frame, index=range(length))


def _typed(array: pa.ChunkedArray, name: str, hive_type: str, losses: Counter[str]) -> pd.Series:
    column, bad = typed(array, hive_type)
    if bad:
        losses[f"cells of column {name} that are not {hive_type}"] += bad
    return column


def _own_type(array: pa.ChunkedArray) -> str:
    """The plainest Hive type for an Arrow array: enough to choose the frame's dtype."""
    kind = array.type
    if pa.types.is_integer(kind):
        return "bigint"
    if pa.types.is_floating(kind):
        return "double"
    if pa.types.is_boolean(kind):
        return "boolean"
    return "string" if pa.types.is_string(kind) or pa.types.is_dictionary(kind) else "other"


def _unpacked(data: bytes) -> bytes:
    return gzip.decompress(data) if data.startswith(GZIP) else data


def _write_csv(frame: pd.DataFrame, _: Mapping[str, str]) -> bytes:
    return delimited.write(frame)


def _write_json(frame: pd.DataFrame, _: Mapping[str, str]) -> bytes:
    names = [encode_basestring(str(name)) for name in frame.columns]
    columns = [map(_json_word, natives(frame[name])) for name in frame.columns]
    line = "{" + ", ".join(f"{name.replace('%', '%%')}: %s" for name in names) + "}\n"
    return "".join(line % row for row in zip(*columns, strict=True)).encode()


def _json_word(cell: Any) -> str:
    """One value as JSON text; the common kinds first, as a file has millions of them."""
    if isinstance(cell, str):
        return encode_basestring(cell)
    if isinstance(cell, int | float) and not isinstance(cell, bool) and isfinite(cell):
        return repr(cell)
    return json.dumps(plain(cell), ensure_ascii=False)


def _write_parquet(frame: pd.DataFrame, kinds: Mapping[str, str]) -> bytes:
    fields = {name: _arrow(frame[name], kinds.get(name, "")) for name in frame.columns}
    sink = io.BytesIO()
    pq.write_table(pa.table(fields), sink, compression="snappy")
    return sink.getvalue()


def _arrow(column: pd.Series, hive_type: str) -> pa.Array:
    try:
        array = pa.Array.from_pandas(column)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        words = [None if value is None else text(value) for value in column]
        return pa.array(words, pa.string())
    wanted = arrow_type(hive_type)
    if pa.types.is_null(array.type):
        return array.cast(wanted or pa.string())
    if wanted is None:
        return array
    try:
        kept = array.cast(wanted)
        return kept if kept.cast(array.type).equals(array) else array
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return array  # the frame has values that the table's type cannot hold


READERS: dict[Format, Callable[[ObjectStore, str, Columns | None, Dialect], Reading]] = {
    "csv": _read_csv,
    "json": _read_json,
    "parquet": _read_parquet,
}
WRITERS: dict[Format, Callable[[pd.DataFrame, Mapping[str, str]], bytes]] = {
    "csv": _write_csv,
    "json": _write_json,
    "parquet": _write_parquet,
}
