"""Runs of jobs. A row that is STARTING or WAITING waits for the worker."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, TypedDict, Unpack

from sqlalchemy import Connection, and_, or_, select

from gluematch.models import clock
from gluematch.models.errors import EntityNotFoundException
from gluematch.models.scope import Scope

from . import schema, statements
from .store import Transaction

ROWS = schema.job_runs
GOING_ON = ("STARTING", "RUNNING", "STOPPING")
"""What counts towards the most runs that a job may have at a time."""

OPEN = ("WAITING", *GOING_ON)


@dataclass(frozen=True, slots=True)
class JobRun:
    """One run: WAITING perhaps, STARTING, RUNNING, perhaps STOPPING, then a state that lasts.

    `command` and `settings` are as they were at its start, with wire names; `settings` are
    shown. `attempt` counts from 0, `previous` is the run that it repeats, `claimed` is when
    the worker took it.
    """

    run_id: str
    job_name: str
    status: str
    command: Mapping[str, Any]
    settings: Mapping[str, Any]
    attempt: int
    max_retries: int
    previous: str | None
    error: str | None
    timeout_seconds: int
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
    claimed: datetime | None
    completed: datetime | None


def create(tx: Transaction, run: JobRun) -> None:
    """Record a new run."""
    statements.add(tx, ROWS, asdict(run))


def find(tx: Transaction, run_id: str) -> JobRun | None:
    """The run, if it exists."""
    row = statements.first(tx, ROWS, run_id=run_id)
    return None if row is None else _run(row)


def get(tx: Transaction, job_name: str, run_id: str) -> JobRun:
    """The run of that job. Raises EntityNotFoundException."""
    run = find(tx, run_id)
    if run is None or run.job_name != job_name:
        raise EntityNotFoundException(f"Entity {run_id} not found")
    return run


def page(
    tx: Transaction, job_name: str, after: tuple[datetime, str] | None, limit: int
) -> list[JobRun]:
    """The job's first `limit` runs, newest first, behind the one of that start and id."""
    query = statements.rows_of(tx, ROWS, ROWS.c.job_name == job_name)
    if after is not None:
        started, run_id = after
        same = and_(ROWS.c.started == started, ROWS.c.run_id > run_id)
        query = query.where(or_(ROWS.c.started < started, same))
    query = query.order_by(ROWS.c.started.desc(), ROWS.c.run_id).limit(limit)
    return [_run(row) for row in statements.every(tx, query)]


def going_on(tx: Transaction, job_name: str) -> int:
    """How many of the job's runs are on their way, those that wait for others not counted."""
    return statements.count(tx, ROWS, ROWS.c.job_name == job_name, ROWS.c.status.in_(GOING_ON))


def advance(
    tx: Transaction, run_id: str, expected: Collection[str], **changes: Unpack[Changes]
) -> bool:
    """Set `changes` if the run's status is one of the `expected`; whether it was."""
    condition = (ROWS.c.run_id == run_id, ROWS.c.status.in_(list(expected)))
    return bool(statements.change(tx, ROWS, {**changes, "modified": clock.now()}, *condition))


def open_everywhere(connection: Connection) -> list[tuple[Scope, JobRun]]:
    """The runs of all scopes that have not ended, the oldest first."""
    query = select(ROWS).where(ROWS.c.status.in_(OPEN)).order_by(ROWS.c.started, ROWS.c.run_id)
    return [(scope, _run(row)) for scope, row in statements.across(connection, query)]


def _run(row: Mapping[str, Any]) -> JobRun:
    return JobRun(**{field.name: row[field.name] for field in fields(JobRun)})
