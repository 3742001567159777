"""The two sides of a connection: timed, and buffered by the interpreter rather than by cheroot."""

import io
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

SLOWEST = 2**10
"""Bytes that earn a peer one more second."""

_BUFFER = 64 * 2**10


class Timed(socket.SocketIO):
    """A side of a socket that waits for its peer so long; bytes that move earn it more time."""

    def __init__(self, sock: socket.socket, mode: Any, seconds: float) -> None:
        super().__init__(sock, mode)
        self._socket = sock
        self._most = self._left = seconds
        self.silent = False

    def allow(self, seconds: float) -> None:
        """Begin anew, with so many seconds, and never more."""
        self._most = self._left = seconds

    def readinto(self, buffer: Any) -> int | None:
        """Receive what is there, nothing while it is `silent`. Raises TimeoutError."""
        return None if self.silent else self._timed(super().readinto, buffer)

    def write(self, data: Any) -> int | None:
        """Send what can be sent. Raises TimeoutError."""
        return self._timed(super().write, data)

    def _timed(self, move: Callable[[Any], int | None], data: Any) -> int | None:
        if self._left <= 0:
            raise TimeoutError("timed out")  # the words that cheroot knows
        self._socket.settimeout(self._left)
        began = time.monotonic()
        moved = move(data)
        waited = time.monotonic() - began
        self._left = min(self._left - waited + (moved or 0) / SLOWEST, self._most)
        return moved


class Reader(io.BufferedReader):
    """What a client sends."""

    bytes_read = 0

    def __init__(self, side: Timed) -> None:
        super().__init__(side, _BUFFER)
        self._side = side

    def has_data(self) -> bool:
        """Whether something has been received that nobody has read."""
        self._side.silent = True
        try:
            return bool(self.peek(1))
        finally:
            self._side.silent = False


class Writer:
    """What a client is sent: at once, or `together`."""

    bytes_written = 0

    def __init__(self, side: Timed) -> None:
        self._side = side
        self._held: list[bytes] | None = None

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
        left = memoryview(data)
        while left:
            left = left[self._side.write(left) or 0 :]
