"""Jobs: which script is to run, and how. Running it is the worker's: see `job_runs.py`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gluematch.models import clock
from gluematch.models.catalog import jobs, tags
from gluematch.models.catalog.jobs import Job

from . import paging
from .job_settings import settings
from .registry import Call, operation
from .tags import refuse_reserved, tagged

if TYPE_CHECKING:
    from types_boto3_glue import type_defs as glue


@operation
def create_job(call: Call, request: "glue.CreateJobRequestTypeDef") -> Mapping[str, Any]:
    """A new job. It does not ask whether the script exists: the run will."""
    given = request.get("Tags", {})
    refuse_reserved(given)
    members = {name: one for name, one in request.items() if name not in {"Name", "Tags"}}
    now = clock.now()
    job = Job(request["Name"], settings(members), now, now)
    with call.catalog.begin() as tx:
        jobs.create(tx, job)
        tags.add(tx, jobs.arn(tx, job.name), given)
    return {"Name": job.name}


@operation
def update_job(call: Call, request: "glue.UpdateJobRequestTypeDef") -> Mapping[str, Any]:
    """Other settings in the place of all there were: what is not named is as by default."""
    with call.catalog.begin() as tx:
        jobs.get(tx, request["JobName"])
        jobs.update(tx, request["JobName"], settings(request["JobUpdate"]))
    return {"JobName": request["JobName"]}


@operation
def delete_job(call: Call, request: "glue.DeleteJobRequestTypeDef") -> Mapping[str, Any]:
    """The job goes with its runs, which end, its bookmarks and tags. None there: no error."""
    with call.catalog.begin() as tx:
        jobs.delete(tx, request["JobName"])
    call.wake()
    return {"JobName": request["JobName"]}


@operation
def get_job(call: Call, request: "glue.GetJobRequestTypeDef") -> Mapping[str, Any]:
    """One job."""
    with call.catalog.read() as tx:
        return {"Job": _answer(jobs.get(tx, request["JobName"]))}


@operation
def get_jobs(call: Call, request: "glue.GetJobsRequestTypeDef") -> Mapping[str, Any]:
    """All jobs, by name."""
    page = paging.start("get_jobs", request)
    with call.catalog.read() as tx:
        found = paging.cut(page, jobs.page(tx, page.after, page.probe), lambda job: job.name)
    return {"Jobs": [_answer(job) for job in found.items], "NextToken": found.next_token}


@operation
def list_jobs(call: Call, request: "glue.ListJobsRequestTypeDef") -> Mapping[str, Any]:
    """The names of all jobs, or of those that carry all the tags, by name."""
    page = paging.start("list_jobs", request)
    with call.catalog.read() as tx:
        if wanted := request.get("Tags"):
            found = paging.listed(page, tagged(tx, "job", wanted), lambda name: [name])
        else:
            after = None if page.after is None else page.after[0]
            names = [job.name for job in jobs.page(tx, after, page.probe)]
            found = paging.cut(page, names, lambda name: [name])
    return {"JobNames": found.items, "NextToken": found.next_token}


@operation
def batch_get_jobs(call: Call, request: "glue.BatchGetJobsRequestTypeDef") -> Mapping[str, Any]:
    """Several jobs, and the names that no job has."""
    names = list(dict.fromkeys(request["JobNames"]))
    with call.catalog.read() as tx:
        found = jobs.many(tx, names)
    return {
        "Jobs": [_answer(found[name]) for name in names if name in found],
        "JobsNotFound": [name for name in names if name not in found],
    }


def _answer(job: Job) -> dict[str, Any]:
    """The job as Glue shows it."""
    return {
        **job.document,
        "Name": job.name,
        "CreatedOn": job.created,
        "LastModifiedOn": job.modified,
    }
