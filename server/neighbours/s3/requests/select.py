"""S3 Select within bounds: moto unpacks a whole object in the server's memory, and repeats the
names of a CSV's columns for each of its rows.
"""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from itertools import accumulate
from typing import Any

from moto.s3.models import FakeKey, S3Backend

from gluematch.server.neighbours.compression import LARGEST, NotPackedError, TooLargeError, unpacked

from .refusals import Refused

_MOST_NAMES = 2 * LARGEST
"""Characters of the column names that moto writes beside the values of a CSV, for all rows."""


def stand_in() -> None:
    """Let moto's S3 select from objects within bounds from now on."""
    backend: Any = S3Backend
    select = backend.select_object_content
    if not hasattr(select, "__wrapped__"):
        backend.select_object_content = _bounded(select)


def _bounded(select: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(select)
    def selected(  # noqa: PLR0917  # as moto calls it
        backend: S3Backend, bucket: str, key: str, query: str, given: Mapping[str, Any], wanted: Any
    ) -> Any:
        found = backend.get_object(bucket, key)
        if found is not None:
            _check(found, given)
        return select(backend, bucket, key, query, given, wanted)

    return selected


def _check(found: FakeKey, given: Mapping[str, Any]) -> None:
    """Raise Refused for an object that is too large, or not packed as it is said to be."""
    packing = str(given.get("CompressionType"))
    if found.contentsize > LARGEST:
        raise _too_large()
    try:
        data = unpacked(found.value, packing)
    except TooLargeError:
        raise _too_large() from None
    except NotPackedError:
        why = f"{packing} is not applicable to the queried object. Please correct the request."
        raise Refused("InvalidCompressionFormat", why) from None
    if "CSV" in given:
        has_header = (given["CSV"] or {}).get("FileHeaderInfo") == "USE"
        if _name_characters(data, has_header=has_header) > _MOST_NAMES:
            raise _too_large()


def _name_characters(data: bytes, *, has_header: bool) -> int:
    """How many characters of column names the rows of a CSV have as JSON: a row has the names of as
    many columns as it has values."""
    rows = data.decode("utf-8", "replace").split("\n")
    count = rows[0].count(",") + 1
    names = rows[0].split(",") if has_header else (f"_{number + 1}" for number in range(count))
    sizes = [0, *accumulate(len(json.dumps(name)) + len(": , ") for name in names)]
    return sum(sizes[min(row.count(",") + 1, count)] for row in rows[has_header:])


def _too_large() -> Refused:
    why = f"This server selects from objects of {LARGEST} bytes at most, unpacked."
    return Refused("OverMaxRecordSize", why)
