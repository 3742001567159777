"""The server's log: lines as text or as JSON, under the id of the request that they belong to.

Errors are told by type and place. Their messages are left out, for these may quote a record; only
what the operating system says of itself is kept.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

from gluematch.server.protocol import identity

from .witness import Seen

REQUESTS = logging.getLogger("gluematch.requests")
_FIELDS = "gluematch_fields"


def configure(form: str, level: str) -> None:
    """Write all that is logged to standard error: ours from `level` on, of others warnings."""
    handler = logging.StreamHandler()
    handler.setFormatter(Json() if form == "json" else Text())
    logging.basicConfig(handlers=[handler])
    logging.getLogger("gluematch").setLevel(level.upper())


def tell(seen: Seen) -> None:
    """One line for a request: who, what, how it ended, how long it took."""
    quiet = seen.asked.looks_only and seen.status < 500
    level = logging.DEBUG if quiet else logging.WARNING if seen.status >= 500 else logging.INFO
    if not REQUESTS.isEnabledFor(level):
        return
    fields = {
        "request_id": seen.request_id,
        "account": seen.account or "-",
        "service": seen.asked.service,
        "operation": seen.asked.operation,
        "status": seen.status,
        "seconds": round(seen.seconds, 6),
    }
    REQUESTS.log(level, "request", extra={_FIELDS: fields})


class Text(logging.Formatter):
    """`2026-11-28T02:45:28.123Z INFO gluematch.requests request account=... status=200`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and one for each place of an error."""
        head = f"{_time(record)} {record.levelname} {record.name} {_one_line(record)}"
        line = " ".join([head, *(f"{name}={value}" for name, value in _fields(record).items())])
        error = _error(record)
        if error is None:
            return line
        return "\n".join([f"{line} error={error[0]}", *(f"  at {place}" for place in error[1])])


class Json(logging.Formatter):
    """One JSON object on a line: time, level, logger, message, the fields, and an error."""

    def format(self, record: logging.LogRecord) -> str:
        """The object."""
        told: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        if (error := _error(record)) is not None:
            told |= {"error": error[0], "places": error[1]}
        return json.dumps(told)


def _time(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _one_line(record: logging.LogRecord) -> str:
    """The message: what a client had a hand in cannot pose as another line."""
    text = record.getMessage()
    return text if text.isprintable() else text.encode("unicode_escape").decode()


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    given: dict[str, Any] = getattr(record, _FIELDS, {})
    current = identity.CURRENT.get()
    if current is not None and "request_id" not in given:
        return {"request_id": current, **given}
    return given


def _error(record: logging.LogRecord) -> tuple[str, list[str]] | None:
    """What an error is, and where it came from, the innermost place last."""
    if not record.exc_info or record.exc_info[1] is None:
        return None
    error = record.exc_info[1]
    name = type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        name = f"{name}: {error.strerror}"
    places = [
        f"{frame.filename}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    return name, places
