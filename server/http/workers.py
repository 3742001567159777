"""The threads that work on connections: few at a time, more where all of them wait for something.

They share one interpreter: where many run at once, each takes it from the others, and answers come
late and in no order. So FEW run, and the other connections wait in the order of their arrival.
A thread that waits for a client does not count. Where none has taken a connection for a while, all
wait for something else, such as a request of their own to this server: then more may run.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .connection import Connection

log = logging.getLogger(__name__)

FEW = 4
MOST = 320
"""Above the places of requests of ours, of other services, and of bodies (120, 120 and 64): who
asks for the server's health finds a thread."""

_STALL_SECONDS = 0.04
_SPARE = 16  # idle threads that stay


class Server(Protocol):
    """Who owns the connections."""

    def put_conn(self, conn: "Connection") -> None:
        """Wait for more of a connection, without a thread."""


class Workers:
    """A pool of threads; cheroot knows it as its `requests`."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._queue: deque[Connection] = deque()
        self._change = threading.Condition()
        self._at_work: dict[threading.Thread, Connection | None] = {}
        self._idle = self._away = self._more = 0
        self._taken = self._taken_before = 0
        self._looked = 0.0
        self._stopped = False

    @property
    def qsize(self) -> int:
        """How many connections wait for a thread."""
        return len(self._queue)

    @property
    def idle(self) -> int:
        """How many threads have nothing to do."""
        return self._idle

    @property
    def can_stay(self) -> bool:
        """Whether a thread may stay with a client that it has answered: nobody else needs it."""
        return not self._queue and self._away < FEW - 1 and not self._stopped

    def start(self) -> None:
        """Threads start as they are needed."""

    def put(self, conn: "Connection") -> None:
        """Have a thread work on a connection."""
        with self._change:
            self._queue.append(conn)
            self._call()

    def relieve(self) -> None:
        """Let more threads run, if for a while none has taken a connection that waits."""
        now = time.monotonic()
        with self._change:
            if now - self._looked < _STALL_SECONDS:
                return
            self._looked = now
            if self._taken != self._taken_before or not self._queue:
                self._taken_before = self._taken
                self._more -= (self._more + 7) // 8
                return
            self._more += max(FEW, self._more // 2)
            for _ in range(len(self._queue)):
                self._call()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Meanwhile the thread waits for its client, and another may run in its place."""
        with self._change:
            self._away += 1
            self._call()
        try:
            yield
        finally:
            with self._change:
                self._away -= 1

    def stop(self, seconds: float) -> None:
        """End all threads; what they work on has so many seconds to end."""
        with self._change:
            self._stopped = True
            self._change.notify_all()
            threads = list(self._at_work)
        end = time.monotonic() + seconds
        for thread in threads:
            thread.join(max(end - time.monotonic(), 0))
            conn = self._at_work.get(thread)
            if conn is not None:
                with suppress(OSError):
                    conn.shut_down()
            thread.join()

    def _may_run(self, more: int) -> bool:
        running = len(self._at_work) - self._idle - self._away
        return running + more <= FEW + self._more

    def _call(self) -> None:
        """Have one more thread take a connection, if one may."""
        if not self._queue or not self._may_run(1):
            return
        if self._idle:
            self._idle -= 1  # it is called, and runs from now on
            self._change.notify()
        elif len(self._at_work) < MOST:
            thread = threading.Thread(target=self._work, name="http worker")
            self._at_work[thread] = None
            try:
                thread.start()
            except RuntimeError:  # the system has none left: those that run go on
                del self._at_work[thread]

    def _work(self) -> None:
        me = threading.current_thread()
        while (conn := self._next(me)) is not None:
            try:
                if conn.work():
                    self._server.put_conn(conn)
                else:
                    conn.close()
            except Exception:  # a thread outlives whatever went wrong with a connection
                log.exception("a connection failed")
                with suppress(Exception):
                    conn.close()

    def _next(self, me: threading.Thread) -> "Connection | None":
        with self._change:
            self._at_work[me] = None
            while True:
                if self._queue and (self._may_run(0) or self._stopped):
                    self._taken += 1
                    conn = self._at_work[me] = self._queue.popleft()
                    return conn
                if self._stopped or self._idle >= _SPARE:
                    del self._at_work[me]
                    return None
                self._idle += 1
                self._change.wait()
