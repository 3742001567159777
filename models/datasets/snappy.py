"""Snappy's two wrappings: the framing format, and the blocks that Hadoop writes.

Arrow unpacks single blocks; only how they lie one after another is read here.
https://github.com/google/snappy/blob/main/framing_format.txt
"""

from collections.abc import Iterator

import pyarrow as pa

from .errors import FormatError

FRAMED = b"\xff\x06\x00\x00sNaPpY"
LARGEST_BLOCK = 16 * 1024 * 1024
COMPRESSED, PLAIN = 0x00, 0x01
CUT = -1


def looks_like_hadoop(data: bytes) -> bool:
    """Whether data begin with the sizes of a block and of its first part, as Hadoop's do."""
    if len(data) < 10 or data[0] or data[4]:
        return False
    block, part = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:8], "big")
    length = _length(data[8:13])
    return 0 < length <= block <= LARGEST_BLOCK and 0 < part <= 32 + block + block // 6


def beginning(data: bytes, limit: int) -> tuple[bytes, int, bool]:
    """At most `limit` unpacked bytes, the packed bytes that gave them, and whether all ended.

    Raises FormatError if not even the first block can be unpacked.
    """
    blocks = _framed(data) if data.startswith(FRAMED) else _hadoop(data)
    parts: list[bytes] = []
    size = taken = 0
    try:
        for part, end in blocks:
            parts.append(part)
            size += len(part)
            taken = end
            if size >= limit:
                break
    except (pa.ArrowException, OSError, FormatError) as error:
        if not parts:
            raise FormatError("it begins like snappy, and is not") from error
    return b"".join(parts)[:limit], taken, taken == len(data)


def _framed(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Each chunk of data with the position behind it; the checksums are passed over."""
    at = 0
    while at + 4 <= len(data):
        kind, length = data[at], int.from_bytes(data[at + 1 : at + 4], "little")
        body, at = data[at + 8 : at + 4 + length], at + 4 + length
        if at > len(data):
            return
        if kind == COMPRESSED:
            yield _block(body), at
        elif kind == PLAIN:
            yield body, at
        elif 0x02 <= kind <= 0x7F:
            raise FormatError(f"a chunk is of the unknown kind {kind}")


def _hadoop(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Each part of each block with the position behind it."""
    at = 0
    while at + 4 <= len(data):
        missing = int.from_bytes(data[at : at + 4], "big")
        at += 4
        while missing > 0:
            length = int.from_bytes(data[at : at + 4], "big")
            body, at = data[at + 4 : at + 4 + length], at + 4 + length
            if at > len(data):
                return
            part = _block(body)
            missing -= len(part)
            yield part, at


def _block(body: bytes) -> bytes:
    length = _length(body)
    if not 0 < length <= LARGEST_BLOCK:
        raise FormatError("a block has no size that makes sense")
    return bytes(pa.Codec("snappy").decompress(body, decompressed_size=length))


def _length(body: bytes) -> int:
    """The unpacked size that a block begins with, in groups of seven bits."""
    value = 0
    for at, byte in enumerate(body[:5]):
        value |= (byte & 0x7F) << (7 * at)
        if byte < 0x80:
            return value
    return CUT
