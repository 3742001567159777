"""One connection: its requests one after another, in steps that never wait for the client.

A step ends where more must arrive: the connection goes back to the selector then, and costs no
thread. Only what is PUT to S3 is read, and answers are written, by a thread that waits.
"""

import io
import logging
import selectors
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from cheroot.server import HTTPConnection

from gluematch.server.protocol.dialects import Refusal
from gluematch.server.protocol.faults import RETRY_AFTER
from gluematch.server.shares import THROTTLED

from . import limits
from .gateway import Gateway
from .request import Request
from .timed_io import Input, TimedSocket, Writer

log = logging.getLogger(__name__)

STAY_SECONDS = 0.02
"""So long a thread stays with a client that it has answered, while few others are at work."""

_MOST_LINGERED = 1024

Steps = Iterator[None]


class Connection(HTTPConnection):
    """One connection, which `server.open` counts.

    What the selector's thread must know of one that waits: until when (`deadline`), whether it is
    between two requests (`idle`), whether its client is to send or to take something (`event`), and
    whether it waits for a place, or for its turn, instead of for its client.
    """

    RequestHandlerClass = Request

    def __init__(self, server: Any, sock: socket.socket, address: tuple[Any, ...]) -> None:
        super().__init__(server, sock, lambda *_: None)
        self.remote_addr, self.remote_port = address[:2]
        self.timed = TimedSocket(sock, server.requests.away)
        self.input = Input(self.timed)
        self.wfile: Any = Writer(self.timed)
        self.refused = self.late = self.needs_place = self.waits_its_turn = False
        self.event = selectors.EVENT_READ
        self.idle = True
        self.deadline = 0.0
        self._steps = self._requests()
        server.open.add(self)

    @property
    def peer(self) -> str:
        """Who shares places with others."""
        return str(self.remote_addr)

    def work(self) -> bool:
        """Do the next step; whether there is another one, once more has arrived."""
        return next(self._steps, self) is None

    def wait(self) -> Steps:
        """Let the selector wait for the client. Raises TimeoutError."""
        began = time.monotonic()
        self.deadline = began + self.timed.left
        yield
        self.timed.spend(time.monotonic() - began)
        if self.late:
            self.late = False
            raise TimeoutError("timed out")

    def flush(self) -> Steps:
        """Let the selector wait until the client has taken all that it was sent."""
        while self.wfile.has_data():
            self.event = selectors.EVENT_WRITE
            try:
                yield from self.wait()
            except TimeoutError:
                raise ConnectionError("the client does not take its answer") from None
            finally:
                self.event = selectors.EVENT_READ
            self.wfile.flush()

    def take_place(self) -> Steps:
        """Wait for a place for the body, which is to be given back. Raises Refusal."""
        self.deadline = time.monotonic() + limits.BODY_SECONDS
        self.needs_place = True
        yield
        self.needs_place = False
        if self.late:
            self.late = False
            why = "Rate exceeded: too many bodies arrive at a time."
            raise Refusal(THROTTLED, why, RETRY_AFTER)

    def give_back_place(self) -> None:
        """Give back the place that was taken."""
        self.server.give_back_place(self)

    def shut_down(self) -> None:
        """Have a thread that waits for the client give up."""
        self.socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection."""
        self.server.open.discard(self)
        self._steps.close()  # type: ignore[attr-defined]  # it is a generator
        self.rfile = io.BytesIO()  # cheroot closes it
        super().close()

    def _requests(self) -> Steps:
        while True:
            request = Request(self.server, self)
            try:
                yield from self._read(request)
                if request.ready:
                    yield from Gateway(request).answer()
                yield from self.flush()
            except Exception as error:  # a thread outlives whatever went wrong with a request
                self._fail(request, error)
                break
            if request.close_connection or not request.ready:
                break
        if self.refused:
            yield from self._linger()

    def _fail(self, request: Request, error: Exception) -> None:
        """Log why a request was not answered; answer so, if that is still possible."""
        status = "500 Internal Server Error"
        if isinstance(error, TimeoutError):
            status = "408 Request Timeout"
        elif isinstance(error, (ConnectionError, ssl.SSLError)):
            log.info("a connection has ended: %s", error)
            return
        else:
            log.error("a request failed", exc_info=error)
        with suppress(OSError):
            self._conditional_error(request, status)  # type: ignore[attr-defined]  # cheroot's stub lacks it

    def _read(self, request: Request) -> Steps:
        """Read a request's head; it is not `ready` where none comes, or none that can be read."""
        self.idle = True
        self.timed.allow(limits.KEEP_ALIVE_SECONDS)
        try:
            yield from self._first_bytes(answered=self.requests_seen > 0)
        except TimeoutError:
            return
        self.requests_seen += 1
        self.idle = False
        self.timed.allow(limits.HEAD_SECONDS)
        while (head := self.input.head(limits.LARGEST_HEAD)) is None:
            try:
                self.input.fill()
            except BlockingIOError:
                yield from self.wait()
        if head:
            request.read(head)

    def _first_bytes(self, *, answered: bool) -> Steps:
        """Most clients ask again within a millisecond. To hand the connection to the selector and
        back takes longer than to answer many a request. Whoever has asked already lets others pass
        that wait."""
        if answered and self.input.has_data():
            yield from self._let_others_pass()
        elif answered and not self._asks_again():
            yield from self.wait()
        while not self.input and not self.input.ended:
            try:
                self.input.fill()
            except BlockingIOError:
                yield from self.wait()

    def _let_others_pass(self) -> Steps:
        if self.server.requests.qsize:
            self.waits_its_turn = True
            yield
            self.waits_its_turn = False

    def _asks_again(self) -> bool:
        return self.server.requests.can_stay and self.timed.ready_within(STAY_SECONDS)

    def _linger(self) -> Steps:
        """What a client goes on to send would have the system tell it of nothing but a broken
        connection: so it is heard for a moment, that it may read why it was refused."""
        self.idle = True
        end = time.monotonic() + limits.LINGER_SECONDS
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)
            for _ in range(_MOST_LINGERED):
                self.timed.allow(end - time.monotonic())
                try:
                    if not self.timed.receive():
                        return
                except BlockingIOError:
                    yield from self.wait()
