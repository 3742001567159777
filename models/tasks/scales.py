"""How much memory runs take: each is weighed, with all that it has started, while it goes on.

A limit of the operating system on address space would hit what only reserves memory, as Java and
numpy do. What counts is the memory that a run really has, shared pages divided (PSS).
"""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from gluematch.models import processes

SECONDS = 1.0
"""Between two weighings."""


@dataclass(slots=True)
class Scales:
    """`limit` is in bytes; None weighs nothing."""

    limit: int | None
    _next: float = field(default_factory=time.monotonic)

    def seconds_left(self) -> float:
        """Until the next weighing, infinite if there is none."""
        return math.inf if self.limit is None else max(0.0, self._next - time.monotonic())

    def too_heavy(self, runs: Mapping[str, int]) -> set[str]:
        """Which runs, given by name and process, are over the limit, if it is time to look."""
        now = time.monotonic()
        if self.limit is None or not runs or now < self._next:
            return set()
        self._next = now + SECONDS
        families = processes.families_of(runs.values())
        return {
            name
            for name, top in runs.items()
            # the resident size is quick to read, and never less
            if sum(map(processes.resident, families[top])) > self.limit
            and sum(map(processes.proportional, families[top])) > self.limit
        }

    @property
    def verdict(self) -> str:
        """What the user of a run over the limit is told."""
        return (
            f"The run took more than {written(self.limit or 0)} of memory, and was ended. "
            "Give it less to do at a time, or start the server with a larger --run-memory."
        )


def written(size: int) -> str:
    """A size in words: 512 MB, 4 GB."""
    for unit, name in ((2**30, "GB"), (2**20, "MB"), (2**10, "KB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size} bytes"
