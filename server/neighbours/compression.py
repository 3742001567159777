"""Packed bytes, unpacked no further than a bound."""

import bz2
import zlib
from collections.abc import Callable
from typing import Any

LARGEST = 8 * 2**20
"""Bytes that one request has unpacked."""

_OPENED: dict[str, Callable[[], Any]] = {
    "BZIP2": bz2.BZ2Decompressor,
    "GZIP": lambda: zlib.decompressobj(31),
}


class TooLargeError(ValueError):
    """There is more than the bound."""


class NotPackedError(ValueError):
    """The bytes are not packed so."""


def unpacked(data: bytes, packing: str) -> bytes:
    """What was packed by BZIP2 or GZIP, all parts of it; the bytes themselves for anything else.

    Raises TooLargeError and NotPackedError.
    """
    opened = _OPENED.get(packing)
    found = b"" if opened else data
    while opened and data and len(found) <= LARGEST:
        part = opened()
        try:
            found += part.decompress(data, LARGEST + 1 - len(found))
        except (OSError, zlib.error):
            raise NotPackedError(f"it is not packed by {packing}") from None
        data = part.unused_data if part.eof else b""
    if len(found) > LARGEST:
        raise TooLargeError(f"it has more than {LARGEST} bytes, unpacked")
    return found
