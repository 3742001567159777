"""What evaluation runs found out: a JSON document for each run, kept while its transform lives."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from . import schema, statements
from .store import Transaction

ROWS = schema.evaluations


@dataclass(frozen=True, slots=True)
class Evaluated:
    """An evaluation; `document` is what `/_gluematch/transforms/{id}/metrics` shows."""

    transform_id: str
    task_run_id: str
    document: Mapping[str, Any]
    evaluated: datetime


def add(tx: Transaction, found: Evaluated) -> None:
    """Keep what a run found out."""
    statements.add(tx, ROWS, asdict(found))


def of_run(tx: Transaction, transform_id: str, task_run_id: str) -> Evaluated | None:
    """What that run of the transform found out, if it was an evaluation that succeeded."""
    row = statements.first(tx, ROWS, transform_id=transform_id, task_run_id=task_run_id)
    return None if row is None else _evaluated(row)


def latest(tx: Transaction, transform_id: str) -> Evaluated | None:
    """What the transform's last evaluation found out, if there was one."""
    query = statements.rows_of(tx, ROWS, ROWS.c.transform_id == transform_id)
    query = query.order_by(ROWS.c.evaluated.desc(), ROWS.c.task_run_id).limit(1)
    rows = statements.every(tx, query)
    return _evaluated(rows[0]) if rows else None


def _evaluated(row: Mapping[str, Any]) -> Evaluated:
    return Evaluated(row["transform_id"], row["task_run_id"], row["document"], row["evaluated"])
