"""One request as WSGI: its environ, its body, its answer."""

import io
import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from cheroot import wsgi

from gluematch.server.neighbours import headers
from gluematch.server.protocol import dialects
from gluematch.server.protocol.dialects import Fault, Refusal
from gluematch.server.protocol.faults import RETRY_AFTER
from gluematch.server.signatures import HEADERS

from . import limits
from .body import Body

if TYPE_CHECKING:
    from .connection import Steps
    from .request import Request

log = logging.getLogger(__name__)

_PIECE = 256 * 2**10
_NO_ROOM = Fault(
    ("InternalServiceException", 500), ("ServiceUnavailable", 503), ("ServiceUnavailable", 503)
)

BROKEN = "gluematch.broken"
"""The WSGI environ's entry that says why a request has no body to speak of: a Refusal."""


class Gateway(wsgi.Gateway_10):
    """Receives a request's body and has the application answer.

    What is PUT to S3 is read by the application itself, as it arrives. Every other body is there
    before the application runs. Where a body does not come along with its head, the head is judged
    first, and a body that is not small needs a place.
    """

    def __init__(self, request: "Request") -> None:
        request.rfile = io.BytesIO()
        super().__init__(request)
        self._body = Body(request, request.conn.input, limits.largest_body(self.env))
        self._admitted = False

    def get_environ(self) -> dict[str, Any]:  # type: ignore[override]  # cheroot's stub lacks it
        """The environ of WSGI, and what WSGI loses of a request."""
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]  # so here
        sent = [(_text(name), _text(value)) for name, value in self.req.inheaders.items()]
        headers.keep_names(environ, sent)
        environ[HEADERS] = {name.lower(): value for name, value in sent}
        # cheroot leaves %2F in the path; moto reads the undecoded path elsewhere
        path = environ["REQUEST_URI"].partition("?")[0]
        environ["PATH_INFO"] = _text(unquote_to_bytes(path.encode("latin-1")))
        environ["RAW_URI"] = environ["REQUEST_URI"]
        return environ

    def answer(self) -> "Steps":
        """Receive the body and answer, in steps."""
        self.req.conn.timed.allow(limits.BODY_SECONDS)
        streams = self.env["REQUEST_METHOD"] == "PUT" and dialects.of(self.env) == "s3"
        with ExitStack() as places:
            try:
                if not streams:
                    yield from self._receive(places)
                elif not self._body.has_arrived:
                    yield from self._admit(places)
                    yield from self._await_small()
            except Refusal as refusal:  # what breaks off must not become a shorter body
                self._refuse(refusal)
            if streams and BROKEN not in self.env:
                self._stream()
            else:
                self._respond()
        yield from self.req.conn.flush()
        if not self.req.close_connection and not self.req.conn.refused:
            yield from self._pass_over()

    def write(self, chunk: bytes) -> None:
        """Send a piece of the answer; the first one goes with the headers, if it fits."""
        for piece in _pieces(chunk):
            with self.req.conn.wfile.together():  # the headers, if they were not sent
                super().write(piece)
            if self.remaining_bytes_out is not None:
                self.remaining_bytes_out -= len(piece)

    def _receive(self, places: ExitStack) -> "Steps":
        """Receive all of the body, in memory or in a file."""
        body = self._body
        if body.is_empty:
            return
        if body.is_unasked:
            yield from self._admit(places)
        room = places.enter_context(_closing(_room()))
        buffer = memoryview(bytearray(_PIECE if not body.has_arrived else limits.LARGEST_HEAD))
        while True:
            try:
                count = body.readinto(buffer)
            except BlockingIOError:
                yield from self._admit(places)
                yield from self.req.conn.wait()
                continue
            if not count:
                break
            with _a_full_disk_refused():
                room.write(buffer[:count])
            if not body.has_arrived and not body.is_small:
                yield from self._admit(places)
        with _a_full_disk_refused():
            length = room.tell()
            room.seek(0)
        self._hand_over(room, length)

    def _admit(self, places: ExitStack) -> "Steps":
        """Judge the head, and take a place for a body that is not small. Raises Refusal."""
        if self._admitted:
            return
        self._admitted = True
        self.req.server.judge(self.env)
        if not self._body.is_small:
            yield from self.req.conn.take_place()
            places.callback(self.req.conn.give_back_place)
            self.req.conn.timed.allow(limits.BODY_SECONDS)

    def _await_small(self) -> "Steps":
        """Wait for all of a small body, so that no thread has to."""
        if not self._body.is_small:
            return
        self._body.ask()
        while not self._body.has_arrived:
            try:
                self.req.conn.input.fill()
            except BlockingIOError:
                yield from self.req.conn.wait()
            if self.req.conn.input.ended:
                return

    def _refuse(self, refusal: Refusal) -> None:
        self.env[BROKEN] = refusal
        self._hand_over(io.BytesIO(), 0)
        self.req.conn.refused = self.req.close_connection = True

    def _hand_over(self, body: IO[bytes], length: int) -> None:
        """Have the application read a body whose length is known."""
        self.env.pop("HTTP_TRANSFER_ENCODING", None)
        self.env["CONTENT_LENGTH"] = str(length)
        self.env["wsgi.input"] = body

    def _stream(self) -> None:
        """Have the application read the body as it arrives."""
        self.env["wsgi.input"] = io.BufferedReader(self._body, _PIECE)
        received = self.req.conn.input
        received.patient = True
        try:
            self._respond()
        finally:
            received.patient = False

    def _respond(self) -> None:
        timed = self.req.conn.timed
        timed.allow(limits.BODY_SECONDS)
        self.respond()
        self.req.ensure_headers_sent()
        if self.req.chunked_write:
            self.req.conn.wfile.write(b"0\r\n\r\n")

    def _pass_over(self) -> "Steps":
        """Read what the application did not want of a body, unless nobody has asked for it."""
        if self._body.is_unasked:
            self.req.close_connection = True
            return
        buffer = memoryview(bytearray(limits.LARGEST_HEAD))
        self.req.conn.timed.allow(limits.BODY_SECONDS)
        try:
            while True:
                try:
                    if not self._body.readinto(buffer):
                        return
                except BlockingIOError:
                    yield from self.req.conn.wait()
        except Refusal:
            pass  # the connection will be closed


def _room() -> SpooledTemporaryFile[bytes]:
    return SpooledTemporaryFile(max_size=limits.IN_MEMORY)


@contextmanager
def _closing(room: SpooledTemporaryFile[bytes]) -> Iterator[SpooledTemporaryFile[bytes]]:
    """Close it at the end, also where the disk does not take what is left."""
    try:
        yield room
    finally:
        with suppress(OSError):
            room.close()


@contextmanager
def _a_full_disk_refused() -> Iterator[None]:
    """Raise Refusal where a body cannot be written to its file."""
    try:
        yield
    except OSError as error:
        log.error("a body cannot be received: %s", error.strerror)
        why = f"The request cannot be received: {error.strerror}."
        raise Refusal(_NO_ROOM, why, RETRY_AFTER) from None


def _pieces(chunk: bytes) -> Iterator[bytes]:
    if len(chunk) <= _PIECE:
        yield chunk
        return
    view = memoryview(chunk)
    for start in range(0, len(view), _PIECE):
        yield bytes(view[start : start + _PIECE])


def _text(raw: bytes) -> str:
    return raw.decode("latin-1")
