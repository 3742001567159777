"""Checksums of bodies: the published values, and that it does not matter how a body is cut."""

import os
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluematch.server.protocol import checksums, crc

NINE = b"123456789"
LONG = os.urandom(70_000)


@pytest.mark.parametrize(
    ("polynomial", "value"),  # of the catalogue of parametrised CRC algorithms, by Greg Cook
    [
        (crc.CRC32, "cbf43926"),
        (crc.CRC32C, "e3069283"),
        (crc.CRC64NVME, "ae8b14860a799888"),
    ],
)
def test_checks_are_those_of_the_catalogue(polynomial, value):
    check = crc.Crc(polynomial)
    check.update(NINE)
    assert check.digest().hex() == value


@settings(deadline=None)  # the first builds tables
@given(st.lists(st.integers(0, 9_000), max_size=6))
def test_a_check_is_that_of_the_library_however_the_body_is_cut(sizes):
    check, whole = crc.Crc(crc.CRC32), b""
    for size in sizes:
        check.update(LONG[:size])
        whole += LONG[:size]
    assert check.digest() == zlib.crc32(whole).to_bytes(4, "big")


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME"])
@pytest.mark.parametrize("cut", [0, 1, 1_024, 5_000, 70_000])
def test_the_check_of_a_whole_follows_from_those_of_its_parts(algorithm, cut):
    def of(text):
        made = checksums.ALGORITHMS[algorithm]()
        made.update(text)
        return made.digest()

    parts = of(LONG[:cut]), of(LONG[cut:])
    assert checksums.joined(algorithm, *parts, len(LONG) - cut) == of(LONG)


@pytest.mark.parametrize("algorithm", checksums.ALGORITHMS)
def test_a_checksum_is_read_as_it_is_written(algorithm):
    length = checksums.BYTES[algorithm]
    made = checksums.ALGORITHMS[algorithm]()
    made.update(NINE)
    assert checksums.read(checksums.written(made.digest()), length) == made.digest()
    assert checksums.read("no sum", length) is None
    assert checksums.read(checksums.written(made.digest())[:-4], length) is None
