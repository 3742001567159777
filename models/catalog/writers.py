"""Writers take turns, and those who wait meanwhile are committed together.

A commit waits for the disk. Who has written and finds others waiting lets them write into the same
transaction, each in a savepoint of its own, so that who fails takes back only what is his. The last
one commits for all, and none of them goes on before.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from gluematch.models.errors import OperationTimeoutException

from . import prepared
from .backends import BUSY, Door

MOST = 64
SECONDS = 0.1
"""So many may be committed together, and so long after the first has written others may join."""


class Writers:
    """The writers of one database. Safe to share between threads."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._lock = threading.Lock()
        self._taken = False
        self._writer: int | None = None  # the thread whose turn it is
        self._queue: deque[_Waiting] = deque()
        self._group: _Group | None = None  # whose turn it is may look at it

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._queue)

    @contextmanager
    def writing(self, patience: float, *, together: bool) -> Iterator[Connection]:
        """A transaction that is durable when the block has ended; an exception takes it back.

        `together` lets it share the commit of others; without, nobody waits for it but those that
        come after. Raises OperationTimeoutException after so many seconds of waiting for its turn.
        Where the commit fails, so do all who share it: also a refusal may rest on what was lost.
        Who writes within what he writes would wait for himself: RuntimeError, at once.
        """
        if self._writer == threading.get_ident():
            raise RuntimeError("A transaction that writes was begun within another one.")
        self._take_turn(patience, together=together)
        self._writer = threading.get_ident()
        group = self._joined()
        try:
            with group.part():
                yield group.connection
        finally:
            self._writer = None
            if not (together and self._another_joins(group)):
                self._end(group)
            group.wait()

    def _take_turn(self, patience: float, *, together: bool) -> None:
        with self._lock:
            if not self._taken:
                self._taken = True
                return
            waiting = _Waiting(together)
            self._queue.append(waiting)
        if waiting.turn.acquire(timeout=patience):
            return
        with self._lock, suppress(ValueError):  # it was called in the last moment
            self._queue.remove(waiting)
            raise OperationTimeoutException(BUSY)

    def _joined(self) -> "_Group":
        if self._group is None:
            try:
                self._group = _Group(self._door)
            except BaseException:
                self._writer = None
                self._pass_turn()
                raise
        return self._group

    def _another_joins(self, group: "_Group") -> bool:
        """Whether the turn is now another's, who writes into the same transaction."""
        with self._lock:
            if not self._queue or not self._queue[0].together or not group.may_grow():
                return False
            self._queue.popleft().turn.release()
            return True

    def _end(self, group: "_Group") -> None:
        self._group = None
        try:
            group.end()
        finally:
            self._pass_turn()

    def _pass_turn(self) -> None:
        with self._lock:
            if self._queue:
                self._queue.popleft().turn.release()
            else:
                self._taken = False


def _called() -> threading.Lock:
    """A lock that is released by whoever calls."""
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    together: bool
    turn: threading.Lock = field(default_factory=_called)


class _Group:
    """A transaction of several writers, one after another."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._closes: float | None = None
        self._size = 0
        self._lost = False
        self._failure: BaseException | None = None
        self._ended = threading.Event()
        with door.telling():
            self.connection = door.engine.connect()
            try:
                self._transaction = self.connection.begin()
            except BaseException:
                self.connection.close()
                raise

    def may_grow(self) -> bool:
        """Whether one more may join; asked whenever one has written."""
        now = time.monotonic()
        if self._closes is None:
            self._closes = now + SECONDS
        return now < self._closes and self._size < MOST and not self._lost

    @contextmanager
    def part(self) -> Iterator[None]:
        """What one writer writes: where that fails, it is not there."""
        self._size += 1
        first = self._size == 1  # needs no savepoint: nobody else has written yet
        with self._door.telling():
            if not first:
                prepared.run(self.connection, "SAVEPOINT part")
            try:
                yield
                if not first:
                    prepared.run(self.connection, "RELEASE SAVEPOINT part")
            except BaseException as error:
                if first:
                    self._lost = True
                else:
                    self._take_back(error)
                raise

    def _take_back(self, error: BaseException) -> None:
        try:
            prepared.run(self.connection, "ROLLBACK TO SAVEPOINT part")
        except SQLAlchemyError as broken:
            # The database has taken back all: its disk is full, or it has gone away.
            self._lost = True
            self._failure = self._told(error if isinstance(error, DBAPIError) else broken)

    def _told(self, error: BaseException) -> BaseException:
        try:
            with self._door.telling():
                raise error
        except BaseException as told:
            return told

    def end(self) -> None:
        """Commit, and let all who wait go on."""
        try:
            with self._door.telling(), self.connection:
                if not self._lost:
                    self._transaction.commit()
        except BaseException as error:
            self._failure = error
        finally:
            self._ended.set()

    def wait(self) -> None:
        """Wait for the end. Raises what it failed by."""
        self._ended.wait()
        if self._failure is not None:
            raise self._failure
