"""Types of ORC files that stand for many more, and those of real files, which do not."""

import io
import time
import zlib

import pyarrow as pa
import pytest
from pyarrow import orc

from gluematch.models.datasets.errors import FormatError
from gluematch.models.datasets.footers import orc_footer_of
from gluematch.models.datasets.orc_types import _fields, _footer, _subtypes

PLAIN, ZLIB, SNAPPY, LZ4, ZSTD = 0, 1, 2, 4, 5
STRUCT, INT = 12, 3


def varint(number: int) -> bytes:
    groups = []
    while number > 127:
        groups.append(number & 127 | 128)
        number >>= 7
    return bytes([*groups, number])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def part(field: int, data: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(data)) + data


def packed(data: bytes, compression: int) -> bytes:
    if compression == PLAIN:
        return data
    if compression == ZLIB:
        packer = zlib.compressobj(wbits=-15)
        chunk = packer.compress(data) + packer.flush()
    else:
        name = {SNAPPY: "snappy", LZ4: "lz4_raw", ZSTD: "zstd"}[compression]
        chunk = pa.Codec(name).compress(data, asbytes=True)
    return (len(chunk) << 1).to_bytes(3, "little") + chunk


def unfolding(levels: int, compression: int = PLAIN) -> bytes:
    """A file without rows, in which each type holds the next two."""
    types = b""
    for level in range(levels):
        last = level >= levels - 2
        inside = b"" if last else part(2, varint(level + 1) + varint(level + 2))
        names = b"" if last else part(3, b"a") + part(3, b"b")
        types += part(4, number(1, INT if last else STRUCT) + inside + names)
    footer = packed(number(1, 3) + number(2, 0) + types + number(6, 0) + number(8, 0), compression)
    said = number(1, len(footer)) + number(2, compression) + number(3, 65536)
    said += part(4, varint(0) + varint(12)) + number(5, 0) + number(6, 6) + part(8000, b"ORC")
    return b"ORC" + footer + said + bytes([len(said)])


@pytest.mark.parametrize("compression", [PLAIN, ZLIB, SNAPPY, LZ4, ZSTD])
def test_types_that_hold_one_another_twice_are_refused_before_they_unfold(compression: int) -> None:
    began = time.process_time()
    with pytest.raises(FormatError, match="unfolds to more than 100000 types"):
        orc_footer_of(io.BytesIO(unfolding(30, compression)), "s3://b/k")
    assert time.process_time() - began < 2


def test_a_few_such_types_are_read() -> None:
    ((name, kind), _) = orc_footer_of(io.BytesIO(unfolding(5)), "s3://b/k").columns
    assert (name, kind) == ("a", "struct<a:struct<a:int,b:int>,b:int>")


@pytest.mark.parametrize("compression", ["uncompressed", "zlib", "snappy", "lz4", "zstd"])
def test_the_types_of_a_real_file_are_found(compression: str) -> None:
    sink = io.BytesIO()
    table = pa.table({"a": [1], "b": [{"x": 1, "y": [1]}], "c": ["text"]})
    orc.write_table(table, sink, compression=compression)
    types = [_subtypes(data) for field, _, data in _fields(_footer(sink)) if field == 4]
    assert types[:6] == [[1, 2, 6], [], [3, 4], [], [5], []]
    sink.seek(0)
    assert [name for name, _ in orc_footer_of(sink, "s3://b/k").columns] == ["a", "b", "c"]
