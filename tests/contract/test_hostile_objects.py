"""Objects that mean harm, or are broken: they are UNKNOWN, the log says why, memory stays small."""

import gzip
import io
import json
import zipfile
import zlib

import pytest
from prospect import Prospect


@pytest.fixture
def prospect(gluematch_server):
    return Prospect(gluematch_server)


def archive(**members):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as written:
        for name, data in members.items():
            written.writestr(name, data)
    return sink.getvalue()


def claiming(data):
    """A zip archive whose end says that its directory is four gigabytes long."""
    end = data.rfind(b"PK\x05\x06")
    return data[: end + 12] + b"\xff\xff\xff\xff" + data[end + 16 :]


def unfolding():
    """An Avro file whose types name one another: ten fields on each of eleven levels."""
    levels = [{"type": "record", "name": "R0", "fields": [{"name": "x", "type": "int"}]}]
    for n in range(1, 12):
        fields = [{"name": f"f{i}", "type": f"R{n - 1}"} for i in range(10)]
        levels.append({"type": "record", "name": f"R{n}", "fields": fields})
    last = {"name": "last", "type": "R11"}
    schema = {"type": "record", "name": "top", "fields": [{"name": "all", "type": levels}, last]}
    text = json.dumps(schema).encode()
    length = b""
    number = len(text) * 2
    while number > 127:
        length += bytes([number & 127 | 128])
        number >>= 7
    length += bytes([number])
    name = b"\x16avro.schema"
    return b"Obj\x01\x02" + name + length + text + b"\x00" + b"s" * 16


UNFOLDING = unfolding()
BILLION = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<l><x>&b;</x></l>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<l><x>&a;</x></l>"""
HOSTILE = {
    "entities": (BILLION, "entities"),
    "outside": (OUTSIDE, "entities"),
    "depth": (b"<a>" * 100_000, "levels deep"),
    "broken xml": (b"<a><b>1</b><b>2</a>", "not XML"),
    "many members": (archive(a=b"x", b=b"y"), "2 files, not of one"),
    "no members": (b"PK\x03\x04" + b"x" * 100, "no short directory"),
    "a long directory": (claiming(archive(a=b"x,y\n1,2\n")), "no short directory"),
    "no gzip": (b"\x1f\x8b\x08\x00" + b"\xff" * 100, "begins like gzip, and is no"),
    "no zstd": (b"\x28\xb5\x2f\xfd" + b"\xff" * 100, "begins like zstd, and is no"),
    "no snappy": (b"\xff\x06\x00\x00sNaPpY\x00\x08\x00\x00" + b"\xff" * 100, "begins like snappy"),
    "no avro": (b"Obj\x01" + b"\xff" * 100, "begins like avro"),
    "types without end": (UNFOLDING, "its schema unfolds to more than 100000 types"),
    "a type too long": (
        b'{"a":{' + b",".join(b'"name%d":1' % n for n in range(20_000)) + b"}}",
        "the type of its column 'a' has more than 131072 characters",
    ),
    "no orc": (b"ORC" + b"\x00" * 100, "orc"),
    "no text": (b"\x00\xff\x80" * 40, "not UTF-8"),
    "no format": (b"Dear Ann,\n\nthe weather is fine\n", "no known format"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_an_object_that_means_harm_is_unknown_and_the_log_says_why(prospect, case):
    data, reason = HOSTILE[case]
    prospect.put(thing=data)
    table = prospect.crawl("thing")["thing"]
    assert table["Parameters"]["classification"] == "UNKNOWN"
    assert table["StorageDescriptor"]["Columns"] == []
    (line,) = [line for line in prospect.lines() if "as UNKNOWN" in line]
    assert reason in line


def bomb():
    """Twenty gigabytes of one row, packed into twenty megabytes: one block over and over."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    start = packer.compress(b"id,word\n") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b"1,spam\n" * 150_000) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + block * 20_000


@pytest.mark.parametrize("inner", ["gzip", "gzip within gzip"])
def test_a_bomb_is_unpacked_no_further_than_a_sample(prospect, inner):
    data = bomb()
    if inner != "gzip":
        data = gzip.compress(data)
    prospect.put(thing=data)
    table = prospect.crawl("thing")["thing"]
    expected = "csv" if inner == "gzip" else "UNKNOWN"
    assert table["Parameters"]["classification"] == expected
    assert table["Parameters"]["sizeKey"] == str(len(data))


@pytest.mark.parametrize("depth", [300, 900])
def test_json_that_nests_too_deep_for_a_type_ends_in_a_string(prospect, depth):
    prospect.put(thing=b'{"a":' * depth + b"1" + b"}" * depth, beside=b'{"a":1}\n')
    (column,) = prospect.crawl("thing")["thing"]["StorageDescriptor"]["Columns"]
    assert column["Type"] == "struct<a:" * 64 + "string" + ">" * 64
