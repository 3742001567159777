"""Jobs: which script is to run, and how. Their runs are in `job_runs.py`."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from gluematch.models import clock
from gluematch.models.errors import AlreadyExistsException, EntityNotFoundException
from gluematch.models.scope import Scope

from . import schema, statements, tags
from .store import Transaction

ROWS = schema.jobs
MISSING = "Job {name} not found."


@dataclass(frozen=True, slots=True)
class Job:
    """A job; `document` has its settings with wire names, Glue's defaults included."""

    name: str
    document: Mapping[str, Any]
    created: datetime
    modified: datetime


def create(tx: Transaction, job: Job) -> None:
    """A new job. Raises AlreadyExistsException."""
    if not statements.add_new(tx, ROWS, asdict(job)):
        raise AlreadyExistsException("Job already exists.")


def get(tx: Transaction, name: str, missing: str = MISSING) -> Job:
    """The job. Raises EntityNotFoundException; StartJobRun words it unlike other calls."""
    row = statements.first(tx, ROWS, name=name)
    if row is None:
        raise EntityNotFoundException(missing.format(name=name))
    return _job(row)


def many(tx: Transaction, names: Collection[str]) -> dict[str, Job]:
    """Those of the named jobs that exist, by name."""
    found: dict[str, Job] = {}
    for chunk in statements.chunks(list(names)):
        query = statements.rows_of(tx, ROWS, ROWS.c.name.in_(chunk))
        found |= {row["name"]: _job(row) for row in statements.every(tx, query)}
    return found


def page(tx: Transaction, after: str | None, limit: int) -> list[Job]:
    """The first `limit` jobs whose names are above `after`, by name."""
    query = statements.rows_of(tx, ROWS).order_by(ROWS.c.name).limit(limit)
    if after is not None:
        query = query.where(ROWS.c.name > after)
    return [_job(row) for row in statements.every(tx, query)]


def update(tx: Transaction, name: str, document: Mapping[str, Any]) -> None:
    """Replace the job's document. Raises EntityNotFoundException."""
    get(tx, name)
    changes = {"document": document, "modified": clock.now()}
    statements.change(tx, ROWS, changes, name=name)


def delete(tx: Transaction, name: str) -> None:
    """Remove the job, its runs, bookmarks and tags; nothing if there is no such job."""
    statements.remove(tx, ROWS, name=name)
    for table in (schema.job_runs, schema.job_bookmarks):
        statements.remove(tx, table, job_name=name)
    tags.drop(tx, arn(tx, name))


def id_of(scope: Scope, name: str) -> str:
    """The job's id, the same for every run of it; AWS's form is assumed."""
    return f"j_{hashlib.sha256(scope.arn(f'job/{name}').encode()).hexdigest()}"


def arn(tx: Transaction, name: str) -> str:
    """The ARN under which the job carries its tags."""
    return tx.scope.arn(f"job/{name}")


def _job(row: Mapping[str, Any]) -> Job:
    return Job(row["name"], row["document"], row["created"], row["modified"])
