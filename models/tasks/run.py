"""A run as the supervisor has it: a row, the child that works on it, and what is known of both."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .child import Reached
from .children import Child
from .work import Failed, Kind, LogLine, Outcome, Work


@dataclass(slots=True, eq=False)
class Run:
    """A row that a child works on. Instants are seconds of the monotonic clock."""

    kind: Kind
    work: Work
    child: Child
    deadline: float
    verdict: Outcome | None = None
    reached: Reached | None = None
    written_at: float = 0.0
    lines: list[LogLine] = field(default_factory=list)


def retry_lines(work: Work, failure: Failed) -> Sequence[str]:
    """What the log says between two attempts."""
    return [
        f"Attempt {work.attempt} of {work.retries + 1} failed: {failure.message}",
        f"Attempt {work.attempt + 1} of {work.retries + 1} begins.",
    ]
