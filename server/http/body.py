"""A request's body as it arrives, to its end, trailers too: strict about its form, and bounded."""

import io
import re
from typing import TYPE_CHECKING, Any

from gluematch.server.protocol.dialects import Fault, Refusal

from . import limits

if TYPE_CHECKING:
    from .request import Request
    from .timed_io import Input

_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(;[^\x00-\x08\x0a-\x1f]*)?\r\n")
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

_INCOMPLETE = Fault(
    json=("SerializationException", 400),
    form=("IncompleteBody", 400),
    s3=("IncompleteBody", 400),
)
_TOO_LARGE = Fault(
    json=("RequestEntityTooLargeException", 413),
    form=("RequestEntityTooLarge", 413),
    s3=("EntityTooLarge", 400),
)


class Body(io.RawIOBase):
    """Reading raises Refusal where it is not of the form or length that it should have; nothing
    more is heard of this client then. It raises BlockingIOError where more must come first, unless
    the input waits for it."""

    def __init__(self, request: "Request", source: "Input", limit: int) -> None:
        self._request, self._input, self._limit = request, source, limit
        self._chunked: bool = request.chunked_read
        self._left = 0 if self._chunked else int(request.inheaders.get(b"Content-Length", 0))
        self._received = self._between = self._trailers = 0
        self._after_chunk = self._in_trailers = self._ended = False
        self._refusal: Refusal | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is none."""
        return not self._chunked and not self._received and not self._left

    @property
    def is_small(self) -> bool:
        """Whether it may wait for its client in memory."""
        return not self._chunked and self._received + self._left <= limits.SMALL_BODY

    @property
    def has_arrived(self) -> bool:
        """Whether all of it is there, as far as that can be told without reading it."""
        return not self._chunked and self._left <= len(self._input)

    @property
    def is_unasked(self) -> bool:
        """Whether the client waits to be told to send it."""
        return self._request.expects_continue and not self.is_empty

    def ask(self) -> None:
        """Tell a client to send it that waits to be told."""
        if self.is_unasked:
            self._request.expects_continue = False
            if not self._input:
                self._request.conn.wfile.write(_CONTINUE)

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next bytes, none at the end."""
        if self._refusal is not None:
            raise self._refusal
        if self._received + self._left > self._limit:
            raise self._refused(_TOO_LARGE, "The body is larger than it may be.")
        self.ask()
        if not self._left and not self._ended:
            self._advance()
        if self._ended:
            return 0
        if self._received + self._left > self._limit:
            raise self._refused(_TOO_LARGE, "The body is larger than it may be.")
        count = self._input.readinto(memoryview(buffer)[: self._left])
        if not count:
            raise self._broken()
        self._left -= count
        self._received += count
        self._after_chunk = self._chunked and not self._left
        return count

    def _advance(self) -> None:
        """To the next chunk, or to the end."""
        if not self._chunked:
            self._ended = True
            return
        if self._after_chunk:
            if self._line() != b"\r\n":
                raise self._broken()
            self._after_chunk = False
        if not self._in_trailers:
            line = self._line()
            chunk = _CHUNK.fullmatch(line)
            if chunk is None:
                raise self._broken()
            self._between += len(line)
            if self._between > self._limit:
                raise self._refused(_TOO_LARGE, "There is more between the chunks than may be.")
            self._left = int(chunk[1], 16)
            self._in_trailers = not self._left
        if self._in_trailers:
            self._pass_trailers()
            self._ended = True

    def _pass_trailers(self) -> None:
        while (line := self._line()) != b"\r\n":
            self._trailers += len(line)
            if not line.endswith(b"\r\n") or self._trailers > limits.LARGEST_HEAD:
                raise self._broken()

    def _line(self) -> bytes:
        return self._input.readline(limits.LONGEST_LINE)

    def _broken(self) -> Refusal:
        return self._refused(_INCOMPLETE, "The body is broken or incomplete.")

    def _refused(self, fault: Fault, why: str) -> Refusal:
        self._request.conn.refused = True
        self._request.close_connection = True
        self._refusal = Refusal(fault, why)
        return self._refusal
