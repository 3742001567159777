"""Rows as the bytes of an object: what Spark's workers write, without Spark."""

import bz2
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gluematch.models.jobs.glue.encoding import encode, suffix
from gluematch.models.jobs.glue.options import Options, dialect_of, form_of

NOON = datetime(2020, 1, 2, 12, tzinfo=UTC)
TABLE = pa.table(
    {
        "id": pa.array([1, None], pa.int64()),
        "price": pa.array([Decimal("1.50"), None], pa.decimal128(10, 2)),
        "at": pa.array([NOON, None], pa.timestamp("us", "UTC")),
        "day": pa.array([date(2020, 1, 2), None]),
        "who": pa.array([{"name": "Ann"}, None], pa.struct([("name", pa.string())])),
        "tags": pa.array([["a"], None], pa.list_(pa.string())),
        "marks": pa.array([[("x", 1)], None], pa.map_(pa.string(), pa.int32())),
    }
)


def test_csv_shows_instants_by_the_clock_of_utc_and_nested_values_as_json():
    rows = encode(TABLE, "csv", Options({"separator": ";"})).decode().splitlines()
    assert rows[0] == "id;price;at;day;who;tags;marks"
    assert rows[1].startswith("1;1.50;2020-01-02 12:00:00;2020-01-02;")
    assert '{""name"": ""Ann""}' in rows[1]
    assert rows[2] == ";;;;;;"


def test_text_without_quotes_escapes_what_it_must():
    table = pa.table({"a": ["x,y"]})
    written = encode(table, "csv", Options({"quoteChar": -1, "writeHeader": "false"}))
    assert written == b"x\\,y\n"


def test_text_is_packed_by_the_codec_that_is_named():
    options = Options({"compression": "bzip2"})
    assert suffix("json", options) == ".bz2"
    assert bz2.decompress(encode(pa.table({"a": [1]}), "json", options)) == b'{"a": 1}\n'
    with pytest.raises(ValueError, match="csv cannot be compressed by 'snappy'"):
        suffix("csv", Options({"compression": "snappy"}))
    with pytest.raises(ValueError, match="parquet cannot be compressed by 'bzip2'"):
        suffix("parquet", Options({"compression": "bzip2"}))


def test_parquet_is_packed_by_snappy_unless_told_otherwise():
    assert suffix("parquet", Options({})) == ".snappy.parquet"
    assert suffix("parquet", Options({"compression": "uncompressed"})) == ".parquet"
    stored = pq.ParquetFile(io.BytesIO(encode(TABLE, "parquet", Options({}))))
    assert stored.metadata.row_group(0).column(0).compression == "SNAPPY"
    assert stored.read().schema.field("at").type == pa.timestamp("us")


def test_avro_keeps_types_and_nulls():
    rows = list(fastavro.reader(io.BytesIO(encode(TABLE, "avro", Options({})))))
    assert rows[0]["price"] == Decimal("1.50")
    assert rows[0]["at"] == NOON
    assert (rows[0]["who"], rows[0]["marks"]) == ({"name": "Ann"}, {"x": 1})
    assert set(rows[1].values()) == {None}


def test_options_are_read_however_they_are_written():
    options = Options({"yes": "true", "no": "false", "list": '["a", "b"]', "word": "a"})
    assert (options.flag("yes"), options.flag("no"), options.flag("none")) == (True, False, False)
    assert (options.texts("list"), options.texts("word")) == (["a", "b"], ["a"])
    assert dialect_of(Options({"quoteChar": "-1", "escaper": "\\"})).quote == ""
    assert form_of("s3", "glueparquet") == form_of("parquet", None) == "parquet"
    with pytest.raises(ValueError, match="separator must be one character"):
        dialect_of(Options({"separator": "||"}))
