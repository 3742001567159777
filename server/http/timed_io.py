"""A connection's socket, which waits no longer than its peer has time, and what is read from it."""

import select
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

from . import limits

Received = TypeVar("Received", int, bytes)

_BUFFER = 64 * 2**10
_WOULD_BLOCK = (ssl.SSLWantReadError, ssl.SSLWantWriteError)


class TimedSocket:
    """A socket whose peer has so many seconds; bytes that move earn it more.

    `waiting` is entered while a thread waits for the peer.
    """

    def __init__(
        self, sock: socket.socket, waiting: Callable[[], AbstractContextManager[None]]
    ) -> None:
        sock.settimeout(0)
        self._socket = sock
        self._waiting = waiting
        self._most = self.left = 0.0

    def allow(self, seconds: float) -> None:
        """Begin anew, with so many seconds, and never more."""
        self._most = self.left = seconds

    def spend(self, seconds: float) -> None:
        """Take off seconds for which the peer was waited for."""
        self.left -= seconds

    def receive(self) -> bytes:
        """What is there, nothing at the end. Raises BlockingIOError."""
        try:
            data = self._socket.recv(_BUFFER)
        except _WOULD_BLOCK:
            raise BlockingIOError from None
        self._earn(len(data))
        return data

    def receive_into(self, buffer: memoryview) -> int:
        """Receive what is there, nothing at the end. Raises BlockingIOError."""
        try:
            count = self._socket.recv_into(buffer)
        except _WOULD_BLOCK:
            raise BlockingIOError from None
        self._earn(count)
        return count

    def send(self, data: bytes | memoryview) -> None:
        """Send all of it. Raises TimeoutError."""
        while rest := self.send_now(data):
            self.wait(select.POLLOUT)
            data = rest

    def send_now(self, data: bytes | memoryview) -> memoryview:
        """Send what the peer takes without being waited for; the rest of the data."""
        rest = memoryview(data)
        while rest:
            try:
                count = self._socket.send(rest)
            except (BlockingIOError, *_WOULD_BLOCK):
                break
            self._earn(count)
            rest = rest[count:]
        return rest

    def wait(self, event: int = select.POLLIN) -> None:
        """Wait for the peer, as long as it has time. Raises TimeoutError."""
        began = time.monotonic()
        if not self.ready_within(max(self.left, 0), event):
            raise TimeoutError("timed out")
        self.spend(time.monotonic() - began)

    def ready_within(self, seconds: float, event: int = select.POLLIN) -> bool:
        """Whether the peer sends (or takes) something within so many seconds."""
        poll = select.poll()
        poll.register(self._socket, event)
        with self._waiting():
            return bool(poll.poll(seconds * 1000))

    def has_data(self) -> bool:
        """Whether TLS has decrypted more than was received of it: no selector sees that."""
        return isinstance(self._socket, ssl.SSLSocket) and self._socket.pending() > 0

    def _earn(self, count: int) -> None:
        self.left = min(self.left + count / limits.SLOWEST, self._most)


class Input:
    """What a client has sent and nobody has read yet.

    Reading raises BlockingIOError where more must come first, and has taken nothing then; while it
    is `patient`, it waits instead, and raises TimeoutError.
    """

    def __init__(self, source: TimedSocket) -> None:
        self._source = source
        self._data = bytearray()
        self._searched = 0
        self.ended = False
        self.patient = False

    def __len__(self) -> int:
        return len(self._data)

    def has_data(self) -> bool:
        """Whether there is something to read."""
        return bool(self._data) or self._source.has_data()

    def fill(self) -> None:
        """Receive more, or learn of the end."""
        data = self._patiently(self._source.receive)
        self._data += data
        self.ended = not data

    def head(self, most: int) -> bytes | None:
        """A request's head, once all of it is there; what there is at the end or beyond `most`."""
        end = self._data.find(b"\r\n\r\n", max(self._searched - 3, 0))
        self._searched = len(self._data)
        if end < 0 and not self.ended and len(self._data) <= most:
            return None
        self._searched = 0
        return self.take(end + 4 if end >= 0 else len(self._data))

    def take(self, count: int) -> bytes:
        """So many of the bytes that are there."""
        taken = bytes(self._data[:count])
        del self._data[:count]
        return taken

    def readline(self, most: int) -> bytes:
        """The next line, `most` bytes of it, or what there is at the end."""
        while True:
            end = self._data.find(b"\n", 0, most)
            if end >= 0 or self.ended or len(self._data) >= most:
                return self.take(end + 1 if end >= 0 else min(most, len(self._data)))
            self.fill()

    def readinto(self, buffer: memoryview) -> int:
        """The next bytes, none at the end."""
        if not self._data:
            count = self._patiently(lambda: self._source.receive_into(buffer))
            self.ended = not count
            return count
        count = min(len(buffer), len(self._data))
        buffer[:count] = self.take(count)
        return count

    def _patiently(self, read: Callable[[], Received]) -> Received:
        while True:
            try:
                return read()
            except BlockingIOError:
                if not self.patient:
                    raise
                self._source.wait()


class Writer:
    """What a client is sent: at once, or `together`.

    A little that the client does not take yet is kept, so that no thread waits for it.
    """

    bytes_written = 0

    def __init__(self, target: TimedSocket) -> None:
        self._target = target
        self._held: list[bytes] | None = None
        self._unsent = b""

    def has_data(self) -> bool:
        """Whether the client has yet to take something."""
        return bool(self._unsent)

    def flush(self) -> None:
        """Send what the client takes now of what it has not taken."""
        self._unsent = bytes(self._target.send_now(self._unsent))

    def write(self, data: bytes) -> None:
        """Send `data`, or keep it until the block of `together` ends."""
        if self._held is not None:
            self._held.append(data)
        else:
            self._send(data)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Send all that is written in the block as one."""
        held: list[bytes] = []
        self._held = held
        try:
            yield
        finally:
            self._held = None
        self._send(b"".join(held))

    def _send(self, data: bytes) -> None:
        if self._unsent and len(self._unsent) + len(data) > limits.UNSENT:
            self._target.send(self._unsent)
            self._unsent = b""
        rest = self._target.send_now(self._unsent + data if self._unsent else data)
        if len(rest) > limits.UNSENT:
            self._target.send(rest)
            rest = rest[:0]
        self._unsent = bytes(rest)
