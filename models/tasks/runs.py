"""Task runs as a kind of work: from the rows that handlers write to the bodies, and back."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from gluematch.models import clock
from gluematch.models.catalog import task_runs, transforms
from gluematch.models.catalog.store import Catalog, Connection, Transaction
from gluematch.models.catalog.task_runs import TaskRun
from gluematch.models.datasets.access import AwsServices
from gluematch.models.errors import EntityNotFoundException

from . import evaluation, exports, imports, labelling, matching
from .subjects import Task
from .work import (
    CRASHED,
    Failed,
    Outcome,
    State,
    Stopped,
    Succeeded,
    TimedOut,
    Work,
)

TASKS: Mapping[str, Task] = {
    "LABELING_SET_GENERATION": labelling.TASK,
    "IMPORT_LABELS": imports.TASK,
    "EXPORT_LABELS": exports.TASK,
    "EVALUATION": evaluation.TASK,
    "FIND_MATCHES": matching.TASK,
}

ONE_AT_A_TIME = frozenset({"IMPORT_LABELS", "LABELING_SET_GENERATION"})
"""Of one transform: an import builds on the labels of the one before it, and a generation
must not ask what another one is about to ask."""

STATES = {"STARTING": State.WAITING, "RUNNING": State.RUNNING, "STOPPING": State.STOPPING}


class TaskRuns:
    """The kind of work that GetMLTaskRun shows. Keeps nothing itself."""

    slots: int | None = None

    def recover(self, connection: Connection, held: Collection[str]) -> None:
        """Fail what a crash interrupted; stop what was to be stopped."""
        for scope, run in task_runs.stranded(connection):
            tx = Transaction(connection, scope)
            if run.task_run_id in held:
                continue
            if run.status == "STOPPING":
                _close(tx, run, "STOPPED", None)
            elif _imports_stored_labels(run):
                task_runs.advance(tx, run.task_run_id, ("RUNNING",), status="STARTING")
            else:
                _close(tx, run, "FAILED", CRASHED)

    def open_works(self, catalog: Catalog) -> list[Work]:
        """All runs that have not ended."""
        with catalog.look() as connection:
            rows = [*task_runs.stranded(connection), *task_runs.claimable(connection)]
        return [
            Work(
                scope,
                run.task_run_id,
                STATES[run.status],
                task_runs.LOG_GROUP,
                run.task_run_id,
                timedelta(minutes=run.timeout_minutes),
                run,
                retries=run.request.get("MaxRetries", 0),
            )
            for scope, run in rows
        ]

    def claim(self, tx: Transaction, work: Work) -> bool:
        """STARTING to RUNNING, unless a run that goes before it is not done."""
        run: TaskRun = work.row
        if work.attempt:
            return task_runs.advance(
                tx, run.task_run_id, ("RUNNING",), attempt=work.attempt, progress=0.0
            )
        if run.task_type in ONE_AT_A_TIME and any(
            other.status in ("RUNNING", "STOPPING") and other.task_type == run.task_type
            for other in task_runs.of_transform(tx, run.transform_id)
        ):
            return False
        return task_runs.advance(
            tx, run.task_run_id, ("STARTING",), status="RUNNING", claimed=clock.now()
        )

    def body(self, work: Work) -> str:
        """The body of the task's type."""
        return TASKS[work.row.task_type].body

    def prepare(self, tx: Transaction, work: Work) -> Any:
        """What the task's type reads for its body."""
        run: TaskRun = work.row
        transform = transforms.get(tx, run.transform_id)
        return TASKS[run.task_type].prepare(tx, run, transform)

    def note_progress(self, tx: Transaction, work: Work, fraction: float, stage: str) -> None:
        """Write the fraction; stages are in the log."""
        del stage
        task_runs.advance(tx, work.row.task_run_id, ("RUNNING",), progress=fraction)

    def conclude(self, tx: Transaction, work: Work, outcome: Outcome) -> Sequence[str]:
        """Apply a result unless the run was cancelled meanwhile, and close the row."""
        try:
            run = task_runs.get(tx, work.row.transform_id, work.row.task_run_id)
        except EntityNotFoundException:
            return ["The transform was deleted, and this run with it"]
        if run.status == "STOPPING":
            outcome = Stopped()
        match outcome:
            case Succeeded(result):
                transform = transforms.get(tx, run.transform_id)
                lines = TASKS[run.task_type].conclude(tx, run, transform, result)
                return [*lines, *_close(tx, run, "SUCCEEDED", None)]
            case Failed(message):
                return _close(tx, run, "FAILED", message)
            case Stopped():
                return _close(tx, run, "STOPPED", None)
            case TimedOut():
                limit = f"The run took longer than its timeout of {run.timeout_minutes} minutes."
                return _close(tx, run, "TIMEOUT", limit)

    def settle(self, catalog: Catalog, work: Work, outcome: Outcome, services: AwsServices) -> None:
        """No other service waits for it."""


def _imports_stored_labels(run: TaskRun) -> bool:
    """Nobody could start such a run again: it came of an UpdateMLTransform."""
    return run.task_type == "IMPORT_LABELS" and "InputS3Path" not in run.request


def _close(tx: Transaction, run: TaskRun, status: str, error: str | None) -> list[str]:
    task_runs.end(tx, run, status, error)
    claimed = run.claimed
    spent = 0.0 if claimed is None else (clock.now() - claimed).total_seconds()
    told = [] if error is None else [error]
    return [*told, f"{run.task_type} {status} after {spent:.1f} s"]
