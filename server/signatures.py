"""`--auth sigv4`: no request passes whose Signature Version 4 does not prove a key of ours.

The answers are AWS's own, in the dialect of the service that was asked.
"""

import hashlib
import hmac
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from gluematch.models import clock

from .keys import Key
from .protocol import chunks, destination, dialects, sigv4
from .protocol.dialects import Fault, Refusal
from .protocol.own import ROOT
from .protocol.sigv4 import Claim, Signed

HEADERS = "gluematch.headers"
"""The WSGI environ's entry that keeps header names as they came, in lower case."""

_OPEN = frozenset({f"{ROOT}health", f"{ROOT}health/live", f"{ROOT}health/ready"})
_PIECE = 256 * 2**10

_UNSIGNED = Fault(
    ("MissingAuthenticationTokenException", 400),
    ("MissingAuthenticationToken", 403),
    ("AccessDenied", 403),
)
_VERSION_2 = Fault(sigv4.INCOMPLETE.json, sigv4.INCOMPLETE.form, ("InvalidRequest", 400))
_UNKNOWN = Fault(
    ("UnrecognizedClientException", 400),
    ("InvalidClientTokenId", 403),
    ("InvalidAccessKeyId", 403),
)
_BAD_TOKEN = Fault(_UNKNOWN.json, _UNKNOWN.form, ("InvalidToken", 400))
_EXPIRED = Fault(("ExpiredTokenException", 400), ("ExpiredToken", 403), ("ExpiredToken", 400))
_NO_HASH = Fault(sigv4.MISMATCH.json, sigv4.MISMATCH.form, ("InvalidRequest", 400))
_OTHER_BODY = Fault(sigv4.MISMATCH.json, sigv4.MISMATCH.form, ("XAmzContentSHA256Mismatch", 400))
_INVALID = "The security token included in the request is invalid."


@dataclass(frozen=True, slots=True)
class Signatures:
    """Verifies requests against the keys that `find` knows."""

    find: Callable[[str], Key | None]

    def check(self, environ: dict[str, Any]) -> None:
        """Raise Refusal unless the request is signed, now, for where it goes, body and all."""
        if _is_open(environ):
            return
        request, made, key = self._claimed(environ)
        payload = _payload(made, request.headers, environ["wsgi.input"])
        sigv4.check_signature(request, made, payload, key.secret)
        _check_body(payload, made, environ, key)

    def check_head(self, environ: dict[str, Any]) -> None:
        """Raise Refusal for a request whose head shows already that `check` will refuse it."""
        if not _is_open(environ):
            self._claimed(environ)

    def _claimed(self, environ: dict[str, Any]) -> tuple[Signed, Claim, Key]:
        """The request, what it claims, and the key that it names: known, and at its time."""
        request = Signed(
            environ["REQUEST_METHOD"],
            environ["RAW_URI"].partition("?")[0],
            environ.get("QUERY_STRING", ""),
            environ[HEADERS],
        )
        made = _claimed(request)
        key = self._key(made, clock.now())
        sigv4.check_time(made, clock.now())
        sigv4.check_headers(made, request.headers)
        _check_destination(made, environ)
        return request, made, key

    def _key(self, made: Claim, now: datetime) -> Key:
        key = self.find(made.access_key)
        if key is None or (key.token is not None and made.token is None):
            known = "The AWS Access Key Id you provided does not exist in our records."
            raise Refusal(_UNKNOWN, known if made.for_s3 else _INVALID)
        if not hmac.compare_digest((key.token or "").encode(), (made.token or "").encode()):
            raise Refusal(_BAD_TOKEN, _INVALID)
        if key.expires is not None and key.expires <= now:
            raise Refusal(_EXPIRED, "The security token included in the request is expired")
        return key


def _is_open(environ: Mapping[str, Any]) -> bool:
    """Whether a probe asks for the health."""
    return environ.get("PATH_INFO") in _OPEN and environ["REQUEST_METHOD"] in {"GET", "HEAD"}


def check_chunks(environ: dict[str, Any]) -> None:
    """Raise Refusal for an upload in chunks that is not whole, where nobody's signature counts.

    Of a body that is still on its way the one who reads it is told.
    """
    form = environ[HEADERS].get("x-amz-content-sha256")
    if form in chunks.FORMS and dialects.of(environ) == "s3":
        _unwrap(environ, form, None)


def _claimed(request: Signed) -> Claim:
    authorization = request.headers.get("authorization", "")
    old = "AWSAccessKeyId=" in request.query and "Signature=" in request.query
    if authorization.startswith("AWS ") or (old and not authorization):
        raise Refusal(_VERSION_2, f"Signature Version 2 is not supported: use {sigv4.ALGORITHM}.")
    made = sigv4.claim(request)
    if made is None:
        raise Refusal(_UNSIGNED, "Missing Authentication Token: the request is not signed.")
    return made


def _check_destination(made: Claim, environ: Mapping[str, Any]) -> None:
    """Where a request goes was read from the same credential that is proved here, or it goes
    nowhere."""
    signer = destination.of(environ).signer
    if (signer.access_key, signer.service) != (made.access_key, made.service):
        raise Refusal(sigv4.INCOMPLETE, "The Credential can be read in two ways.")


def _payload(made: Claim, headers: Mapping[str, str], body: IO[bytes]) -> str:
    """What stands for the body in what was signed."""
    if not made.for_s3:
        if not body.seekable():  # it is none of the services that take a PUT
            raise Refusal(sigv4.MISMATCH, sigv4.DOES_NOT_MATCH)
        return _sha256(body)
    given = headers.get("x-amz-content-sha256")
    if given is None and made.expires is None:
        raise Refusal(_NO_HASH, "Missing required header for this request: x-amz-content-sha256")
    return given or sigv4.UNSIGNED


def _check_body(payload: str, made: Claim, environ: dict[str, Any], key: Key) -> None:
    """Raise Refusal for another body than was signed; where it is still on its way, let reading
    it do so."""
    if not made.for_s3 or payload == sigv4.UNSIGNED:
        return
    if payload in chunks.FORMS:
        _unwrap(environ, payload, made, key.secret)
        return
    body = _Hashed(environ["wsgi.input"], payload)
    if not environ["wsgi.input"].seekable():
        environ["wsgi.input"] = io.BufferedReader(body, _PIECE)
        return
    while body.read(_PIECE):
        pass
    environ["wsgi.input"].seek(0)


def _unwrap(environ: dict[str, Any], form: str, made: Claim | None, secret: str = "") -> None:
    """Take what arrives out of its chunks; check what has arrived, and leave it in them."""
    body, length = environ["wsgi.input"], environ[HEADERS].get(chunks.LENGTH, "")
    if body.seekable():
        chunks.check(body, form, length, made, secret)
        body.seek(0)
        return
    unwrapped = chunks.Unwrapped(body, form, length, made, secret)
    environ["wsgi.input"] = io.BufferedReader(unwrapped, _PIECE)
    environ[chunks.TRAILERS] = unwrapped.trailers


class _Hashed(io.RawIOBase):
    """A body whose last read raises Refusal unless it has the SHA-256 that was signed."""

    def __init__(self, body: IO[bytes], expected: str) -> None:
        self._body, self._expected, self._digest = body, expected, hashlib.sha256()

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next bytes, none at the end."""
        piece = self._body.read(len(buffer))
        buffer[: len(piece)] = piece
        self._digest.update(piece)
        digest = b"" if piece else self._digest.hexdigest().encode()
        if not piece and not hmac.compare_digest(self._expected.encode(), digest):
            why = "The provided 'x-amz-content-sha256' header does not match what was computed."
            raise Refusal(_OTHER_BODY, why)
        return len(piece)


def _sha256(body: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while piece := body.read(_PIECE):
        digest.update(piece)
    body.seek(0)
    return digest.hexdigest()
