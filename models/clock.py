"""The one source of time: aware UTC instants of millisecond precision, as Glue reports them."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant, UTC, cut to milliseconds."""
    instant = datetime.now(UTC)
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)
