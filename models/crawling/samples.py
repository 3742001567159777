"""The beginning of an object, read by ranges and unpacked: what classifiers look at."""

import codecs
import io
from dataclasses import dataclass, replace
from typing import cast

from gluematch.models.datasets.compression import beginning, compression_of, zip_beginning
from gluematch.models.datasets.errors import FormatError
from gluematch.models.datasets.objects import ObjectInfo, ObjectStore

SHORT = 64 * 1024
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Sample:
    """The first bytes of an object, unpacked.

    `whole` says that there are no more. `raw` is what was read, `size` an estimate of how many
    bytes the whole object unpacks to, and `fault` says why it could not be unpacked.
    """

    info: ObjectInfo
    raw: bytes
    data: bytes
    compression: str
    whole: bool
    size: int
    fault: str = ""

    @property
    def text(self) -> str | None:
        """The sample as text, without a character that is cut in two; None if it is none."""
        decoder = codecs.getincrementaldecoder("utf-8-sig")()
        try:
            text = decoder.decode(self.data, final=self.whole)
        except UnicodeDecodeError:
            return None
        return None if "\0" in text else text

    def records_in_object(self, records: int, taken: int) -> int:
        """How many records the object has if `taken` bytes of the sample hold `records`."""
        if self.whole or not taken:
            return records
        return max(records, round(self.size * records / taken))


def sample(store: ObjectStore, info: ObjectInfo, limit: int = MEGABYTE) -> Sample:
    """At most the first `limit` bytes of an object, and as many when it is unpacked."""
    raw = store.read_range(info.uri, 0, min(limit, info.size))
    return _unpacked(store, info, raw, limit)


def longer(store: ObjectStore, found: Sample) -> Sample:
    """A sample with the object's next megabyte, or unpacked further."""
    more, limit = b"", len(found.data) + MEGABYTE
    if found.compression == "none" or len(found.raw) < limit:
        at = len(found.raw)
        more = store.read_range(found.info.uri, at, min(MEGABYTE, found.info.size - at))
    return _unpacked(store, found.info, found.raw + more, limit)


def _unpacked(store: ObjectStore, info: ObjectInfo, raw: bytes, limit: int) -> Sample:
    compression = compression_of(raw)
    plain = Sample(info, raw, raw, "none", len(raw) >= info.size, info.size)
    try:
        if compression == "none":
            return plain
        if compression == "zip":
            file = io.BytesIO(raw) if plain.whole else _buffered(store, info)
            data, size = zip_beginning(file, info.size, limit)
            return Sample(info, raw, data, "zip", len(data) >= size, size)
        found = beginning(raw, compression, limit)
    except FormatError as error:
        return replace(plain, fault=str(error))
    whole = plain.whole and found.ended
    size = len(found.data) if whole else info.size * len(found.data) // max(found.taken, 1)
    return Sample(info, raw, found.data, compression, whole, size)


def _buffered(store: ObjectStore, info: ObjectInfo) -> io.BufferedReader:
    """The object as a file that asks S3 for 64 KB at least at a time."""
    return io.BufferedReader(cast("io.RawIOBase", store.open(info.uri, info.size)), SHORT)
