"""What waits for the worker, and for whom; and how many runs there are in which state."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, func, literal_column, select

from . import crawls, explanations, job_runs, task_runs

_TASKS, _CRAWLS = task_runs.ROWS.c, crawls.ROWS.c
_JOBS, _QUESTIONS = job_runs.ROWS.c, explanations.ROWS.c


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of one kind of run: their type, their state, and which of them wait."""

    type: ColumnElement[str]
    state: ColumnElement[str]
    account: ColumnElement[str]
    waiting: ColumnElement[bool]


_KINDS = (
    _Rows(_TASKS.task_type, _TASKS.status, _TASKS.account, _TASKS.status == "STARTING"),
    _Rows(
        literal_column("'CRAWL'"),
        _CRAWLS.state,
        _CRAWLS.account,
        and_(_CRAWLS.state == "RUNNING", _CRAWLS.claimed.is_(None)),
    ),
    _Rows(
        literal_column("'JOB_RUN'"),
        _JOBS.status,
        _JOBS.account,
        _JOBS.status.in_(("WAITING", "STARTING")),
    ),
    _Rows(
        literal_column("'EXPLANATION'"),
        _QUESTIONS.status,
        _QUESTIONS.account,
        _QUESTIONS.status == "WAITING",
    ),
)


@dataclass(frozen=True, slots=True)
class Runs:
    """How many runs of a type are in a state."""

    type: str
    state: str
    number: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many runs of a type wait for the worker, of one account."""

    type: str
    account: str
    number: int


def runs(connection: Connection) -> Iterator[Runs]:
    """All runs that the catalog knows, of all scopes, by type and state."""
    for rows in _KINDS:
        named = (rows.type.label("run_type"), rows.state.label("run_state"))
        query = select(*named, func.count()).group_by("run_type", "run_state")
        yield from (Runs(*row) for row in connection.execute(query))


def waiting(connection: Connection) -> Iterator[Waiting]:
    """What waits, of all scopes, by type and account."""
    for rows in _KINDS:
        named = (rows.type.label("run_type"), rows.account.label("run_account"))
        query = select(*named, func.count()).where(rows.waiting)
        query = query.group_by("run_type", "run_account")
        yield from (Waiting(*row) for row in connection.execute(query))
