"""Questions why rows match, and their answers. A row that is WAITING waits for the worker.

They are not kept for long: an answer of an hour ago may be untrue today.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack

from sqlalchemy import Connection, select

from gluematch.models import clock
from gluematch.models.errors import EntityNotFoundException
from gluematch.models.scope import Scope

from . import schema, statements
from .store import Transaction

ROWS = schema.explanations
OPEN = ("WAITING", "RUNNING")
KEPT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A question about one or two primary `keys`: WAITING, RUNNING, then SUCCEEDED with a
    `document` or FAILED with an `error` (its `Code` and `Message`)."""

    explanation_id: str
    transform_id: str
    status: str
    keys: tuple[str, ...]
    progress: float
    asked: datetime
    document: Mapping[str, Any] | None = None
    error: Mapping[str, str] | None = None


class Changes(TypedDict, total=False):
    """What `advance` may set."""

    status: str
    progress: float
    document: Mapping[str, Any]
    error: Mapping[str, str]


def ask(tx: Transaction, question: Explanation) -> None:
    """Record a question; answers of more than an hour ago are forgotten."""
    old = (ROWS.c.status.not_in(OPEN), ROWS.c.asked < clock.now() - KEPT)
    statements.remove(tx, ROWS, *old)
    statements.add(tx, ROWS, asdict(question))


def get(tx: Transaction, transform_id: str, explanation_id: str) -> Explanation:
    """The explanation of that transform. Raises EntityNotFoundException."""
    named = {"explanation_id": explanation_id, "transform_id": transform_id}
    row = statements.first(tx, ROWS, **named)
    if row is None:
        raise EntityNotFoundException(
            f"Transform {transform_id} has no explanation {explanation_id}, or not any more: "
            "ask again by ids."
        )
    return _explanation(row)


def unanswered(tx: Transaction) -> int:
    """How many questions of the scope are open."""
    return statements.count(tx, ROWS, ROWS.c.status.in_(OPEN))


def advance(tx: Transaction, explanation_id: str, **changes: Unpack[Changes]) -> bool:
    """Set `changes` if the question is open; whether it was."""
    condition = (ROWS.c.explanation_id == explanation_id, ROWS.c.status.in_(OPEN))
    return bool(statements.change(tx, ROWS, changes, *condition))


def drop(tx: Transaction, explanation_id: str) -> None:
    """Forget a question, open or not."""
    statements.remove(tx, ROWS, explanation_id=explanation_id)


def open_everywhere(connection: Connection) -> list[tuple[Scope, Explanation]]:
    """The open questions of all scopes, oldest first."""
    query = select(ROWS).where(ROWS.c.status.in_(OPEN))
    query = query.order_by(ROWS.c.asked, ROWS.c.explanation_id)
    return [(scope, _explanation(row)) for scope, row in statements.across(connection, query)]


def _explanation(row: Mapping[str, Any]) -> Explanation:
    return Explanation(
        row["explanation_id"],
        row["transform_id"],
        row["status"],
        tuple(row["keys"]),
        row["progress"],
        row["asked"],
        row["document"],
        row["error"],
    )
