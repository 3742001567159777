"""Objects compressed as they are written, by the name of a codec."""

import bz2
import gzip

SUFFIXES = {"": "", "none": "", "gzip": ".gz", "bzip2": ".bz2"}


def packed(data: bytes, codec: str) -> bytes:
    """The data, packed by a codec of SUFFIXES."""
    if codec == "gzip":
        return gzip.compress(data)
    return bz2.compress(data) if codec == "bzip2" else data
