"""The column types that the catalog adds to SQLAlchemy's: instants, and JSON documents."""

import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, Text, TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MARK = "$instant"
BYTES_MARK = "$bytes"


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant, kept as milliseconds since the epoch."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - the base class names it
        """Milliseconds of an instant."""
        return None if value is None else _milliseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the base class names it
        """The instant of milliseconds."""
        return None if value is None else _instant(value)


class Document(TypeDecorator[Any]):
    """JSON text in ASCII; an aware datetime inside it comes back as one, and so do bytes.

    Text and not the database's own JSON type: every database keeps it alike, to the letter,
    with lone surrogates and NUL characters, which PostgreSQL's types refuse.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - the base class names it
        """The text of a document."""
        return None if value is None else written(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any | None:  # noqa: ARG002 - the base class names it
        """The document of a text."""
        if value is None:
            return None
        marked = MARK in value or BYTES_MARK in value
        return json.loads(value, object_hook=_unmarked if marked else None)


def written(document: Any) -> str:
    """The text of a document."""
    return json.dumps(document, default=_marked, separators=(",", ":"))


def _milliseconds(value: datetime) -> int:
    return (value - EPOCH) // timedelta(milliseconds=1)


def _instant(value: int) -> datetime:
    return EPOCH + timedelta(milliseconds=value)


def _marked(value: object) -> dict[str, Any]:
    if isinstance(value, datetime):
        return {MARK: _milliseconds(value)}
    if isinstance(value, bytes):
        return {BYTES_MARK: [b64encode(value).decode()]}
    raise TypeError(f"a document cannot hold {type(value).__name__}")


def _unmarked(found: dict[str, Any]) -> Any:
    if len(found) == 1 and isinstance(found.get(MARK), int):
        return _instant(found[MARK])
    if len(found) == 1 and isinstance(found.get(BYTES_MARK), list):
        return b64decode(found[BYTES_MARK][0])
    return found
