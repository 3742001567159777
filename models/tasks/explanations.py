"""Explanations as a kind of work: from the question that a handler writes to its answer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from gluematch.models.catalog import explanations, task_runs, transforms
from gluematch.models.catalog.store import Catalog, Connection, Transaction
from gluematch.models.datasets.access import AwsServices

from . import subjects
from .work import Failed, Outcome, State, Stopped, Succeeded, TimedOut, Work, WorkError

BODY = "gluematch.models.tasks.bodies.explaining:tell"
TIMEOUT = timedelta(hours=1)
STATES = {"WAITING": State.WAITING, "RUNNING": State.RUNNING}


@dataclass(frozen=True, slots=True)
class Inputs:
    """The transform with its table, and the primary keys that are asked about."""

    subject: subjects.Subject
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """The answer as a document; or `unknown` says which keys no row has."""

    document: dict[str, Any]
    unknown: str | None = None


class Explanations:
    """The kind of work that `/_gluematch/transforms/{id}/explain` waits for."""

    slots: int | None = None

    def recover(self, connection: Connection, held: Collection[str]) -> None:
        """Ask again: who asked may well have asked another server than the one that is gone."""
        for scope, row in explanations.open_everywhere(connection):
            if row.explanation_id not in held:
                tx = Transaction(connection, scope)
                explanations.advance(tx, row.explanation_id, status="WAITING", progress=0.0)

    def open_works(self, catalog: Catalog) -> list[Work]:
        """All questions without an answer."""
        with catalog.look() as connection:
            rows = explanations.open_everywhere(connection)
        return [
            Work(
                scope,
                row.explanation_id,
                STATES[row.status],
                task_runs.LOG_GROUP,
                row.explanation_id,
                TIMEOUT,
                row,
            )
            for scope, row in rows
        ]

    def claim(self, tx: Transaction, work: Work) -> bool:
        """WAITING to RUNNING."""
        return explanations.advance(tx, work.work_id, status="RUNNING")

    def body(self, work: Work) -> str:
        """One body answers all."""
        del work
        return BODY

    def prepare(self, tx: Transaction, work: Work) -> Inputs:
        """The transform and what it has been taught."""
        row: explanations.Explanation = work.row
        subject = subjects.subject(tx, transforms.get(tx, row.transform_id))
        if subject.model is None:
            raise WorkError("The transform has no model any more. Import labels, then ask again.")
        return Inputs(subject, row.keys)

    def note_progress(self, tx: Transaction, work: Work, fraction: float, stage: str) -> None:
        """Write the fraction; stages are in the log."""
        del stage
        explanations.advance(tx, work.work_id, progress=fraction)

    def conclude(self, tx: Transaction, work: Work, outcome: Outcome) -> Sequence[str]:
        """Keep the answer, or why there is none."""
        match outcome:
            case Succeeded(Result(document, None)):
                explanations.advance(tx, work.work_id, status="SUCCEEDED", document=document)
                return ["EXPLANATION SUCCEEDED"]
            case Succeeded(Result(_, unknown)):
                return _refuse(tx, work, "EntityNotFoundException", str(unknown))
            case Failed(message):
                return _refuse(tx, work, "InvalidInputException", message)
            case TimedOut():
                limit = "The explanation took longer than an hour."
                return _refuse(tx, work, "OperationTimeoutException", limit)
            case Stopped():
                return ["The transform was deleted, and this question with it"]
        raise AssertionError(outcome)

    def settle(self, catalog: Catalog, work: Work, outcome: Outcome, services: AwsServices) -> None:
        """No other service waits for it."""


def _refuse(tx: Transaction, work: Work, code: str, message: str) -> list[str]:
    error = {"Code": code, "Message": message}
    explanations.advance(tx, work.work_id, status="FAILED", error=error)
    return [f"EXPLANATION FAILED: {code}"]
