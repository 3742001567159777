"""What a script prints, cut into lines and bounded, on its way to CloudWatch Logs.

A script may print for hours: the beginning and the end are kept, what lies between is counted.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence

from gluematch.models import clock
from gluematch.models.tasks.work import LogLine

KEPT_BYTES = 4 * 2**20
TAIL_BYTES = 256 * 2**10
LONGEST_LINE = 256 * 2**10 - 26
"""CloudWatch Logs takes no longer event."""

BATCH_BYTES = 64 * 2**10
QUIET_SECONDS = 0.2
BEYOND = f"[gluematch] From here on only the last lines are kept: over {KEPT_BYTES >> 20} MiB."
LEFT_OUT = "[gluematch] {bytes:,} bytes are left out here."


class Lines:
    """One stream of a script. `write` gets the lines, several at a time and a little later."""

    def __init__(self, write: Callable[[Sequence[LogLine]], None]) -> None:
        self._write = write
        self._rest = b""
        self._kept = 0
        self._batch: list[LogLine] = []
        self._batch_bytes = 0
        self._sent_at = 0.0
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0
        self._left_out = 0

    @property
    def pending(self) -> bool:
        """Whether lines wait to be written."""
        return bool(self._batch)

    def feed(self, data: bytes) -> None:
        """Take what was printed; whole lines are written at most `QUIET_SECONDS` later."""
        *whole, rest = (self._rest + data).split(b"\n")
        for line in whole:
            self._take(line)
        while len(rest) > LONGEST_LINE:
            self._take(rest[:LONGEST_LINE])
            rest = rest[LONGEST_LINE:]
        self._rest = rest
        self.tick()

    def tick(self) -> None:
        """Write what waits, if it is much or has waited long enough."""
        late = time.monotonic() >= self._sent_at + QUIET_SECONDS
        if self._batch and (late or self._batch_bytes >= BATCH_BYTES):
            self._send()

    def close(self) -> None:
        """Write all that is left: a last line without its end, and the tail of a long output."""
        if self._rest:
            self._take(self._rest)
        if self._left_out:
            self._add(LEFT_OUT.format(bytes=self._left_out).encode())
        for line in self._tail:
            self._add(line)
        self._send()

    def _take(self, line: bytes) -> None:
        for start in range(0, max(len(line), 1), LONGEST_LINE):
            self._keep(line[start : start + LONGEST_LINE])

    def _keep(self, line: bytes) -> None:
        size = len(line) + 1
        self._kept += size
        if self._kept <= KEPT_BYTES:
            self._add(line)
            return
        if self._kept - size <= KEPT_BYTES:
            self._add(BEYOND.encode())
        self._tail.append(line)
        self._tail_bytes += size
        while self._tail_bytes > TAIL_BYTES:
            gone = len(self._tail.popleft()) + 1
            self._tail_bytes -= gone
            self._left_out += gone

    def _add(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip("\r")
        self._batch.append(LogLine(clock.now(), text or " "))  # no event may be empty
        self._batch_bytes += len(line)
        if self._batch_bytes >= BATCH_BYTES:
            self._send()

    def _send(self) -> None:
        batch, self._batch, self._batch_bytes = self._batch, [], 0
        self._sent_at = time.monotonic()
        if batch:
            self._write(batch)
