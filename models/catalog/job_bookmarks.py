"""Job bookmarks: what a job has read already, as its script's runtime wrote it down.

Every commit is a version of its own, so that a job can be set back to an earlier run.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from gluematch.models.errors import EntityNotFoundException, VersionMismatchException

from . import schema, statements
from .job_runs import JobRun
from .store import Transaction

ROWS = schema.job_bookmarks


@dataclass(frozen=True, slots=True)
class Bookmark:
    """The state after one commit; `version` counts commits and `run` the runs that made any."""

    job_name: str
    version: int
    run: int
    attempt: int
    run_id: str
    previous: str | None
    state: str


def latest(tx: Transaction, job_name: str, run_id: str | None = None) -> Bookmark | None:
    """The job's newest bookmark, or the newest of that run."""
    one = () if run_id is None else (ROWS.c.run_id == run_id,)
    query = statements.rows_of(tx, ROWS, ROWS.c.job_name == job_name, *one)
    found = statements.every(tx, query.order_by(ROWS.c.version.desc()).limit(1))
    return _bookmark(found[0]) if found else None


def get(tx: Transaction, job_name: str, run_id: str | None = None) -> Bookmark:
    """The same; raises EntityNotFoundException where there is none."""
    found = latest(tx, job_name, run_id)
    if found is None:
        raise EntityNotFoundException(f"Continuation for job {job_name} not found.")
    return found


def commit(tx: Transaction, run: JobRun, state: str, version: int | None) -> Bookmark:
    """Write down the state that a run reached, on top of `version` if one is given.

    Raises VersionMismatchException if another run has committed since that version.
    """
    before = latest(tx, run.job_name)
    found = before.version if before else 0
    if version is not None and version != found:
        raise VersionMismatchException(
            "Continuation update failed due to version mismatch. "
            f"Expected version {version} but found version {found}"
        )
    same = before is not None and before.run_id == run.run_id
    made = Bookmark(
        job_name=run.job_name,
        version=found + 1,
        run=(before.run if before else 0) + (not same),
        attempt=run.attempt,
        run_id=run.run_id,
        previous=before.previous if before and same else before.run_id if before else None,
        state=state,
    )
    statements.add(tx, ROWS, asdict(made))
    return made


def reset(tx: Transaction, job_name: str, run_id: str | None) -> Bookmark:
    """Forget all, or what came after that run; the bookmark that was, or is, the newest."""
    kept = get(tx, job_name, run_id)
    beyond = () if run_id is None else (ROWS.c.version > kept.version,)
    statements.remove(tx, ROWS, ROWS.c.job_name == job_name, *beyond)
    return kept


def _bookmark(row: Mapping[str, Any]) -> Bookmark:
    return Bookmark(**{field.name: row[field.name] for field in fields(Bookmark)})
