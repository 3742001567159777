"""What comes in on a connection: strict about its form, bounded in size and in time.

Two readers of one request must not disagree where it ends, whatever stands between them: so what
HTTP leaves open is refused (RFC 9112, sections 5 and 6). cheroot is laxer.
"""

import io
import logging
import re
import select
import socket
from contextlib import suppress
from typing import Any

from cheroot.server import HeaderReader, HTTPConnection, HTTPRequest

from .protocol.dialects import Fault, Refusal
from .sides import Reader, Timed, Writer

log = logging.getLogger(__name__)

LARGEST_HEAD = 64 * 2**10
"""Bytes of a request line, and of the headers after it."""

HEAD_SECONDS = 20.0
BODY_SECONDS = 60.0
"""We wait so many seconds for a head. For a body, and for an answer to be taken, so many as well,
and one more for each SLOWEST bytes that have moved: whoever is slower is cut off."""

PATIENCE_MS = 20
"""So long a thread stays with a client that it has answered, while few others are at work."""

LINGER_SECONDS = 1.0
MOST_LINGERED = 64
_PIECE = 2**20
_LONGEST_LINE = 2**10
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_LENGTH = re.compile(rb"[0-9]{1,18}")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(;[^\x00-\x08\x0a-\x1f]*)?\r\n")
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_ONCE = frozenset({b"Content-Length", b"Transfer-Encoding", b"Host", b"Authorization"})


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


class Headers(HeaderReader):
    """Reads the headers of a request, and refuses those of two meanings by ValueError."""

    def __call__(self, rfile: Any, hdict: dict[bytes, bytes] | None = None) -> Any:
        """The headers by name, each word of which is capitalised."""
        found: dict[bytes, bytes] = super().__call__(_Checked(rfile), hdict)
        length, coding = found.get(b"Content-Length"), found.get(b"Transfer-Encoding")
        if length is not None and (coding is not None or not _LENGTH.fullmatch(length)):
            raise ValueError("The length of the body is not clear.")
        if coding is not None and coding.lower() != b"chunked":
            raise ValueError("No transfer coding but chunked is known here.")
        return found


class _Checked:
    """Lines of headers, each of a form that leaves no doubt."""

    def __init__(self, rfile: Any) -> None:
        self._rfile = rfile
        self._seen: set[bytes] = set()

    def readline(self) -> bytes:
        line: bytes = self._rfile.readline()
        if line not in {b"", b"\r\n"}:
            self._check(line)
        return line

    def _check(self, line: bytes) -> None:
        name, colon, value = line.removesuffix(b"\r\n").partition(b":")
        if not colon or not _NAME.fullmatch(name) or _CONTROL.search(value):
            raise ValueError("A header line is malformed.")
        title = name.title()
        if title in _ONCE and title in self._seen:
            raise ValueError(f"The header {title.decode()} is there twice.")
        self._seen.add(title)


class Request(HTTPRequest):
    """One request."""

    header_reader = Headers()

    def simple_response(self, status: str, msg: str = "") -> None:
        """Answer that the request cannot be read; nothing more of this connection is."""
        log.info("a request could not be read: %s", status)
        self.conn.refused = True
        super().simple_response(status, msg)

    def read_request_line(self) -> bool:
        """Whether the line is one."""
        try:
            return bool(super().read_request_line())  # type: ignore[no-untyped-call]  # cheroot's
        except ValueError:  # of urlsplit: cheroot would call it an error of the server
            self.simple_response("400 Bad Request", "Malformed Request-URI")
            return False

    def read_request_headers(self) -> bool:
        """Whether the headers are some."""
        read = bool(super().read_request_headers())  # type: ignore[no-untyped-call]  # cheroot's
        if read and b"Transfer-Encoding" in self.inheaders and not self.chunked_read:
            self.simple_response("400 Bad Request", "HTTP/1.0 knows no transfer coding.")
            return False
        return read


class Connection(HTTPConnection):
    """One connection, which `server.open` counts."""

    RequestHandlerClass = Request

    def __init__(self, server: Any, sock: socket.socket, makefile: Any) -> None:
        super().__init__(server, sock, makefile)
        self._sides = Timed(sock, "rb", HEAD_SECONDS), Timed(sock, "wb", HEAD_SECONDS)
        self.rfile: Any = Reader(self._sides[0])
        self.wfile: Any = Writer(self._sides[1])
        self._asks = select.poll()
        self._asks.register(sock, select.POLLIN)
        self.refused = False
        server.open.add(self)

    def communicate(self) -> bool:
        """Answer a request, and those that follow at once; whether the connection may go on.

        Most clients ask again within a millisecond. To hand the connection to cheroot's selector
        and back takes longer than to answer many a request.
        """
        self.allow(HEAD_SECONDS)
        while super().communicate():  # type: ignore[no-untyped-call]  # cheroot's
            if not self._asks_again():
                return True
            self.allow(HEAD_SECONDS)
        return False

    def _asks_again(self) -> bool:
        """Whether the next request is there, or begins before anybody needs the thread."""
        if self.rfile.has_data():
            return True
        return self.server.can_wait and bool(self._asks.poll(PATIENCE_MS))

    def allow(self, seconds: float) -> None:
        """Begin to measure anew: what is to come has so many seconds, and more as it moves."""
        for side in self._sides:
            side.allow(seconds)

    def close(self) -> None:
        """Close the connection.

        What a client goes on to send would have the system tell it of nothing but a broken
        connection: so it is heard for a moment, that it may read why it was refused.
        """
        self.server.open.discard(self)
        if self.refused:
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)
                self.allow(LINGER_SECONDS)
                for _ in range(MOST_LINGERED):
                    if not self.rfile.raw.read(_PIECE):
                        break
        super().close()


class Arriving(io.RawIOBase):
    """A request's body as it arrives, to its end, trailers too.

    Reading raises Refusal where it is not of the form or length that it should have; nothing more
    is heard of this client then.
    """

    def __init__(self, request: Any, limit: int) -> None:
        self._request, self._stream, self._limit = request, request.conn.rfile, limit
        self._chunked: bool = request.chunked_read
        self._left = 0 if self._chunked else int(request.inheaders.get(b"Content-Length", 0))
        self._found = 0
        self._begun = self._ended = False
        self._refusal: Refusal | None = None
        request.rfile.remaining = 0  # cheroot would read what is left before it answers

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next bytes, none at the end."""
        if self._refusal is not None:
            raise self._refusal
        if not self._begun:
            self._request.conn.allow(BODY_SECONDS)
        if not self._left and not self._ended:
            self._advance()
        if self._ended:
            return 0
        if self._found + self._left > self._limit:
            raise self._refused(_TOO_LARGE, "The body is larger than it may be.")
        count: int = self._stream.readinto(memoryview(buffer)[: self._left])
        if not count:
            raise self._broken()
        self._left -= count
        self._found += count
        self._begun = True
        return count

    def pass_over(self) -> None:
        """Read what nobody has wanted to know."""
        with suppress(Refusal):
            while self.read(_PIECE):
                pass

    def _advance(self) -> None:
        """To the next chunk, or to the end."""
        if not self._chunked:
            self._ended = True
            return
        if self._begun and self._stream.readline(_LONGEST_LINE) != b"\r\n":
            raise self._broken()
        line = _CHUNK.fullmatch(self._stream.readline(_LONGEST_LINE))
        if line is None:
            raise self._broken()
        self._left = int(line[1], 16)
        if not self._left:
            self._pass_trailers()
            self._ended = True

    def _pass_trailers(self) -> None:
        left = LARGEST_HEAD
        while (line := self._stream.readline(_LONGEST_LINE)) != b"\r\n":
            left -= len(line)
            if not line.endswith(b"\r\n") or left < 0:
                raise self._broken()

    def _broken(self) -> Refusal:
        return self._refused(_INCOMPLETE, "The body is broken or incomplete.")

    def _refused(self, fault: Fault, why: str) -> Refusal:
        self._request.conn.refused = True
        self._request.close_connection = True
        self._refusal = Refusal(fault, why)
        return self._refusal
