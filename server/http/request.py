"""A request's head: strict about its form, and bounded.

Two readers of one request must not disagree where it ends, whatever stands between them: so what
HTTP leaves open is refused (RFC 9112, sections 5 and 6). cheroot is laxer.
"""

import io
import logging
import re
from typing import Any
from urllib.parse import urlsplit

from cheroot import errors
from cheroot.server import HeaderReader, HTTPRequest

from . import limits

log = logging.getLogger(__name__)

_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_LENGTH = re.compile(rb"[0-9]{1,18}")
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_ONCE = frozenset({b"Content-Length", b"Transfer-Encoding", b"Host", b"Authorization", b"Expect"})


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
        if len(found.get(b"Host", b"")) > limits.LONGEST_HOST:
            raise ValueError("The header Host is too long.")
        return found


class _Checked:
    """Lines of headers, each of a form that leaves no doubt."""

    def __init__(self, rfile: Any) -> None:
        self._rfile = rfile
        self._seen: set[bytes] = set()
        self._count = 0

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
        self._count += 1
        if self._count > limits.MOST_HEADERS:
            raise errors.MaxSizeExceeded


_READER = Headers()


class Request(HTTPRequest):
    """One request."""

    expects_continue = False
    """Whether the client wants to be told to send the body."""

    _slashes = 0
    _expect = b""

    def read(self, head: bytes) -> None:
        """Read the head; the request is `ready` then, or answered with a refusal."""
        line, end, headers = head.partition(b"\r\n")
        method, space, target = line.partition(b" ")
        if target.startswith(b"//"):  # a path, which cheroot would take for another host
            path = target.lstrip(b"/")
            self._slashes = len(target) - len(path) - 1
            head = b"".join((method, space, b"/", path, end, headers))
        self.conn.rfile = io.BytesIO(head)
        self.parse_request()

    def simple_response(self, status: str, msg: str = "") -> None:
        """Answer that the request cannot be read; nothing more of this connection is."""
        log.info("a request could not be read: %s", status)
        self.conn.refused = True
        super().simple_response(status, msg)

    def read_request_line(self) -> bool:
        """Whether the line is one."""
        try:
            read = bool(super().read_request_line())  # type: ignore[no-untyped-call]  # cheroot's
            if read and self._slashes:
                self.uri = b"/" * self._slashes + self.uri
                urlsplit(self.uri)  # as moto will
        except ValueError:  # of urlsplit: cheroot would call it an error of the server
            self.simple_response("400 Bad Request", "Malformed Request-URI")
            return False
        if read and self.qs.count(b"&") >= limits.MOST_PARAMETERS:
            why = f"There are more than {limits.MOST_PARAMETERS} parameters in the query."
            self.simple_response("400 Bad Request", why)
            return False
        return read

    def header_reader(self, rfile: Any, hdict: dict[bytes, bytes]) -> None:
        """Read the headers, and keep cheroot from asking for a body that nobody has judged."""
        _READER(rfile, hdict)
        self._expect = hdict.pop(b"Expect", b"")

    def read_request_headers(self) -> bool:
        """Whether the headers are some."""
        if not super().read_request_headers():  # type: ignore[no-untyped-call]  # cheroot's
            return False
        if b"Transfer-Encoding" in self.inheaders and not self.chunked_read:
            self.simple_response("400 Bad Request", "HTTP/1.0 knows no transfer coding.")
            return False
        if self._expect:
            self.inheaders[b"Expect"] = self._expect
            if self._expect.lower() != b"100-continue":
                self.simple_response("417 Expectation Failed", "Only 100-continue may be expected.")
                return False
            self.expects_continue = self.request_protocol == b"HTTP/1.1"
        return True
