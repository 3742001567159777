"""The checksums that S3 knows for a body, and those that it is told beside MD5."""

import hashlib
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Protocol

from . import crc


class Sum(Protocol):
    """A checksum that grows with what it is shown."""

    def update(self, data: bytes, /) -> None:
        """Take in what comes next."""

    def digest(self) -> bytes:
        """What it has come to."""


class _Crc32:
    def __init__(self) -> None:
        self._sum = 0

    def update(self, data: bytes, /) -> None:
        self._sum = zlib.crc32(data, self._sum)

    def digest(self) -> bytes:
        return self._sum.to_bytes(4, "big")


ALGORITHMS: dict[str, Callable[[], Sum]] = {
    "CRC32": _Crc32,
    "CRC32C": lambda: crc.Crc(crc.CRC32C),
    "CRC64NVME": lambda: crc.Crc(crc.CRC64NVME),
    "SHA1": lambda: hashlib.sha1(usedforsecurity=False),
    "SHA256": hashlib.sha256,
}
BYTES = {"CRC32": 4, "CRC32C": 4, "CRC64NVME": 8, "SHA1": 20, "SHA256": 32}
"""How long each is."""

HEADERS = {f"x-amz-checksum-{name.lower()}": name for name in ALGORITHMS}
"""The algorithm of each header that tells a checksum."""

_POLYNOMIALS = {"CRC32": crc.CRC32, "CRC32C": crc.CRC32C, "CRC64NVME": crc.CRC64NVME}


def header(algorithm: str) -> str:
    """The header that tells a checksum."""
    return f"x-amz-checksum-{algorithm.lower()}"


def written(digest: bytes) -> str:
    """A checksum as headers have it."""
    return b64encode(digest).decode()


def read(text: str, length: int) -> bytes | None:
    """The checksum of `length` bytes that a header tells, None where it tells none."""
    try:
        found = b64decode(text, validate=True)
    except ValueError:
        return None
    return found if len(found) == length else None


def can_be_joined(algorithm: str) -> bool:
    """Whether the checksum of a whole follows from those of its parts."""
    return algorithm in _POLYNOMIALS


def joined(algorithm: str, first: bytes, second: bytes, length: int) -> bytes:
    """The checksum of two texts end to end, of their checksums and the `length` of the second."""
    return crc.joined(_POLYNOMIALS[algorithm], first, second, length)
