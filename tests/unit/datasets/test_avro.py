"""Schemas of Avro files in Hive's types, and how many records their blocks hold."""

import io
import json
import time
from datetime import UTC, date, datetime
from decimal import Decimal

import fastavro
import pytest

from gluematch.models.datasets import avro
from gluematch.models.datasets.errors import FormatError

HEADER = {
    "type": "record",
    "name": "org.apache.avro.file.Header",
    "fields": [
        {"name": "magic", "type": {"type": "fixed", "name": "magic", "size": 4}},
        {"name": "meta", "type": {"type": "map", "values": "bytes"}},
        {"name": "sync", "type": {"type": "fixed", "name": "sync", "size": 16}},
    ],
}
TYPES = [
    ("int", "int"),
    ("long", "bigint"),
    ("float", "float"),
    ("bytes", "binary"),
    ({"type": "fixed", "name": "f", "size": 4}, "binary"),
    ({"type": "enum", "name": "e", "symbols": ["A"]}, "string"),
    ({"type": "int", "logicalType": "date"}, "date"),
    ({"type": "long", "logicalType": "timestamp-millis"}, "timestamp"),
    ({"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}, "decimal(9,2)"),
    ({"type": "array", "items": "string"}, "array<string>"),
    ({"type": "map", "values": ["null", "long"]}, "map<string,bigint>"),
    (["null", "string"], "string"),
    (["int", "string"], "uniontype<int,string>"),
    (
        {"type": "record", "name": "r", "fields": [{"name": "In", "type": ["null", "double"]}]},
        "struct<in:double>",
    ),
]


def container(schema: str) -> bytes:
    """A container file without blocks, whose header has this schema."""
    sink = io.BytesIO()
    meta = {"avro.codec": b"null", "avro.schema": schema.encode()}
    header = {"magic": avro.MAGIC, "meta": meta, "sync": b"s" * avro.SYNC}
    fastavro.schemaless_writer(sink, HEADER, header)
    return sink.getvalue()


def written(schema, rows, **options):
    sink = io.BytesIO()
    fastavro.writer(sink, fastavro.parse_schema(schema), rows, **options)
    return sink.getvalue()


def record(*fields):
    named = [{"name": f"c{at}", "type": kind} for at, kind in enumerate(fields)]
    return {"type": "record", "name": "row", "namespace": "a.b", "fields": named}


@pytest.mark.parametrize(("kind", "hive"), TYPES)
def test_a_type_is_hives(kind, hive):
    assert avro.header(written(record(kind), [])).columns == (("c0", hive),)


def test_a_type_may_be_named_once_and_used_again():
    inner = {"type": "record", "name": "point", "fields": [{"name": "x", "type": "int"}]}
    found = avro.header(written(record(inner, "point", ["null", "a.b.point"]), []))
    assert [kind for _, kind in found.columns] == ["struct<x:int>"] * 3


def test_a_type_that_holds_itself_ends():
    node = record(["null", "row"])
    ((_, kind),) = avro.header(written(node, [])).columns
    assert kind.startswith("struct<c0:struct<c0:")
    assert "string" in kind


def test_records_are_counted_by_blocks_also_of_a_file_that_is_cut_off():
    data = written(record("int"), [{"c0": number} for number in range(10_000)], sync_interval=500)
    whole = avro.header(data)
    assert whole.records == 10_000
    part = avro.header(data[: len(data) // 2])
    assert 4000 < part.records < 6000
    assert part.taken == pytest.approx(len(data) / 2, rel=0.1)


def test_records_come_back_as_they_were_written():
    schema = record({"type": "int", "logicalType": "date"}, TYPES[8][0], TYPES[7][0])
    at = datetime(2024, 1, 1, 12, tzinfo=UTC)
    rows = [{"c0": date(2024, 1, 1), "c1": Decimal("1.25"), "c2": at}]
    assert list(avro.records(written(schema, rows))) == rows


@pytest.mark.parametrize("data", [b"Obj\x01", b"Obj\x01" + b"\x80" * 50, b"Obj\x01\x02\x02a\x02b"])
def test_what_only_begins_like_avro_is_refused(data):
    with pytest.raises(FormatError):
        avro.header(data)


def test_values_that_are_no_records_are_refused():
    with pytest.raises(FormatError, match="no records"):
        avro.header(written("int", [1]))
    assert json.loads(avro.header(written(record("int"), [])).schema)["name"] == "a.b.row"


def test_records_that_name_one_another_are_refused_before_they_unfold() -> None:
    levels: list[object] = [
        {"type": "record", "name": "R0", "fields": [{"name": "x", "type": "int"}]}
    ]
    levels += [
        {
            "type": "record",
            "name": f"R{n}",
            "fields": [{"name": f"f{i}", "type": f"R{n - 1}"} for i in range(10)],
        }
        for n in range(1, 12)
    ]
    top = {
        "type": "record",
        "name": "top",
        "fields": [{"name": "all", "type": levels}, {"name": "last", "type": "R11"}],
    }
    data = container(json.dumps(top))
    assert len(data) < 8_000
    began = time.process_time()
    with pytest.raises(FormatError, match="its schema unfolds to more than 100000 types"):
        avro.header(data)
    assert time.process_time() - began < 2


def test_a_schema_of_many_fields_is_read_in_a_time_that_grows_with_its_length() -> None:
    fields = [{"name": f"f{n}", "type": "int"} for n in range(20_000)]
    data = container(json.dumps({"type": "record", "name": "wide", "fields": fields}))
    began = time.process_time()
    assert len(avro.header(data).columns) == 20_000
    assert time.process_time() - began < 5
