"""One write for all who wait for it, as databases commit in groups."""

import threading
import time
from collections.abc import Callable


class GroupCommit:
    """Calls `write` for threads that want what they have changed on the disk.

    A write serves every thread that asked before it began. Those that ask meanwhile share the next
    one, which begins after as long a rest as the last one took of a processor: half of one
    processor at most is spent on writes.
    """

    def __init__(self, write: Callable[[], None]) -> None:
        self._write = write
        self._turn = threading.Condition()
        self._begun = self._ended = 0
        self._busy = False
        self._failure: Exception | None = None
        self._rested = 0.0
        self.waiting = 0
        """How many threads wait for a write."""

    def commit(self) -> None:
        """Return when a write that began after this call has ended. Raises what it has raised."""
        with self._turn:
            needed = self._begun + 1
            self.waiting += 1
            self._turn.wait_for(lambda: self._ended >= needed or not self._busy)
            self.waiting -= 1
            if self._ended >= needed:
                self._tell()
                return
            self._busy = True
        self._lead()
        self._tell()

    def _lead(self) -> None:
        if (rest := self._rested - time.monotonic()) > 0:
            time.sleep(rest)
        with self._turn:
            self._begun += 1
        before, failure = time.thread_time(), None
        try:
            self._write()
        except Exception as error:  # every thread that waits raises it
            failure = error
        finally:
            with self._turn:
                self._rested = time.monotonic() + time.thread_time() - before
                self._failure, self._ended, self._busy = failure, self._begun, False
                self._turn.notify_all()

    def _tell(self) -> None:
        if (failure := self._failure) is not None:
            raise failure
