"""Bodies that come in chunks, each with a signature of its own (`aws-chunked`).

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
"""

import hashlib
import hmac
import io
import re
from dataclasses import dataclass
from typing import IO, Any

from .dialects import Fault, Refusal
from .sigv4 import DOES_NOT_MATCH, MISMATCH, Claim, sign

SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
LENGTH = "x-amz-decoded-content-length"
FORMS = frozenset({SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER})
WITH_TRAILERS = frozenset({SIGNED_TRAILER, UNSIGNED_TRAILER})

TRAILERS = "gluematch.trailers"
"""The WSGI environ's entry for the trailers of a body that has been taken out of its chunks; they
are known at the body's end."""

_BROKEN = Fault(*[("IncompleteBody", 400)] * 3)
_NOTHING = hashlib.sha256(b"").hexdigest()
_PIECE = 256 * 2**10
_LINE = 8192
_MOST_TRAILERS = 8192  # bytes, all together
_HEAD = re.compile(rb"([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?\r\n")
_TRAILER = re.compile(rb"([A-Za-z0-9-]+): *([^\r\n]*)\r?\n")


@dataclass(slots=True)
class Chain:
    """Signatures of which each seals the one before; the request's own is the first."""

    made: Claim
    secret: str
    last: str

    def follow(self, kind: str, digest: str, given: str) -> None:
        """Raise Refusal unless `given` seals the next link."""
        before = f"{kind}\n{self.made.at}\n{self.made.scope}\n{self.last}\n"
        self.last = sign(self.made, self.secret, before + digest)
        if not hmac.compare_digest(self.last.encode(), given.encode()):
            raise Refusal(MISMATCH, DOES_NOT_MATCH)


class Unwrapped(io.RawIOBase):
    """What is in the chunks of a body, and in `trailers` what is behind them.

    Reading raises Refusal where the chunks are not whole, are not `length` bytes together, or are
    not signed by whoever has `made` the request, if that is known. Who has read to the end, has a
    body that is as it should be.
    """

    def __init__(
        self, body: IO[bytes], form: str, length: str, made: Claim | None, secret: str = ""
    ) -> None:
        self._body, self._form, self._length = body, form, length
        signed = form != UNSIGNED_TRAILER and made is not None
        self._chain = Chain(made, secret, made.signature) if signed and made is not None else None
        self._digest, self._seal = hashlib.sha256(), ""
        self._left, self._found, self._begun, self._ended = 0, 0, False, False
        self.trailers: dict[str, str] = {}

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next bytes, none at the end."""
        if not self._left and not self._ended:
            self._next()
        if self._ended:
            return 0
        piece = self._body.read(min(self._left, len(buffer), _PIECE))
        if not piece:
            raise _broken("A chunk is shorter than it says.")
        buffer[: len(piece)] = piece
        if self._chain is not None:
            self._digest.update(piece)
        self._left -= len(piece)
        self._found += len(piece)
        return len(piece)

    def _next(self) -> None:
        if self._begun:
            self._close_chunk()
            if self._body.read(2) != b"\r\n":
                raise _broken("A chunk does not end as it should.")
        head = _HEAD.fullmatch(self._body.readline(_LINE))
        signed = self._form != UNSIGNED_TRAILER
        if head is None or signed != (head.group(2) is not None):
            raise _broken("A chunk does not begin as it should.")
        self._left, self._begun = int(head.group(1), 16), True
        self._digest, self._seal = hashlib.sha256(), (head.group(2) or b"").decode()
        if not self._left:
            self._close_chunk()
            self._end()

    def _close_chunk(self) -> None:
        if self._chain is not None:
            digest = f"{_NOTHING}\n{self._digest.hexdigest()}"
            self._chain.follow("AWS4-HMAC-SHA256-PAYLOAD", digest, self._seal)

    def _end(self) -> None:
        self._read_trailers()
        if self._form == SIGNED_TRAILER and self._chain is not None:
            seal = self.trailers.pop("x-amz-trailer-signature", "")
            lines = "".join(f"{name}:{value}\n" for name, value in sorted(self.trailers.items()))
            digest = hashlib.sha256(lines.encode()).hexdigest()
            self._chain.follow("AWS4-HMAC-SHA256-TRAILER", digest, seal)
        if self._form == SIGNED and self.trailers:
            raise _broken("There is something behind the last chunk.")
        if not self._length.isdecimal() or int(self._length) != self._found:
            raise _broken("The body is not as long as x-amz-decoded-content-length says.")
        self._ended = True

    def _read_trailers(self) -> None:
        left = _MOST_TRAILERS
        while (line := self._body.readline(_LINE)) not in {b"", b"\r\n"}:
            trailer, left = _TRAILER.fullmatch(line), left - len(line)
            if trailer is None or left < 0:
                raise _broken("A trailer is not of the form name:value.")
            name, value = trailer.group(1).decode().lower(), trailer.group(2).decode("latin-1")
            self.trailers[name] = value.strip()
        if self._body.readline(_LINE):
            raise _broken("There is something behind the end.")


def check(body: IO[bytes], form: str, length: str, made: Claim | None, secret: str = "") -> None:
    """Read the body to its end; Refusal unless it is as Unwrapped wants it."""
    unwrapped = Unwrapped(body, form, length, made, secret)
    while unwrapped.read(_PIECE):
        pass


def _broken(why: str) -> Refusal:
    return Refusal(_BROKEN, why)
