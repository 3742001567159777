"""Runs of jobs: starting, showing, stopping. The worker runs the script."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gluematch.models import clock, ids
from gluematch.models.catalog import job_runs, jobs
from gluematch.models.catalog.job_runs import JobRun
from gluematch.models.catalog.jobs import Job
from gluematch.models.catalog.store import Transaction
from gluematch.models.errors import (
    ConcurrentRunsExceededException,
    GlueError,
    JobRunInTerminalStateException,
)

from . import paging
from .job_settings import obstacle, run_settings
from .queueing import require_a_place
from .registry import Call, operation
from .storage import detail

if TYPE_CHECKING:
    from types_boto3_glue import type_defs as glue

NO_JOB = "Failed to start job run due to missing metadata."
QUEUED = "The job has as many runs as it may have at a time; this one waits for its turn."


@operation
def start_job_run(call: Call, request: "glue.StartJobRunRequestTypeDef") -> Mapping[str, Any]:
    """A run begins, in the worker; with JobRunId, as the next attempt at what that one did."""
    previous = request.get("JobRunId")
    with call.catalog.begin() as tx:
        job = jobs.get(tx, request["JobName"], NO_JOB)
        if previous is not None:
            job_runs.get(tx, job.name, previous)
        made = run_settings(job.document, request)
        require_a_place(tx)
        error = obstacle(job.document["Command"])
        status = "FAILED" if error else _first_status(tx, job, made)
        run = replace(_new(job, made), status=status, error=error, previous=previous)
        job_runs.create(tx, run if error is None else replace(run, completed=run.started))
    call.wake()
    return {"JobRunId": run.run_id}


@operation
def get_job_run(call: Call, request: "glue.GetJobRunRequestTypeDef") -> Mapping[str, Any]:
    """One run."""
    with call.catalog.read() as tx:
        return {"JobRun": _answer(job_runs.get(tx, request["JobName"], request["RunId"]))}


@operation
def get_job_runs(call: Call, request: "glue.GetJobRunsRequestTypeDef") -> Mapping[str, Any]:
    """The runs of a job, newest first."""
    page = paging.start("get_job_runs", request)
    after = None
    if page.after is not None:
        milliseconds, run_id = page.after
        after = datetime.fromtimestamp(milliseconds / 1000, UTC), run_id
    with call.catalog.read() as tx:
        job = jobs.get(tx, request["JobName"])
        rows = job_runs.page(tx, job.name, after, page.probe)
    found = paging.cut(page, rows, lambda run: [round(run.started.timestamp() * 1000), run.run_id])
    return {"JobRuns": [_answer(run) for run in found.items], "NextToken": found.next_token}


@operation
def batch_stop_job_run(
    call: Call, request: "glue.BatchStopJobRunRequestTypeDef"
) -> Mapping[str, Any]:
    """Each run is asked to end; it is STOPPED once its script has. Others are told of as errors."""
    name = request["JobName"]
    answer: dict[str, list[Any]] = {"SuccessfulSubmissions": [], "Errors": []}
    with call.catalog.begin() as tx:
        for run_id in dict.fromkeys(request["JobRunIds"]):
            entry = {"JobName": name, "JobRunId": run_id}
            try:
                _stop(tx, name, run_id)
            except GlueError as error:
                answer["Errors"].append({**entry, "ErrorDetail": detail(error)})
            else:
                answer["SuccessfulSubmissions"].append(entry)
    call.wake()
    return answer


def _new(job: Job, made: Mapping[str, Any]) -> JobRun:
    now = clock.now()
    return JobRun(
        run_id=ids.job_run_id(),
        job_name=job.name,
        status="STARTING",
        command=job.document["Command"],
        settings=made,
        attempt=0,
        max_retries=job.document["MaxRetries"],
        previous=None,
        error=None,
        timeout_seconds=60 * made["Timeout"],
        started=now,
        claimed=None,
        modified=now,
        completed=None,
    )


def _first_status(tx: Transaction, job: Job, made: Mapping[str, Any]) -> str:
    """STARTING; WAITING for a run that may queue where one more is too many."""
    if job_runs.going_on(tx, job.name) < job.document["ExecutionProperty"]["MaxConcurrentRuns"]:
        return "STARTING"
    if made.get("JobRunQueuingEnabled"):
        return "WAITING"
    raise ConcurrentRunsExceededException(f"Concurrent runs exceeded for {job.name}")


def _stop(tx: Transaction, name: str, run_id: str) -> None:
    run = job_runs.get(tx, name, run_id)
    if run.status != "STOPPING" and not job_runs.advance(
        tx, run_id, ("WAITING", "STARTING", "RUNNING"), status="STOPPING"
    ):
        raise JobRunInTerminalStateException(f"Job run {run_id} has ended already: {run.status}.")


def _answer(run: JobRun) -> dict[str, Any]:
    """The run as Glue shows it."""
    return {
        **run.settings,
        "Id": run.run_id,
        "Attempt": run.attempt,
        "PreviousRunId": run.previous,
        "JobName": run.job_name,
        "StartedOn": run.started,
        "LastModifiedOn": run.modified,
        "CompletedOn": run.completed,
        "JobRunState": run.status,
        "ErrorMessage": run.error,
        "PredecessorRuns": [],
        "ExecutionTime": run.execution_seconds,
        "LogGroupName": "/aws-glue/jobs",
        "StateDetail": QUEUED if run.status == "WAITING" else None,
    }
