"""How much of an object a crawl reads, whatever its size and whatever it is packed with."""

import bz2
import gzip
import io
import json
import zlib
from datetime import UTC, datetime

import lz4.frame
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from gluematch.models.crawling import json_text
from gluematch.models.crawling.classifiers import classify
from gluematch.models.datasets.compression import beginning, compression_of, unpacked
from gluematch.models.datasets.errors import FormatError
from gluematch.models.datasets.objects import ObjectInfo

MEGABYTE = 1024 * 1024
GIGABYTE = 1024 * MEGABYTE


class Counted:
    """An object store of one object, which counts what is read of it.

    The object is `start`, and then `block` over and over up to its size: none of it is kept.
    """

    def __init__(self, start, block=b"", size=None):
        self.start, self.block = start, block
        self.info = ObjectInfo("s3://b/k", "k", size or len(start), "e", datetime.now(UTC))
        self.read = 0

    def read_range(self, uri, start, length):
        data = self.start[start : start + length]
        missing = min(length, self.info.size - start) - len(data)
        if missing > 0:
            first = max(start - len(self.start), 0) % len(self.block)
            again = self.block * ((first + missing) // len(self.block) + 1)
            data += again[first : first + missing]
        self.read += len(data)
        return data

    def open(self, uri, size=None):
        counted = self

        class File(io.RawIOBase):
            place = 0

            def readable(self):
                return True

            def seekable(self):
                return True

            def tell(self):
                return self.place

            def seek(self, offset, whence=io.SEEK_SET):
                origin = {io.SEEK_SET: 0, io.SEEK_CUR: self.place, io.SEEK_END: counted.info.size}
                self.place = origin[whence] + offset
                return self.place

            def readinto(self, buffer):
                wanted = min(len(buffer), counted.info.size - self.place)
                data = counted.read_range("", self.place, wanted)
                buffer[: len(data)] = data
                self.place += len(data)
                return len(data)

        return File()


def packed_blocks(wbits=31):
    """The start of a deflated stream of CSV, and a block of it that may be repeated."""
    packer = zlib.compressobj(6, zlib.DEFLATED, wbits)
    start = packer.compress(b"id,word\n") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b"12345,word\n" * 1000) + packer.flush(zlib.Z_FULL_FLUSH)
    return start, block


LONG = {
    "csv": (b"id,word\n", b"12345,word\n"),
    "json": (b"", b'{"id": 12345, "word": "word"}\n'),
    "json_array": (b"[", b'{"id": 12345, "word": "word"},\n'),
    "xml": (b"<rows>", b"<row><id>12345</id><word>word</word></row>"),
    "apache": (b"", b'::1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1\n'),
    "ion": (b"$ion_1_0\n", b'{id: 12345, word: "word"}\n'),
    "csv_gzip": packed_blocks(),
}


@pytest.mark.parametrize("form", LONG)
def test_a_gigabyte_costs_little_more_than_a_megabyte(form):
    store = Counted(*LONG[form], size=GIGABYTE)
    found = classify(store, store.info)
    assert found.format.classification == form.partition("_")[0]
    assert store.read < 1.5 * MEGABYTE
    record = len(LONG[form][1])
    if form == "json_array":
        assert found.records == 1
    elif form == "csv_gzip":
        assert found.records == pytest.approx(1000 * GIGABYTE / record, rel=0.1)
    else:
        assert found.records == pytest.approx(GIGABYTE / record, rel=0.05)


def test_json_whose_first_value_never_ends_is_given_up_for_what_it_shows_within_ten_megabytes():
    row = b'{"id": 12345, "text": "' + b"x" * 1000 + b'"},\n'
    store = Counted(b'{"version": 1, "rows": [', row, size=GIGABYTE)
    found = classify(store, store.info)
    assert [name for name, _ in found.columns] == ["version", "rows"]
    assert 10 * MEGABYTE <= store.read < 11.5 * MEGABYTE


def columnar(write):
    sink = io.BytesIO()
    numbers = np.random.default_rng(1).integers(0, 2**62, size=(8, 60_000))
    write(pa.table({f"c{at}": column for at, column in enumerate(numbers)}), sink)
    return sink.getvalue()


@pytest.mark.parametrize("write", [pq.write_table, orc.write_table])
def test_files_with_footers_are_read_at_their_ends(write):
    data = columnar(write)
    assert len(data) > 3 * MEGABYTE
    store = Counted(data)
    found = classify(store, store.info)
    assert found.columns == tuple((f"c{at}", "bigint") for at in range(8))
    assert found.records == 60_000
    assert store.read < MEGABYTE / 2


PACKERS = {"gzip": gzip.compress, "bzip2": bz2.compress, "lz4": lz4.frame.compress}


@pytest.mark.parametrize("name", PACKERS)
def test_what_is_packed_is_unpacked_no_further_than_asked(name):
    data = PACKERS[name](bytes(100) + b"x" * 10_000_000)
    assert compression_of(data) == name
    found = beginning(data, name, 1000)
    assert found.data == bytes(100) + b"x" * 900
    assert not found.ended
    with pytest.raises(FormatError, match="more than 1000 bytes"):
        unpacked(data, 1000)


@pytest.mark.parametrize("name", PACKERS)
def test_what_is_cut_off_gives_its_beginning_and_is_no_whole_file(name):
    rows = "".join(f"{number},{number * 7919 % 1000}\n" for number in range(600_000)).encode()
    data = PACKERS[name](rows)[:-1000]
    found = beginning(data, name, len(rows))
    assert len(found.data) > 100_000
    assert rows.startswith(found.data)
    with pytest.raises(FormatError, match=f"no whole {name} file"):
        unpacked(data)


def test_text_that_begins_with_letters_of_a_compression_is_text():
    assert compression_of(b"BZhope,is\n1,2\n") == "none"
    assert compression_of(b"PKs are keys\n") == "none"
    assert compression_of(b"\0\0\0\x10\0\0\0\x20" + b"\xff" * 20) == "none"
    assert unpacked(b"plain") == b"plain"


def test_json_values_are_mended_at_any_place_where_they_are_cut():
    document = json.dumps(
        {"a": [1, {"b": 'c"]}', "d": None}, [2.5, [True]]], "e": {"f": "g,h"}, "i": "\\"}
    )
    for end in range(1, len(document)):
        found = json_text.classify(f"[{document}, {document[:end]}", whole=False)
        assert found is not None, document[:end]
        assert [name for name, _ in found.columns] == ["array"]
        assert found.records == 1
