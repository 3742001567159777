"""What makes a request for an object so plain that moto need not be asked: all agree on whom it is
of, which object it means, and what its answer is.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isinf
from typing import Any
from urllib.parse import unquote

from moto.iam.models import mark_account_as_visited
from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeBucket, S3Backend, s3_backends
from moto.settings import DISABLE_GLOBAL_CORS, INITIAL_NO_AUTH_ACTION_COUNT
from moto.utilities.aws_headers import gen_amzn_requestid_long
from moto.utilities.utils import get_partition

from gluematch.server import settings
from gluematch.server.signatures import HEADERS

KNOWN = frozenset(
    {
        "accept",
        "accept-encoding",
        "amz-sdk-invocation-id",
        "amz-sdk-request",
        "authorization",
        "connection",
        "host",
        "user-agent",
        "x-amz-content-sha256",
        "x-amz-date",
        "x-amz-security-token",
        "x-amz-user-agent",
    }
)
"""Headers that mean nothing to an answer."""

_HOST = re.compile(r"(localhost|\d+\.\d+\.\d+\.\d+)(:\d+)?")
_SIGNED = re.compile(r"AWS4-HMAC-SHA256 Credential=([^/,\s]+)/\d{8}/([a-z0-9-]+)/s3/aws4_request,")
_PATH = re.compile(r"/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/([^/].*)")
_NOT_BUCKETS = frozenset({"latest", "v20180820", "moto-api"})
_ISSUED = re.compile(r"[A-Z0-9]{20}")
_CHECKED_BY_MOTO = not isinf(INITIAL_NO_AUTH_ACTION_COUNT)


@dataclass(frozen=True, slots=True)
class Found:
    """An answer: as WSGI has it."""

    status: str
    headers: list[tuple[str, str]]
    body: Iterable[bytes]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which object is asked for, in a bucket whose owner alone decides; moto's S3 has it."""

    backend: S3Backend
    bucket: FakeBucket
    key: str
    access_key: str
    region: str

    def visit(self) -> None:
        """Tell moto of the caller, as it does itself."""
        if _ISSUED.fullmatch(self.access_key):
            account = self.backend.account_id
            mark_account_as_visited(account, self.access_key, "s3", self.region)


def asked(account: str, environ: Mapping[str, Any]) -> Asked | None:
    """What a request signed by a header asks for on behalf of an account; None if it is not plain.

    Query and headers but for host and signature are the caller's to judge.
    """
    sent = environ[HEADERS]
    if _CHECKED_BY_MOTO or not _HOST.fullmatch(sent.get("host", "")):
        return None
    signer = _SIGNED.match(sent.get("authorization", ""))
    place = _place(environ)
    if signer is None or place is None:
        return None
    access_key, region = signer.groups()
    account = settings.imposed_account() or account
    backend = s3_backends[account][get_partition(region)]
    try:
        bucket = backend.get_bucket(place[0])
    except S3ClientError:
        return None
    if bucket.policy or bucket.logging:
        return None
    return Asked(backend, bucket, place[1], access_key, region)


def answered(status: str, headers: dict[str, Any], body: Iterable[bytes]) -> Found:
    """The answer, with what moto adds to all."""
    gen_amzn_requestid_long(headers)
    if not DISABLE_GLOBAL_CORS:
        headers["Access-Control-Allow-Origin"] = "*"
    return Found(status, [(name, str(value)) for name, value in headers.items()], body)


def _place(environ: Mapping[str, Any]) -> tuple[str, str] | None:
    """Bucket and key, where all agree on how to read the path."""
    raw = environ["RAW_URI"].partition("?")[0]
    path = unquote(raw)
    found = _PATH.fullmatch(path)
    if found is None or "//" in path or "%2f" in raw.lower() or not path.isprintable():
        return None
    bucket, key = found.groups()
    return None if bucket in _NOT_BUCKETS else (bucket, key)
