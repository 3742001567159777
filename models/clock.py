"""The one source of time: aware UTC instants of millisecond precision, as Glue reports them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta


def now() -> datetime:
    """The present instant, UTC, cut to milliseconds."""
    instant = _source()
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def seconds_worked(claimed: datetime | None, completed: datetime | None) -> int:
    """Whole seconds of a run since its worker took it, until its end if it has ended."""
    if claimed is None:
        return 0
    return max(0, int(((completed or now()) - claimed).total_seconds()))


def in_words(span: timedelta) -> str:
    """A span of whole seconds in its largest whole unit: 1 hour, 90 minutes."""
    seconds = int(span.total_seconds())
    unit, length = next(one for one in _UNITS if seconds % one[1] == 0)
    count = seconds // length
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


@contextmanager
def told_by(source: Callable[[], datetime]) -> Iterator[None]:
    """Meanwhile `now` is what `source` says, an aware UTC instant: for tests of days and years."""
    global _source  # noqa: PLW0603 - time is one for the whole process
    before, _source = _source, source
    try:
        yield
    finally:
        _source = before


def _of_the_system() -> datetime:
    return datetime.now(UTC)


_UNITS = (("hour", 3600), ("minute", 60), ("second", 1))
_source: Callable[[], datetime] = _of_the_system
