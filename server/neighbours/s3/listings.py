"""The XML of listings, whose entries are written directly.

Moto walks through AWS's model for each of a page's thousand objects, which takes longer than all
the rest. What it writes around them stays its own.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from xml.sax.saxutils import escape

from moto.core.responses import ActionResult
from moto.s3.responses import S3Response

_BEHIND = "<Name>"
"""What follows the entries in a ListBucketResult."""

_PLAIN = ("Key", "LastModified", "ETag", "Size", "StorageClass")
_MEMBERS = frozenset({*_PLAIN, "ChecksumAlgorithm", "Owner"})
_OWNER = frozenset({"ID", "DisplayName"})


def write_directly() -> None:
    """Let moto's S3 write listings so from now on."""
    moto: Any = S3Response
    if not hasattr(moto.serialized, "__wrapped__"):
        moto.serialized = _serialized(moto.serialized)


def _serialized(by_moto: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(by_moto)
    def serialized(response: S3Response, action: ActionResult) -> Any:
        result: Any = action.result
        entries = result.get("Contents") if isinstance(result, dict) else None
        if not entries or not all(map(_is_plain, entries)):
            return by_moto(response, action)
        status, headers, text = by_moto(response, ActionResult({**result, "Contents": []}))
        before, behind, rest = text.partition(_BEHIND)
        if not behind:
            return by_moto(response, action)
        return status, headers, "".join((before, *map(_entry, entries), behind, rest))

    return serialized


def _is_plain(entry: Mapping[str, Any]) -> bool:
    owner = entry.get("Owner")
    return (
        entry.keys() <= _MEMBERS
        and all(entry.get(name) not in {None, ""} for name in _PLAIN)
        and (owner is None or owner.keys() == _OWNER)
    )


def _entry(entry: Mapping[str, Any]) -> str:
    algorithms = "".join(
        f"<ChecksumAlgorithm>{escape(one)}</ChecksumAlgorithm>"
        for one in entry.get("ChecksumAlgorithm", ())
    )
    owner = entry.get("Owner")
    owned = (
        ""
        if owner is None
        else f"<Owner><DisplayName>{escape(owner['DisplayName'])}</DisplayName>"
        f"<ID>{escape(owner['ID'])}</ID></Owner>"
    )
    return (
        f"<Contents><Key>{escape(entry['Key'])}</Key>"
        f"<LastModified>{entry['LastModified']}</LastModified>"
        f"<ETag>{escape(entry['ETag'])}</ETag>{algorithms}<Size>{entry['Size']}</Size>"
        f"<StorageClass>{escape(entry['StorageClass'])}</StorageClass>{owned}</Contents>"
    )
