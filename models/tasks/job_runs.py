"""Job runs as a kind of work: from the row that StartJobRun writes to the end of its script."""

import shutil
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from gluematch.models import clock, processes
from gluematch.models.catalog import job_runs, jobs, task_runs
from gluematch.models.catalog.job_runs import JobRun
from gluematch.models.catalog.store import Catalog, Connection, Transaction
from gluematch.models.datasets.access import AwsServices
from gluematch.models.jobs import launching
from gluematch.models.jobs.launching import Job
from gluematch.models.jobs.staging import ERRORS, Order

from .work import CRASHED, Failed, Outcome, State, Stopped, Succeeded, TimedOut, Work

BODY = "gluematch.models.tasks.bodies.scripts:run"
STATES = {
    "WAITING": State.WAITING,
    "STARTING": State.WAITING,
    "RUNNING": State.RUNNING,
    "STOPPING": State.STOPPING,
}


class JobRuns:
    """The kind of work that GetJobRun shows: at most `slots` at a time, beside all other work.

    A script may wait for other runs, so it takes none of their places. Each run has a
    directory below `directory` while it goes on. `python_path` is for all scripts.
    """

    def __init__(self, directory: Path, python_path: tuple[str, ...], slots: int) -> None:
        self.slots: int | None = slots
        self._directory = directory
        self._python_path = python_path

    def recover(self, connection: Connection, held: Collection[str]) -> None:
        """End the processes that a crash left behind here, and close their runs."""
        for scope, run in job_runs.open_everywhere(connection):
            tx = Transaction(connection, scope)
            if run.run_id in held:
                continue
            if run.status == "RUNNING":
                _fail(tx, run, CRASHED)
            elif run.status == "STOPPING":
                _close(tx, run, "STOPPED", None)
            processes.end_marked(launching.RUN_ID, run.run_id)
        self.clear(held)

    def clear(self, held: Collection[str] = ()) -> None:
        """Remove what runs have left in their directories, but those that go on."""
        kept = {_shortened(run_id) for run_id in held}
        places = self._directory.iterdir() if self._directory.exists() else ()
        for place in places:
            if place.name.partition("-")[0] not in kept:
                shutil.rmtree(place, ignore_errors=True)

    def open_works(self, catalog: Catalog) -> list[Work]:
        """All runs that have not ended."""
        with catalog.look() as connection:
            rows = job_runs.open_everywhere(connection)
        return [
            Work(
                scope,
                run.run_id,
                STATES[run.status],
                ERRORS,
                run.run_id,
                timedelta(seconds=run.timeout_seconds),
                run,
            )
            for scope, run in rows
        ]

    def claim(self, tx: Transaction, work: Work) -> bool:
        """To RUNNING; a run that queues has to wait while its job has enough others."""
        run: JobRun = work.row
        if run.status == "WAITING":
            most = jobs.get(tx, run.job_name).document["ExecutionProperty"]["MaxConcurrentRuns"]
            if job_runs.going_on(tx, run.job_name) >= most:
                return False
        return job_runs.advance(
            tx, run.run_id, (run.status,), status="RUNNING", claimed=clock.now()
        )

    def body(self, work: Work) -> str:
        """One body runs every script."""
        del work
        return BODY

    def prepare(self, tx: Transaction, work: Work) -> Order:
        """The command, the arguments and the place of the run."""
        del tx  # all of it is in the row
        run: JobRun = work.row
        job = Job(run.job_name, jobs.id_of(work.scope, run.job_name), run.run_id)
        arguments = run.settings["Arguments"]
        return Order(job, run.command, arguments, self._place(run), self._python_path)

    def note_progress(self, tx: Transaction, work: Work, fraction: float, stage: str) -> None:
        """Nobody knows how far a script is."""

    def conclude(self, tx: Transaction, work: Work, outcome: Outcome) -> Sequence[str]:
        """Close the row; a run that failed is followed by another as often as its job says.

        Whatever of its processes and files its child could not remove is removed here.
        """
        processes.end_marked(launching.RUN_ID, work.work_id)
        shutil.rmtree(self._place(work.row), ignore_errors=True)
        run = job_runs.find(tx, work.work_id)
        if run is None:
            return ["The job was deleted, and this run with it."]
        if run.status == "STOPPING":
            outcome = Stopped()
        match outcome:
            case Succeeded():
                return _close(tx, run, "SUCCEEDED", None)
            case Failed(message):
                return _fail(tx, run, message)
            case Stopped():
                return _close(tx, run, "STOPPED", None)
            case TimedOut():
                limit = f"The run took longer than its timeout of {_minutes(run)} minutes."
                return _close(tx, run, "TIMEOUT", limit)

    def settle(self, catalog: Catalog, work: Work, outcome: Outcome, services: AwsServices) -> None:
        """No other service waits for it."""

    def _place(self, run: JobRun) -> Path:
        """Short: the names of sockets, which scripts may make there, are."""
        return self._directory / f"{_shortened(run.run_id)}-{run.attempt}"


def _shortened(run_id: str) -> str:
    return run_id[3:15]


def _fail(tx: Transaction, run: JobRun, message: str) -> list[str]:
    told = _close(tx, run, "FAILED", message)
    if run.attempt < run.max_retries:
        attempt, now = run.attempt + 1, clock.now()
        again = replace(
            run,
            run_id=f"{run.run_id.partition('_attempt_')[0]}_attempt_{attempt}",
            status="STARTING",
            attempt=attempt,
            previous=run.run_id,
            started=now,
            claimed=None,
            modified=now,
        )
        job_runs.create(tx, again)
        told.append(f"Attempt {attempt + 1} of {run.max_retries + 1} follows: {again.run_id}")
    return told


def _close(tx: Transaction, run: JobRun, status: str, error: str | None) -> list[str]:
    for use in task_runs.of_job_run(tx, run.run_id):
        task_runs.end(tx, use, status, error)
    job_runs.advance(
        tx, run.run_id, job_runs.OPEN, status=status, error=error, completed=clock.now()
    )
    return [] if error is None else [error]


def _minutes(run: JobRun) -> str:
    return f"{run.timeout_seconds / 60:g}"
