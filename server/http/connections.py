"""The connections that no thread works on: the selector's thread accepts them, waits for what their
clients send, and ends those that take too long."""

import errno
import logging
import selectors
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from gluematch.server.shares import Shares

from . import limits

if TYPE_CHECKING:
    from .connection import Connection

log = logging.getLogger(__name__)

_ROUND = 0.5
_BUSY_ROUND = 0.01  # where connections wait for threads, see Workers.relieve
_ACCEPTED_AT_ONCE = 256
_SECONDS_BETWEEN_WARNINGS = 60.0
_NOTHING_LEFT = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Connections:
    """What cheroot calls its `_connections`: `run` is the life of the selector's thread.

    Whoever takes a connection out of those that wait, owns it; so no two ever work on one.
    """

    def __init__(self, server: Any, most: int) -> None:
        self._server, self._most = server, most
        self._lock = threading.Lock()
        self._idle: dict[Connection, None] = {}  # both in the order in which they came to wait
        self._unfinished: dict[Connection, None] = {}
        self._places = Shares(limits.BODY_PLACES)
        self._selector = selectors.DefaultSelector()
        self._listens = False
        self._stopping = threading.Event()
        self._ended = threading.Event()
        self._ended.set()
        self._warned_at = -_SECONDS_BETWEEN_WARNINGS
        server.socket.settimeout(0)
        self._listen()

    def put(self, conn: "Connection") -> None:
        """Wait until the client sends or takes more, or until there is a place for its body."""
        if self._stopping.is_set():
            conn.close()
            return
        with self._lock:
            if conn.waits_its_turn or (conn.needs_place and self._places.take(conn.peer)):
                self._server.requests.put(conn)
            else:
                (self._idle if conn.idle else self._unfinished)[conn] = None
                if not conn.needs_place:
                    self._selector.register(conn.socket, conn.event, conn)

    def give_back(self, conn: "Connection") -> None:
        """Give back the place of a body, which the first takes that may have it."""
        with self._lock:
            self._places.give_back(conn.peer)
            for other in self._unfinished:
                if other.needs_place and self._places.take(other.peer):
                    del self._unfinished[other]
                    self._server.requests.put(other)
                    return

    def run(self, _expiration_interval: float) -> None:
        """Serve until `stop`."""
        self._ended.clear()
        workers = self._server.requests
        checked = time.monotonic()
        try:
            while not self._stopping.is_set():
                for key, _ in self._selector.select(_BUSY_ROUND if workers.qsize else _ROUND):
                    if key.data is None:
                        self._accept()
                    elif self._take(key.data):
                        workers.put(key.data)
                workers.relieve()
                if time.monotonic() - checked > _ROUND:
                    checked = time.monotonic()
                    self._expire(checked)
                    self._listen()
        finally:
            self._ended.set()

    def stop(self) -> None:
        """End `run`."""
        self._stopping.set()
        self._ended.wait()

    def close(self) -> None:
        """Close every connection that waits."""
        with self._lock:
            waiting = [*self._idle, *self._unfinished]
            self._idle.clear()
            self._unfinished.clear()
        for conn in waiting:
            conn.close()
        self._selector.close()

    def _listen(self) -> None:
        if not self._listens:
            self._selector.register(self._server.socket, selectors.EVENT_READ)
            self._listens = True

    def _accept(self) -> None:
        """Accept all that have come."""
        for _ in range(_ACCEPTED_AT_ONCE):
            try:
                sock, address = self._server.socket.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in _NOTHING_LEFT and not self._make_room():
                    self._selector.unregister(self._server.socket)  # until the next round
                    self._listens = False
                    return
                continue
            if len(self._server.open) >= self._most and not self._make_room():
                sock.close()
            else:
                self._begin(sock, address)

    def _begin(self, sock: socket.socket, address: tuple[Any, ...]) -> None:
        try:
            self._server.requests.put(self._server.connection(sock, address))
        except OSError as error:  # it has gone already
            log.info("a connection could not be begun: %s", error)
            sock.close()

    def _make_room(self) -> bool:
        """Close the connection that has been idle longest, else the one that has sent nothing for
        longest; whether there was one."""
        if time.monotonic() - self._warned_at > _SECONDS_BETWEEN_WARNINGS:
            self._warned_at = time.monotonic()
            log.warning(
                "%d connections are open, no more may be: the oldest idle ones are closed",
                len(self._server.open),
            )
        with self._lock:
            oldest = next(iter(self._idle), None) or next(iter(self._unfinished), None)
        if oldest is None or not self._take(oldest):
            return False
        oldest.close()
        return True

    def _expire(self, now: float) -> None:
        with self._lock:
            late = [conn for conn in (*self._idle, *self._unfinished) if conn.deadline <= now]
        for conn in late:
            if self._take(conn):
                conn.late = True
                self._server.requests.put(conn)

    def _take(self, conn: "Connection") -> bool:
        """Take a connection out of those that wait; whether it was there."""
        with self._lock:
            waits_in = self._idle if conn in self._idle else self._unfinished
            if conn not in waits_in:
                return False
            del waits_in[conn]
        if not conn.needs_place:
            with suppress(KeyError):
                self._selector.unregister(conn.socket)
        return True
