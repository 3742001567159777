"""The short way of plain reads: GET and HEAD of an object that is there, whole or one range of it.

Moto takes ten times as long to find out what it was asked. It answers whatever is not plain, so
a request that is not understood here in every part is not answered here. What is answered is what
moto would say, header by header.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from moto.s3.models import FakeKey

from gluematch.server.signatures import HEADERS

from . import plain, sums
from .body import Body
from .files import NotWhole
from .plain import Found
from .sights import Sight

_KNOWN = plain.KNOWN | {"range", "x-amz-checksum-mode"}
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})")
_SUM = "x-amz-checksum-"
_QUERIES = frozenset({"", "x-id=GetObject"})


def answer(account: str, environ: Mapping[str, Any]) -> Found | None:
    """What moto would answer to a plain read on behalf of an account; None if it is not one."""
    method, sent = environ["REQUEST_METHOD"], environ[HEADERS]
    if method not in {"GET", "HEAD"} or environ.get("QUERY_STRING", "") not in _QUERIES:
        return None
    if not _KNOWN.issuperset(sent) or (method == "HEAD" and "range" in sent):
        return None
    asked = plain.asked(account, environ)
    key = None if asked is None else _object(asked)
    if asked is None or key is None:
        return None
    asked.visit()
    checksum = sent.get("x-amz-checksum-mode") == "ENABLED"
    if method == "HEAD":
        return _answered("200 OK", _of_head(key, checksum=checksum), ())
    try:
        if "range" in sent:
            return _range(key, sent["range"], checksum=checksum)
        headers = _of_get(key, checksum=checksum)
        return _answered("200 OK", headers, _bytes(key, 0, key.contentsize))
    except NotWhole:  # the long way tells of it
        return None


def _object(asked: plain.Asked) -> FakeKey | None:
    """The object, where it is an ordinary one."""
    found = asked.backend.get_object(asked.bucket.name, asked.key)
    if found is None:
        return None
    ordinary = found.storage_class == "STANDARD" and found._expiry is None
    return found if ordinary else None


def _of_get(key: FakeKey, *, checksum: bool) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if key.version_id != "null":
        headers["x-amz-version-id"] = key.version_id
    headers.update(key.response_dict)
    headers.update(sums.of(key) if checksum else {})
    headers.update(key.metadata)
    headers["Accept-Ranges"] = "bytes"
    return headers


def _of_head(key: FakeKey, *, checksum: bool) -> dict[str, Any]:
    headers: dict[str, Any] = {**key.metadata, **key.response_dict, "Accept-Ranges": "bytes"}
    headers.update(sums.of(key) if checksum else {})
    return headers


def _range(key: FakeKey, asked: str, *, checksum: bool) -> Found | None:
    found = _RANGE.fullmatch(asked)
    if found is None:
        return None
    first, end, size = int(found[1]), found[2], key.contentsize
    last = min(int(end), size - 1) if end else size - 1
    if first > last:
        return None
    length = last - first + 1
    headers = _of_get(key, checksum=checksum)
    if length < size:
        headers = {name: headers[name] for name in headers if not name.startswith(_SUM)}
    headers["content-length"] = str(length)
    headers["content-range"] = f"bytes {first}-{last}/{size}"
    return _answered("206 PARTIAL CONTENT", headers, _bytes(key, first, length))


def _bytes(key: FakeKey, start: int, length: int) -> Iterable[bytes]:
    held: Any = key._value_buffer
    if isinstance(held, Body):
        return Sight(*held.part(start, length).opened())
    with key.lock:
        held.seek(start)
        return [held.read(length)]


def _answered(status: str, headers: dict[str, Any], body: Iterable[bytes]) -> Found | None:
    """None where not all headers are plain."""
    found = plain.answered(status, headers, body)
    return found if all(value.isascii() for _, value in found.headers) else None
