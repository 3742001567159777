"""The beginning of an object, read once by a range and unpacked: what classifiers look at."""

import codecs
import zlib
from dataclasses import dataclass

from gluematch.models.datasets.objects import ObjectInfo, ObjectStore

SHORT = 64 * 1024
MEGABYTE = 1024 * 1024
GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Sample:
    """The first bytes of an object, unpacked.

    `whole` says that there are no more. `read` is how many bytes of the object they took.
    """

    info: ObjectInfo
    data: bytes
    compression: str
    whole: bool
    read: int

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
        unpacked = self.info.size * len(self.data) / max(self.read, 1)
        return max(records, round(unpacked * records / taken))


def sample(store: ObjectStore, info: ObjectInfo, limit: int = MEGABYTE) -> Sample:
    """At most the first `limit` bytes of an object, and as many when it is unpacked."""
    data = store.read_range(info.uri, 0, min(limit, info.size))
    whole = len(data) >= info.size
    if not data.startswith(GZIP):
        return Sample(info, data, "none", whole, len(data))
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(data, limit)
    except zlib.error:
        return Sample(info, data, "none", whole, len(data))
    taken = len(data) - len(unpacker.unconsumed_tail)
    return Sample(info, unpacked, "gzip", whole and unpacker.eof, taken)
