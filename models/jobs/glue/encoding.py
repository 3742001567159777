"""Rows of an Arrow table as the bytes of one object, by Glue's format options."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.orc
import pyarrow.parquet as pq

from gluematch.models.datasets.cells import plain, text

from .options import NO_QUOTES, Options
from .packing import SUFFIXES, packed

BINARY_CODECS = {
    "parquet": {"": "snappy", "uncompressed": "none", "gzip": "gzip", "snappy": "snappy"},
    "orc": {"": "uncompressed", "none": "uncompressed", "snappy": "snappy", "zlib": "zlib"},
    "avro": {"": "null", "none": "null", "snappy": "snappy", "deflate": "deflate"},
}


def encode(table: pa.Table, form: str, options: Options) -> bytes:
    """The table as one object of that format."""
    return _WRITERS[form](_unzoned(table), options)


def suffix(form: str, options: Options) -> str:
    """What ends the object's name. Raises ValueError for a compression that there is not."""
    codec = options.text("compression").lower()
    if form in ("csv", "json"):
        if codec not in SUFFIXES:
            raise ValueError(f"{form} cannot be compressed by {codec!r}: gzip and bzip2 can")
        return SUFFIXES[codec]
    known = BINARY_CODECS[form]
    if codec not in known:
        raise ValueError(f"{form} cannot be compressed by {codec!r}")
    name = known[codec]
    return f".{form}" if name in {"none", "uncompressed", "null"} else f".{name}.{form}"


def _codec(form: str, options: Options) -> str:
    return BINARY_CODECS[form][options.text("compression").lower()]


def _unzoned(table: pa.Table) -> pa.Table:
    """Instants as the clock of UTC shows them: so Glue writes them."""
    fields = [
        pa.field(one.name, pa.timestamp(one.type.unit)) if pa.types.is_timestamp(one.type) else one
        for one in table.schema
    ]
    return table.cast(pa.schema(fields))


def _csv(table: pa.Table, options: Options) -> bytes:
    quote = options.given.get("quoteChar", '"')
    escape = options.given.get("escaper", -1)
    unquoted = quote in NO_QUOTES
    written = io.StringIO(newline="")
    writer = csv.writer(
        written,
        delimiter=options.text("separator", ","),
        quotechar=None if unquoted else str(quote),
        quoting=csv.QUOTE_NONE if unquoted else csv.QUOTE_MINIMAL,
        escapechar="\\" if unquoted else None if escape in NO_QUOTES else str(escape),
        lineterminator="\n",
    )
    if options.flag("writeHeader", default=True):
        writer.writerow(table.column_names)
    columns = [map(_word, column.to_pylist()) for column in table.columns]
    writer.writerows(zip(*columns, strict=True))
    return packed(written.getvalue().encode(), options.text("compression").lower())


def _word(value: Any) -> str:
    return "" if value is None else text(value)


def _json(table: pa.Table, options: Options) -> bytes:
    lines = (
        json.dumps(plain(row), ensure_ascii=False)
        for row in table.to_pylist(maps_as_pydicts="lossy")
    )
    return packed("".join(f"{line}\n" for line in lines).encode(), options.text("compression"))


def _parquet(table: pa.Table, options: Options) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, compression=_codec("parquet", options))
    return sink.getvalue()


def _orc(table: pa.Table, options: Options) -> bytes:
    sink = io.BytesIO()
    pyarrow.orc.write_table(table, sink, compression=_codec("orc", options))
    return sink.getvalue()


def _avro(table: pa.Table, options: Options) -> bytes:
    fields = [{"name": one.name, "type": _avro_type(one.type, one.name)} for one in table.schema]
    schema = {"type": "record", "name": "topLevelRecord", "fields": fields}
    sink = io.BytesIO()
    rows = table.to_pylist(maps_as_pydicts="lossy")
    fastavro.writer(sink, fastavro.parse_schema(schema), rows, codec=_codec("avro", options))
    return sink.getvalue()


def _avro_type(kind: pa.DataType, path: str) -> Any:
    """The Avro type, which may be null; records are named by their path."""
    if pa.types.is_list(kind):
        found: Any = {"type": "array", "items": _avro_type(kind.value_type, path)}
    elif pa.types.is_map(kind):
        found = {"type": "map", "values": _avro_type(kind.item_type, path)}
    elif pa.types.is_struct(kind):
        inner = [
            {"name": one.name, "type": _avro_type(one.type, f"{path}_{one.name}")} for one in kind
        ]
        found = {"type": "record", "name": path, "fields": inner}
    elif pa.types.is_decimal(kind):
        digits = {"precision": kind.precision, "scale": kind.scale}
        found = {"type": "bytes", "logicalType": "decimal", **digits}
    elif pa.types.is_date(kind):
        found = {"type": "int", "logicalType": "date"}
    elif pa.types.is_timestamp(kind):
        found = {"type": "long", "logicalType": "timestamp-micros"}
    else:
        found = _AVRO.get(str(kind), "string")
    return ["null", found]


_AVRO: Mapping[str, str] = {
    "int8": "int",
    "int16": "int",
    "int32": "int",
    "int64": "long",
    "float": "float",
    "double": "double",
    "bool": "boolean",
    "binary": "bytes",
}
_WRITERS: Mapping[str, Callable[[pa.Table, Options], bytes]] = {
    "csv": _csv,
    "json": _json,
    "parquet": _parquet,
    "orc": _orc,
    "avro": _avro,
}
