"""The short way of plain reads: GET and HEAD of an object that is there, whole or one range of it.

Moto takes ten times as long to find out what it was asked. It answers whatever is not plain, so
a request that is not understood here in every part is not answered here. What is answered is what
moto would say, header by header.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isinf
from typing import Any
from urllib.parse import unquote

from moto.iam.models import mark_account_as_visited
from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeKey, s3_backends
from moto.settings import DISABLE_GLOBAL_CORS, INITIAL_NO_AUTH_ACTION_COUNT
from moto.utilities.aws_headers import gen_amzn_requestid_long
from moto.utilities.utils import get_partition

from gluematch.server import settings
from gluematch.server.signatures import HEADERS

from .bodies import Body
from .sights import Sight

_KNOWN = frozenset(
    {
        "accept",
        "accept-encoding",
        "amz-sdk-invocation-id",
        "amz-sdk-request",
        "authorization",
        "connection",
        "host",
        "range",
        "user-agent",
        "x-amz-checksum-mode",
        "x-amz-content-sha256",
        "x-amz-date",
        "x-amz-security-token",
        "x-amz-user-agent",
    }
)
_HOST = re.compile(r"(localhost|\d+\.\d+\.\d+\.\d+)(:\d+)?")
_SIGNED = re.compile(r"AWS4-HMAC-SHA256 Credential=([^/,\s]+)/\d{8}/([a-z0-9-]+)/s3/aws4_request,")
_PATH = re.compile(r"/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/([^/].*)")
_NOT_BUCKETS = frozenset({"latest", "v20180820", "moto-api"})
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})")
_ISSUED = re.compile(r"[A-Z0-9]{20}")
_SUM = "x-amz-checksum-"
_QUERIES = frozenset({"", "x-id=GetObject"})
_CHECKED_BY_MOTO = not isinf(INITIAL_NO_AUTH_ACTION_COUNT)


@dataclass(frozen=True, slots=True)
class Found:
    """An answer: as WSGI has it."""

    status: str
    headers: list[tuple[str, str]]
    body: Iterable[bytes]


def answer(account: str, environ: Mapping[str, Any]) -> Found | None:
    """What moto would answer to a plain read on behalf of an account; None if it is not one."""
    method, sent = environ["REQUEST_METHOD"], environ[HEADERS]
    if method not in {"GET", "HEAD"} or environ.get("QUERY_STRING", "") not in _QUERIES:
        return None
    if _CHECKED_BY_MOTO or not _KNOWN.issuperset(sent) or not _HOST.fullmatch(sent.get("host", "")):
        return None
    signer = _SIGNED.match(sent.get("authorization", ""))
    place = _place(environ)
    if signer is None or place is None or (method == "HEAD" and "range" in sent):
        return None
    access_key, region = signer.groups()
    account = settings.imposed_account() or account
    key = _object(account, region, *place)
    if key is None:
        return None
    if _ISSUED.fullmatch(access_key):
        mark_account_as_visited(account, access_key, "s3", region)
    checksum = sent.get("x-amz-checksum-mode") == "ENABLED" and key.checksum_algorithm is not None
    if method == "HEAD":
        return _answered("200 OK", _of_head(key, checksum=checksum), ())
    if "range" in sent:
        return _range(key, sent["range"], checksum=checksum)
    headers = _of_get(key, checksum=checksum)
    return _answered("200 OK", headers, _bytes(key, 0, key.contentsize))


def _place(environ: Mapping[str, Any]) -> tuple[str, str] | None:
    """Bucket and key, where all agree on how to read the path."""
    raw = environ["RAW_URI"].partition("?")[0]
    path = unquote(raw)
    found = _PATH.fullmatch(path)
    if found is None or "//" in path or "%2f" in raw.lower() or not path.isprintable():
        return None
    bucket, key = found.groups()
    return None if bucket in _NOT_BUCKETS else (bucket, key)


def _object(account: str, region: str, bucket: str, key: str) -> FakeKey | None:
    """The object, where it is an ordinary one and nothing but its owner decides who reads it."""
    backend = s3_backends[account][get_partition(region)]
    try:
        holder, found = backend.get_bucket(bucket), backend.get_object(bucket, key)
    except S3ClientError:
        return None
    if holder.policy or holder.logging or found is None:
        return None
    ordinary = found.storage_class == "STANDARD" and found._expiry is None
    return found if ordinary else None


def _of_get(key: FakeKey, *, checksum: bool) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if key.version_id != "null":
        headers["x-amz-version-id"] = key.version_id
    headers.update(key.response_dict)
    if checksum:
        whole = key.checksum_type == "COMPOSITE"
        value = f"{key.checksum_value}-{key.checksum_parts}" if whole else key.checksum_value
        headers[_checksum(key)] = value
        if key.checksum_type:
            headers[f"{_SUM}type"] = key.checksum_type
    headers.update(key.metadata)
    headers["Accept-Ranges"] = "bytes"
    return headers


def _of_head(key: FakeKey, *, checksum: bool) -> dict[str, Any]:
    headers: dict[str, Any] = {**key.metadata, **key.response_dict, "Accept-Ranges": "bytes"}
    if checksum:
        headers[_checksum(key)] = key.checksum_value
    return headers


def _checksum(key: FakeKey) -> str:
    return f"{_SUM}{(key.checksum_algorithm or '').lower()}"


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
    gen_amzn_requestid_long(headers)
    if not DISABLE_GLOBAL_CORS:
        headers["Access-Control-Allow-Origin"] = "*"
    listed = [(name, str(value)) for name, value in headers.items()]
    return Found(status, listed, body) if all(value.isascii() for _, value in listed) else None
