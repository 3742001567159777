"""Bodies that come in chunks, each with a signature of its own (`aws-chunked`).

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
"""

import hashlib
import hmac
import re
import zlib
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Protocol

from .dialects import Fault, Refusal
from .sigv4 import DOES_NOT_MATCH, MISMATCH, Claim, sign

SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
LENGTH = "x-amz-decoded-content-length"
FORMS = frozenset({SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER})

_BROKEN = Fault(*[("IncompleteBody", 400)] * 3)
_BAD_DIGEST = Fault(*[("BadDigest", 400)] * 3)
_NOTHING = hashlib.sha256(b"").hexdigest()
_PIECE = 256 * 2**10
_LINE = 8192
_HEAD = re.compile(rb"([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?\r\n")
_TRAILER = re.compile(rb"([A-Za-z0-9-]+): *([^\r\n]*)\r?\n")


class _Sum(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


class _Nothing:
    """Where no checksum is told, or of a kind that Python does not know."""

    def update(self, _data: bytes, /) -> None: ...

    def digest(self) -> bytes:
        return b""


class _Crc32:
    def __init__(self) -> None:
        self._sum = 0

    def update(self, data: bytes, /) -> None:
        self._sum = zlib.crc32(data, self._sum)

    def digest(self) -> bytes:
        return self._sum.to_bytes(4, "big")


_SUMS: dict[str, Callable[[], _Sum]] = {
    "x-amz-checksum-crc32": _Crc32,
    "x-amz-checksum-sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "x-amz-checksum-sha256": hashlib.sha256,
}


@dataclass(slots=True)
class _Chain:
    """Signatures of which each seals the one before."""

    made: Claim
    secret: str
    last: str

    def follow(self, kind: str, digest: str, given: str) -> None:
        before = f"{kind}\n{self.made.at}\n{self.made.scope}\n{self.last}\n"
        self.last = sign(self.made, self.secret, before + digest)
        if not hmac.compare_digest(self.last.encode(), given.encode()):
            raise Refusal(MISMATCH, DOES_NOT_MATCH)


def check(  # what is said of the body in its request's headers, and who signed
    body: IO[bytes],
    form: str,
    length: str,
    made: Claim | None,
    secret: str = "",
    *,
    trailer: str = "",
) -> None:
    """Read the body to its end; Refusal unless its chunks are whole and `length` bytes long.

    They must be signed as well, where it is known who has `made` the request. A checksum that
    `trailer` names is compared with what came, if it is of a kind that is known here.
    """
    signed = form != UNSIGNED_TRAILER
    chain = _Chain(made, secret, made.signature) if signed and made is not None else None
    whole = _SUMS.get(trailer.strip().lower(), _Nothing)()
    found, size = 0, -1
    while size:
        head = _HEAD.fullmatch(body.readline(_LINE))
        if head is None or signed != (head.group(2) is not None):
            raise _broken("A chunk does not begin as it should.")
        size = int(head.group(1), 16)
        digest = _digest(body, size, whole)
        found += size
        if chain is not None:
            seal = head.group(2).decode()
            chain.follow("AWS4-HMAC-SHA256-PAYLOAD", f"{_NOTHING}\n{digest}", seal)
        if size and body.read(2) != b"\r\n":
            raise _broken("A chunk does not end as it should.")
    trailers = _trailers(body.readline)
    if form == SIGNED_TRAILER and chain is not None:
        seal = trailers.pop("x-amz-trailer-signature", "")
        lines = "".join(f"{name}:{value}\n" for name, value in sorted(trailers.items()))
        chain.follow("AWS4-HMAC-SHA256-TRAILER", hashlib.sha256(lines.encode()).hexdigest(), seal)
    if form == SIGNED and trailers:
        raise _broken("There is something behind the last chunk.")
    if not length.isdecimal() or int(length) != found:
        raise _broken("The body is not as long as x-amz-decoded-content-length says.")
    given = trailers.get(trailer.strip().lower())
    if given is not None and whole.digest() not in {b"", _decoded(given)}:
        raise Refusal(_BAD_DIGEST, f"The {trailer} you specified did not match what was received.")


def _decoded(given: str) -> bytes | None:
    try:
        return b64decode(given, validate=True)
    except ValueError:
        return None


def _digest(body: IO[bytes], size: int, whole: "_Sum") -> str:
    digest = hashlib.sha256()
    while size:
        piece = body.read(min(size, _PIECE))
        if not piece:
            raise _broken("A chunk is shorter than it says.")
        digest.update(piece)
        whole.update(piece)
        size -= len(piece)
    return digest.hexdigest()


def _trailers(readline: Callable[[int], bytes]) -> dict[str, str]:
    found: dict[str, str] = {}
    while (line := readline(_LINE)) not in {b"", b"\r\n"}:
        trailer = _TRAILER.fullmatch(line)
        if trailer is None:
            raise _broken("A trailer is not of the form name:value.")
        found[trailer.group(1).decode().lower()] = trailer.group(2).decode("latin-1").strip()
    if readline(_LINE):
        raise _broken("There is something behind the end.")
    return found


def _broken(why: str) -> Refusal:
    return Refusal(_BROKEN, why)
