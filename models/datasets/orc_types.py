"""How many types the footer of an ORC file unfolds to, before the reader unfolds them.

A footer lists types, and a type names those inside it by number. Two that name the same one make
two of it, so a few hundred bytes can stand for billions of types. Nothing else is read here.
https://orc.apache.org/specification/ORCv1/
"""

import io
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO

import pyarrow as pa

from .errors import FormatError
from .type_limits import MOST_TYPES

TAIL = 256  # the longest postscript, and its length
LARGEST_FOOTER = 64 * 2**20
FOOTER_LENGTH, COMPRESSION, BLOCK_SIZE = 1, 2, 3
TYPES, SUBTYPES = 4, 2
VARINT, FIXED_64, BYTES, FIXED_32 = 0, 1, 2, 5
CHUNK_HEADER = 3
BROKEN = (LookupError, ValueError, zlib.error, pa.ArrowException, OSError)


def require_few_types(file: BinaryIO) -> None:
    """Raise FormatError for a file whose types unfold to too many.

    What is broken otherwise is left to the reader. The file is at its beginning afterwards.
    """
    try:
        inside = [_subtypes(data) for number, _, data in _fields(_footer(file)) if number == TYPES]
    except BROKEN:
        inside = []
    file.seek(0)
    counts = [1] * len(inside)
    for number in reversed(range(len(inside))):
        counts[number] += sum(counts[one] for one in inside[number] if number < one < len(inside))
    if counts and counts[0] > MOST_TYPES:
        raise FormatError(f"its schema unfolds to more than {MOST_TYPES} types")


def _footer(file: BinaryIO) -> bytes:
    """The footer, unpacked."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(size - TAIL, 0))
    tail = file.read(TAIL)
    said = {number: value for number, value, _ in _fields(tail[-1 - tail[-1] : -1])}
    length, block = said[FOOTER_LENGTH], said.get(BLOCK_SIZE, 2**18)
    if max(length, block) > LARGEST_FOOTER:
        raise ValueError("a footer of that size is not read")
    file.seek(size - 1 - tail[-1] - length)
    footer = file.read(length)
    unpack = CODECS.get(said.get(COMPRESSION, 0))
    return footer if unpack is None else b"".join(_unpacked(footer, unpack, block))


def _unpacked(data: bytes, unpack: Callable[[bytes, int], bytes], block: int) -> Iterator[bytes]:
    """The chunks of a packed footer, each behind its length, whose lowest bit says it is plain."""
    place = total = 0
    while place < len(data) and total < LARGEST_FOOTER:
        header = int.from_bytes(data[place : place + CHUNK_HEADER], "little")
        place += CHUNK_HEADER
        chunk = data[place : place + (header >> 1)]
        place += header >> 1
        plain = chunk if header & 1 else unpack(chunk, block)
        total += len(plain)
        yield plain


def _inflated(chunk: bytes, block: int) -> bytes:
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(chunk, block)


def _snappy(chunk: bytes, _: int) -> bytes:
    length, _ = _varint(chunk, 0)
    return bytes(pa.Codec("snappy").decompress(chunk, min(length, LARGEST_FOOTER), asbytes=True))


def _lz4(chunk: bytes, block: int) -> bytes:
    """The chunk, and then zeros or whatever follows up to a whole block: no fields of a footer."""
    return bytes(pa.Codec("lz4_raw").decompress(chunk, block, asbytes=True))


def _zstd(chunk: bytes, block: int) -> bytes:
    return bytes(pa.CompressedInputStream(pa.BufferReader(chunk), "zstd").read(block))


CODECS: Mapping[int, Callable[[bytes, int], bytes]] = {1: _inflated, 2: _snappy, 4: _lz4, 5: _zstd}


def _subtypes(data: bytes) -> list[int]:
    """The numbers of the types that lie directly in a type, packed or one by one."""
    found: list[int] = []
    for number, value, packed in _fields(data):
        if number == SUBTYPES:
            place = 0
            while place < len(packed):
                one, place = _varint(packed, place)
                found.append(one)
            found += [] if packed else [value]
    return found


def _fields(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The fields of a protocol buffer: number, value of one that is a number, bytes of another."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        number, kind = key >> 3, key & 7
        if number == 0:
            return
        if kind == VARINT:
            value, place = _varint(data, place)
            yield number, value, b""
        elif kind == BYTES:
            length, place = _varint(data, place)
            yield number, 0, data[place : place + length]
            place += length
        elif kind in {FIXED_64, FIXED_32}:
            place += 8 if kind == FIXED_64 else 4
        else:
            return


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """A number in groups of seven bits, the lowest first, and the place behind it."""
    value = shift = 0
    while True:
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
        shift += 7
        if shift > 63:
            raise ValueError("a number is too long")
