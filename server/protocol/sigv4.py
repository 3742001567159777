"""AWS Signature Version 4, as a server reads it: what a request claims, and what proves it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes

from .dialects import Fault, Refusal

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
SKEW = timedelta(minutes=15)
_LONGEST = 7 * 24 * 3600  # seconds that a presigned URL may live

_HEADER = re.compile(
    rf"{ALGORITHM} +Credential=([^,\s]+), *SignedHeaders=([^,\s]+), *Signature=([0-9a-f]{{64}})"
)
_IN_S3 = frozenset({"s3", "s3express", "s3-object-lambda", "s3-outposts"})
_IN_QUERY = ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature")

_MISMATCH = ("SignatureDoesNotMatch", 403)
INCOMPLETE = Fault(
    ("IncompleteSignatureException", 400),
    ("IncompleteSignature", 400),
    ("AuthorizationHeaderMalformed", 400),
)
MALFORMED_QUERY = Fault(
    INCOMPLETE.json, INCOMPLETE.form, ("AuthorizationQueryParametersError", 400)
)
MISMATCH = Fault(("InvalidSignatureException", 400), _MISMATCH, _MISMATCH)
SKEWED = Fault(MISMATCH.json, MISMATCH.form, ("RequestTimeTooSkewed", 403))
EXPIRED = Fault(MISMATCH.json, MISMATCH.form, ("AccessDenied", 403))
DOES_NOT_MATCH = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method."
)


@dataclass(frozen=True, slots=True)
class Signed:
    """A request as it came: path and query undecoded, header names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Claim:
    """Who a request says has signed it, when, for what; `expires` in seconds, in URLs only."""

    access_key: str
    day: str
    region: str
    service: str
    at: str
    headers: tuple[str, ...]
    signature: str
    token: str | None
    expires: int | None = None

    @property
    def scope(self) -> str:
        """The scope of the credential."""
        return f"{self.day}/{self.region}/{self.service}/aws4_request"

    @property
    def for_s3(self) -> bool:
        """Whether S3's rules for paths and bodies hold."""
        return self.service in _IN_S3


def claim(request: Signed) -> Claim | None:
    """What the request claims; None if it is not signed. Raises Refusal for half a signature."""
    given = _pairs(request.query)
    presigned = any(name == "X-Amz-Algorithm" for name, _ in given)
    authorization = request.headers.get("authorization")
    if authorization is not None:
        if presigned:
            raise Refusal(MALFORMED_QUERY, "Only one way of signing is allowed.")
        return _of_header(authorization, request.headers)
    return _of_query(given) if presigned else None


def check_time(made: Claim, now: datetime) -> None:
    """Raise Refusal for a signature that is too old or too new."""
    at = _instant(made.at)
    if made.expires is not None:
        if now - at > timedelta(seconds=made.expires):
            raise Refusal(EXPIRED, "Request has expired")
        if at - now > SKEW:
            raise Refusal(EXPIRED, "Request is not yet valid")
    elif abs(now - at) > SKEW:
        late = "Signature expired" if at < now else "Signature not yet current"
        why = f"{late}: {made.at} is more than 15 minutes from {now:%Y%m%dT%H%M%SZ}."
        raise Refusal(SKEWED, why)


def check_headers(made: Claim, headers: Mapping[str, str]) -> None:
    """Raise Refusal unless all is signed that decides what a request means."""
    signed = frozenset(made.headers)
    for name in ("host", *(name for name in headers if name.startswith("x-amz-"))):
        if name not in signed:
            raise Refusal(EXPIRED, f"There were headers present which were not signed: {name}")


def check_signature(request: Signed, made: Claim, payload: str, secret: str) -> None:
    """Raise Refusal unless the holder of `secret` has signed just this request."""
    canonical = _canonical(request, made, payload)
    digest = hashlib.sha256(canonical).hexdigest()
    expected = sign(made, secret, f"{ALGORITHM}\n{made.at}\n{made.scope}\n{digest}")
    if not hmac.compare_digest(expected, made.signature):
        raise Refusal(MISMATCH, DOES_NOT_MATCH)


def sign(made: Claim, secret: str, text: str) -> str:
    """The signature of a string within the claim's scope, in hexadecimal digits."""
    key = _signing_key(secret, made.day, made.region, made.service)
    return hmac.digest(key, text.encode(), "sha256").hex()


@lru_cache(maxsize=256)
def _signing_key(secret: str, *scope: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (*scope, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def _of_header(authorization: str, headers: Mapping[str, str]) -> Claim:
    found = _HEADER.fullmatch(authorization)
    if found is None:
        raise Refusal(INCOMPLETE, f"The Authorization header is not of the form of {ALGORITHM}.")
    at, token = headers.get("x-amz-date", ""), headers.get("x-amz-security-token")
    return _claim(INCOMPLETE, found.group(1), at, found.group(2), found.group(3), token, None)


def _of_query(given: list[tuple[str, str]]) -> Claim:
    values = dict(given)
    times = Counter(name for name, _ in given if name.startswith("X-Amz-"))
    if any(count > 1 for count in times.values()):
        raise Refusal(MALFORMED_QUERY, "A parameter of the signature is given twice.")
    parts = [values.get(f"X-Amz-{name}", "") for name in _IN_QUERY]
    algorithm, credential, at, expires, headers, signature = parts
    proper = algorithm == ALGORITHM and re.fullmatch(r"[0-9a-f]{64}", signature)
    # services but S3 know no Expires of their own: botocore sends it to all
    if not proper or not re.fullmatch(r"\d{1,6}", expires) or not 1 <= int(expires) <= _LONGEST:
        raise Refusal(MALFORMED_QUERY, "The parameters of the signature are not as they must be.")
    token = values.get("X-Amz-Security-Token")
    return _claim(MALFORMED_QUERY, credential, at, headers, signature, token, int(expires))


def _claim(  # noqa: PLR0917  # the parts of a signature
    fault: Fault,
    credential: str,
    at: str,
    headers: str,
    signature: str,
    token: str | None,
    expires: int | None,
) -> Claim:
    parts = credential.rsplit("/", 4)
    if len(parts) != 5 or parts[4] != "aws4_request" or not all(parts):
        raise Refusal(
            fault, "The Credential is not of the form KEY/DAY/REGION/SERVICE/aws4_request."
        )
    if not re.fullmatch(r"[0-9]{8}T[0-9]{6}Z", at) or at[:8] != parts[1]:
        raise Refusal(fault, "X-Amz-Date is missing, or not of the day of the Credential.")
    try:
        _instant(at)
    except ValueError:
        raise Refusal(fault, "X-Amz-Date is no date.") from None
    names = tuple(headers.split(";"))
    key, day, region, service = parts[:4]
    return Claim(key, day, region, service, at, names, signature, token, expires)


def _canonical(request: Signed, made: Claim, payload: str) -> bytes:
    if list(made.headers) != sorted(set(made.headers)):
        raise Refusal(MISMATCH, DOES_NOT_MATCH)
    lines = []
    for name in made.headers:
        value = request.headers.get(name)
        if value is None or name == "authorization":
            raise Refusal(MISMATCH, DOES_NOT_MATCH)
        lines.append(f"{name}:{' '.join(value.split())}\n")
    given = sorted(
        (_encoded(name), _encoded(value))
        for name, value in _pairs(request.query)
        if name != "X-Amz-Signature" or made.expires is None
    )
    query = "&".join(f"{name}={value}" for name, value in given)
    path = _path(request.path, made)
    head = f"{request.method}\n{path}\n{query}\n{''.join(lines)}\n{';'.join(made.headers)}\n"
    return head.encode("latin-1", "replace") + payload.encode()


def _path(raw: str, made: Claim) -> str:
    """S3's path is encoded once, that of others twice and without its dots."""
    if made.for_s3:
        return quote(unquote_to_bytes(raw.encode("latin-1")), safe="/")
    kept: list[str] = []
    for part in raw.split("/"):
        if part == "..":
            del kept[-1:]
        elif part not in {"", "."}:
            kept.append(part)
    end = "/" if kept and raw.endswith("/") else ""
    return quote(f"/{'/'.join(kept)}{end}".encode("latin-1"), safe="/")


def _pairs(query: str) -> list[tuple[str, str]]:
    """The query's names and values, decoded as those who read them later will decode them.

    Bytes stand as characters of Latin-1, as in WSGI.
    """
    parts = [part.replace("+", " ").partition("=") for part in query.split("&") if part]
    return [(_decoded(name), _decoded(value)) for name, _, value in parts]


def _decoded(text: str) -> str:
    return unquote_to_bytes(text.encode("latin-1")).decode("latin-1")


def _encoded(text: str) -> str:
    return quote(text.encode("latin-1"), safe="")


def _instant(at: str) -> datetime:
    return datetime.strptime(at, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
