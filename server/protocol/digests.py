"""What a client says of an object's body beside its length: MD5 and one checksum of S3's.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
"""

import hashlib
import hmac
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

from . import checksums, chunks
from .dialects import Fault, Refusal

_INVALID_DIGEST = Fault(*[("InvalidDigest", 400)] * 3)
_BAD_DIGEST = Fault(*[("BadDigest", 400)] * 3)
_INVALID_REQUEST = Fault(*[("InvalidRequest", 400)] * 3)
_BAD_TRAILER = Fault(*[("MalformedTrailerError", 400)] * 3)
_SINGLE = "Expecting a single x-amz-checksum- header"
_ILL_TRAILER = (
    "The request contained trailing data that was not well-formed or did not conform to our "
    "published schema."
)
_NO_SUM = (
    "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or "
    "x-amz-trailer headers were found."
)


@dataclass(frozen=True, slots=True)
class Told:
    """What is told; the checksum comes behind the body where it is of an algorithm, but None."""

    md5: bytes | None = None
    algorithm: str | None = None
    checksum: bytes | None = None


def told(headers: Mapping[str, str]) -> Told:
    """What a request's headers tell of its body. Raises Refusal where they are not clear."""
    md5 = headers.get("content-md5")
    whole = None if md5 is None else checksums.read(md5, 16)
    if md5 is not None and whole is None:
        raise Refusal(_INVALID_DIGEST, "The Content-MD5 you specified was invalid.")
    named = [name for name in checksums.HEADERS if name in headers]
    trailing = _trailing(headers)
    if len(named) > 1:
        raise _invalid(f"{_SINGLE}. Multiple checksum Types are not allowed.")
    if named and trailing:
        raise _invalid(_SINGLE)
    name = trailing or next(iter(named), None)
    algorithm = None if name is None else checksums.HEADERS[name]
    _check_announced(headers, algorithm)
    if algorithm is None or name is None or trailing:
        return Told(whole, algorithm)
    value = checksums.read(headers[name], checksums.BYTES[algorithm])
    if value is None:
        raise _invalid(f"Value for {name} header is invalid.")
    return Told(whole, algorithm, value)


class Digested(io.RawIOBase):
    """A body whose digests are taken while it is read.

    Its last read raises Refusal unless they are those that were `told`, in the headers or in the
    `trailers`, which are known by then.
    """

    def __init__(self, body: IO[bytes], told: Told, trailers: Mapping[str, str]) -> None:
        self._body, self._told, self._trailers = body, told, trailers
        self._md5 = hashlib.md5(usedforsecurity=False)
        algorithm = told.algorithm
        self._sum = None if algorithm is None else checksums.ALGORITHMS[algorithm]()

    @property
    def md5(self) -> str:
        """The MD5 of what was read so far, in hexadecimal digits."""
        return self._md5.hexdigest()

    @property
    def checksum(self) -> str:
        """The checksum of what was read so far, as headers have it; empty where none was told."""
        return "" if self._sum is None else checksums.written(self._sum.digest())

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next bytes, none at the end."""
        piece = self._body.read(len(buffer))
        buffer[: len(piece)] = piece
        self._md5.update(piece)
        if self._sum is not None:
            self._sum.update(piece)
        if not piece:
            self._compare()
        return len(piece)

    def _compare(self) -> None:
        if self._told.md5 is not None and self._md5.digest() != self._told.md5:
            why = "The Content-MD5 you specified did not match what we received."
            raise Refusal(_BAD_DIGEST, why)
        algorithm = self._told.algorithm
        if algorithm is None or self._sum is None:
            return
        expected = self._told.checksum or self._trailing(algorithm)
        if not hmac.compare_digest(expected, self._sum.digest()):
            why = f"The {algorithm} you specified did not match the calculated checksum."
            raise Refusal(_BAD_DIGEST, why)

    def _trailing(self, algorithm: str) -> bytes:
        name = checksums.header(algorithm)
        if name not in self._trailers:
            raise Refusal(_BAD_TRAILER, _ILL_TRAILER)
        value = checksums.read(self._trailers[name], checksums.BYTES[algorithm])
        if value is None:
            raise _invalid(f"Value for {name} trailing header is invalid.")
        return value


def _trailing(headers: Mapping[str, str]) -> str | None:
    """The header that is to come behind the body."""
    announced = headers.get("x-amz-trailer", "").strip().lower()
    if not announced:
        return None
    if headers.get("x-amz-content-sha256") not in chunks.WITH_TRAILERS:
        raise Refusal(_BAD_TRAILER, _ILL_TRAILER)
    if announced not in checksums.HEADERS:
        raise _invalid("The value specified in the x-amz-trailer header is not supported")
    return announced


def _check_announced(headers: Mapping[str, str], algorithm: str | None) -> None:
    announced = headers.get("x-amz-sdk-checksum-algorithm", "").upper()
    if not announced:
        return
    if algorithm is None:
        raise _invalid(_NO_SUM)
    if announced != algorithm:
        raise _invalid("Value for x-amz-sdk-checksum-algorithm header is invalid.")


def _invalid(why: str) -> Refusal:
    return Refusal(_INVALID_REQUEST, why)
