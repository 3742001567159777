"""Task runs of transforms. A row that is STARTING waits for the worker."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, TypedDict, Unpack

from sqlalchemy import Connection, select

from gluematch.models import clock
from gluematch.models.errors import EntityNotFoundException
from gluematch.models.scope import Scope

from . import schema, statements
from .store import Transaction

ROWS = schema.task_runs
ACTIVE = ("STARTING", "RUNNING", "STOPPING")
LOG_GROUP = "/aws-glue/mlTransform"
"""The CloudWatch log group of all runs; each run's stream is named by its id."""


@dataclass(frozen=True, slots=True)
class TaskRun:
    """One run: STARTING, RUNNING, perhaps STOPPING, then one of the states that last.

    `request` holds what the Start call asked for, `progress` runs from 0 to 1, `attempt`
    counts from 0, `claimed` is when the worker took it.
    """

    transform_id: str
    task_run_id: str
    task_type: str
    status: str
    request: Mapping[str, Any]
    error: str | None
    attempt: int
    timeout_minutes: int
    progress: float
    started: datetime
    claimed: datetime | None
    modified: datetime
    completed: datetime | None

    @property
    def execution_seconds(self) -> int:
        """Whole seconds since the worker took it, until its end if it has ended."""
        return clock.seconds_worked(self.claimed, self.completed)


class Changes(TypedDict, total=False):
    """What `advance` may set."""

    status: str
    error: str | None
    attempt: int
    progress: float
    claimed: datetime | None
    completed: datetime | None


def create(tx: Transaction, run: TaskRun) -> None:
    """Record a new run."""
    statements.add(tx, ROWS, asdict(run))


def get(tx: Transaction, transform_id: str, task_run_id: str) -> TaskRun:
    """The run of that transform. Raises EntityNotFoundException."""
    row = statements.first(tx, ROWS, task_run_id=task_run_id, transform_id=transform_id)
    if row is None:
        raise EntityNotFoundException(
            f"No ML Task Run found for {task_run_id}: in account {tx.scope.account} "
            f"for transform {transform_id}."
        )
    return _task_run(row)


def of_transform(tx: Transaction, transform_id: str) -> list[TaskRun]:
    """The transform's runs, newest first."""
    query = statements.rows_of(tx, ROWS, ROWS.c.transform_id == transform_id)
    query = query.order_by(ROWS.c.started.desc(), ROWS.c.task_run_id)
    return [_task_run(row) for row in statements.every(tx, query)]


def of_job_run(tx: Transaction, job_run_id: str) -> list[TaskRun]:
    """What has not ended of the matchings that the job run has begun."""
    query = statements.rows_of(tx, ROWS, ROWS.c.status.in_(ACTIVE))
    runs = [_task_run(row) for row in statements.every(tx, query)]
    return [run for run in runs if run.request.get("JobRunId") == job_run_id]


def end(tx: Transaction, run: TaskRun, status: str, error: str | None) -> bool:
    """Close the run; whether it was still open."""
    changes: Changes = {"status": status, "error": error, "completed": clock.now()}
    if status == "SUCCEEDED":
        changes["progress"] = 1.0
    return advance(tx, run.task_run_id, ACTIVE, **changes)


def active(tx: Transaction, transform_id: str | None = None) -> int:
    """How many runs have not ended, of one transform or of the whole scope."""
    one = () if transform_id is None else (ROWS.c.transform_id == transform_id,)
    return statements.count(tx, ROWS, ROWS.c.status.in_(ACTIVE), *one)


def advance(
    tx: Transaction, task_run_id: str, expected: Collection[str], **changes: Unpack[Changes]
) -> bool:
    """Set `changes` if the run's status is one of the `expected`; whether it was."""
    condition = (ROWS.c.task_run_id == task_run_id, ROWS.c.status.in_(list(expected)))
    return bool(statements.change(tx, ROWS, {**changes, "modified": clock.now()}, *condition))


def claimable(connection: Connection) -> list[tuple[Scope, TaskRun]]:
    """The STARTING runs of all scopes, oldest first."""
    return _across(connection, ("STARTING",))


def stranded(connection: Connection) -> list[tuple[Scope, TaskRun]]:
    """The RUNNING and STOPPING runs of all scopes: at start, what a crash left behind."""
    return _across(connection, ("RUNNING", "STOPPING"))


def _across(connection: Connection, statuses: Collection[str]) -> list[tuple[Scope, TaskRun]]:
    query = select(ROWS).where(ROWS.c.status.in_(list(statuses)))
    query = query.order_by(ROWS.c.started, ROWS.c.task_run_id)
    return [(scope, _task_run(row)) for scope, row in statements.across(connection, query)]


def _task_run(row: Mapping[str, Any]) -> TaskRun:
    return TaskRun(
        row["transform_id"],
        row["task_run_id"],
        row["task_type"],
        row["status"],
        row["request"],
        row["error"],
        row["attempt"],
        row["timeout_minutes"],
        row["progress"],
        row["started"],
        row["claimed"],
        row["modified"],
        row["completed"],
    )
