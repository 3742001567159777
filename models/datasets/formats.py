"""One object, one frame: read from S3 in any format, and written as CSV, JSON lines or Parquet.

Knows no catalog: which columns of which types a table has, `tables` says.
"""

import io
import json
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from json.encoder import encode_basestring
from math import isfinite
from typing import Any, BinaryIO, Literal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import orc

from . import delimited
from .cells import arrow_type, natives, nulls, plain, text
from .dialects import Dialect
from .errors import FormatError
from .objects import ObjectStore
from .rows import Columns, Manner, Readable, Reading, read_rows, rows_of, typed_cells
from .spans import Span, contents

Format = Literal["csv", "json", "parquet"]


def read_frame(store: ObjectStore, uri: str, form: Format) -> pd.DataFrame:
    """The object as it describes itself: a CSV file by its header, all cells text.

    Raises FormatError, which names the object, and ObjectStoreError.
    """
    return read_object(store, uri, form, None, Manner(Dialect(skipped=1))).frame


def read_object(
    store: ObjectStore,
    uri: str,
    form: Readable,
    columns: Columns | None,
    manner: Manner,
    *,
    span: Span | None = None,
) -> Reading:
    """The object's rows, or those of a span of its text, with the wanted columns, of their types,
    in their order.

    A column that the object lacks is null throughout. Raises as `read_frame`.
    """
    try:
        if form in FILES:
            return _read_file(FILES[form], store.open(uri), columns)
        data = contents(store, uri, span)
        if form == "csv":
            return _read_csv(data, columns, manner.dialect)
        return read_rows(rows_of(data, form, manner), columns)
    except FormatError as error:
        where = "" if span is None else f"from byte {span.start} on "
        raise FormatError(f"{uri} cannot be read {where}as {form}: {error}") from error


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


def _read_csv(data: bytes, columns: Columns | None, dialect: Dialect) -> Reading:
    names = None if columns is None else [name for name, _ in columns]
    cells, uneven = delimited.read(data, dialect, names)
    losses = Counter({"rows of another width than the first": uneven} if uneven else {})
    return Reading(_frame(cells, columns, losses), losses)


def _read_file(opener: Callable[[Any], Any], data: BinaryIO, columns: Columns | None) -> Reading:
    try:
        file = opener(pa.PythonFile(data, mode="r"))
        schema = file.schema_arrow if isinstance(file, pq.ParquetFile) else file.schema
        stored = {name.lower(): name for name in schema.names}
        wanted = list(stored) if columns is None else [name for name, _ in columns]
        table = file.read(columns=[stored[name] for name in wanted if name in stored])
        table.validate(full=True)  # text that is no UTF-8 is refused here, and not quoted
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
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
        name: typed_cells(cells[name], name, kind or _own_type(cells[name]), losses)
        if name in cells
        else nulls(length, kind)
        for name, kind in kinds
    }
    return pd.DataFrame(frame, index=range(length))


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


FILES: dict[Readable, Callable[[Any], Any]] = {"parquet": pq.ParquetFile, "orc": orc.ORCFile}
WRITERS: dict[Format, Callable[[pd.DataFrame, Mapping[str, str]], bytes]] = {
    "csv": _write_csv,
    "json": _write_json,
    "parquet": _write_parquet,
}
