"""Compressed objects, seen through: gzip, bzip2, lz4, zstd, snappy, and zip of one file.

Reading is bounded: what an object unpacks to may be a million times its size.
"""

import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

import pyarrow as pa

from . import snappy
from .errors import FormatError

CHUNK = 64 * 1024
SIP = 512
ZIP_END = b"PK\x05\x06"
LONGEST_ZIP_END = 22 + 65_535
LARGEST_DIRECTORY = 1024 * 1024
MOST_UNPACKED = 8 * 1024**3

MAGIC: Mapping[str, bytes] = {
    "gzip": b"\x1f\x8b\x08",
    "lz4": b"\x04\x22\x4d\x18",
    "zstd": b"\x28\xb5\x2f\xfd",
    "snappy": snappy.FRAMED,
    "zip": b"PK\x03\x04",
}
_CODECS = {"gzip": "gzip", "bzip2": "bz2", "lz4": "lz4", "zstd": "zstd"}


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The beginning of what was packed; `taken` bytes of the packed data gave it.

    `ended` says that the packed data end where the unpacked do.
    """

    data: bytes
    taken: int
    ended: bool


class _Sips(io.BytesIO):
    """Packed data that are handed out in little, so that its position tells what was taken."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(SIP if size is None or size < 0 else min(size, SIP))


def compression_of(data: bytes) -> str:
    """The name of the compression that data begin like; `none` if there is none."""
    for name, magic in MAGIC.items():
        if data.startswith(magic):
            return name
    if data[:3] == b"BZh" and data[4:10] in {b"1AY&SY", b"\x17rE8P\x90"}:
        return "bzip2"
    return "snappy" if snappy.looks_like_hadoop(data) else "none"


def beginning(data: bytes, compression: str, limit: int) -> Unpacked:
    """At most the first `limit` bytes of packed data, which may be cut off themselves.

    Raises FormatError if nothing can be unpacked. Zip is not read so: see `zip_member`.
    """
    if compression == "snappy":
        return Unpacked(*snappy.beginning(data, limit))
    source = _Sips(data)
    stream = pa.CompressedInputStream(pa.PythonFile(source, mode="r"), _CODECS[compression])
    parts: list[bytes] = []
    missing, ended = limit, False
    try:
        while missing > 0 and not ended:
            parts.append(stream.read(min(missing, CHUNK)))
            missing -= len(parts[-1])
            ended = not parts[-1]
    except OSError as error:
        if not any(parts):
            raise FormatError(f"it begins like {compression}, and is no whole one") from error
    return Unpacked(b"".join(parts), min(source.tell(), len(data)), ended)


def zip_member(file: BinaryIO, size: int) -> tuple[zipfile.ZipFile, zipfile.ZipInfo]:
    """The archive and its one file. Raises FormatError for any other archive."""
    file.seek(max(0, size - LONGEST_ZIP_END))
    tail = file.read(LONGEST_ZIP_END)
    end = tail.rfind(ZIP_END)
    # The directory is only read when its end says that it is short: it may be made up.
    if end < 0 or int.from_bytes(tail[end + 12 : end + 16], "little") > LARGEST_DIRECTORY:
        raise FormatError("it begins like zip, and has no short directory at its end")
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise FormatError("it begins like zip, and is not") from error
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) != 1:
        raise FormatError(f"it is a zip archive of {len(members)} files, not of one")
    return archive, members[0]


def zip_beginning(file: BinaryIO, size: int, limit: int) -> tuple[bytes, int]:
    """At most the first `limit` bytes of an archive's one file, and that file's size."""
    archive, member = zip_member(file, size)
    try:
        with archive.open(member) as packed:
            return packed.read(limit), member.file_size
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise FormatError("it begins like zip, and is not") from error
    except (RuntimeError, NotImplementedError) as error:  # encrypted, or of an odd method
        raise FormatError(f"it is a zip archive that cannot be read: {error}") from error


def unpacked(data: bytes, limit: int = MOST_UNPACKED) -> bytes:
    """The whole of what data hold, which may be no packed data. Raises FormatError.

    More than `limit` bytes are refused.
    """
    compression = compression_of(data)
    if compression == "none":
        return data
    if compression == "zip":
        whole, _ = zip_beginning(io.BytesIO(data), len(data), limit + 1)
        ended = True
    else:
        found = beginning(data, compression, limit + 1)
        whole, ended = found.data, found.ended
    if len(whole) > limit:
        raise FormatError(f"it unpacks to more than {limit} bytes")
    if not ended:
        raise FormatError(f"it is no whole {compression} file")
    return whole
