"""Job bookmarks: showing and resetting them, and the route by which a script's runtime commits."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gluematch.models.catalog import job_bookmarks, job_runs, jobs
from gluematch.models.catalog.job_bookmarks import Bookmark

from .registry import Call, operation, route

if TYPE_CHECKING:
    from types_boto3_glue import type_defs as glue


@operation
def get_job_bookmark(call: Call, request: "glue.GetJobBookmarkRequestTypeDef") -> Mapping[str, Any]:
    """The newest bookmark of a job, or of one of its runs."""
    with call.catalog.read() as tx:
        found = job_bookmarks.get(tx, request["JobName"], request.get("RunId"))
    return {"JobBookmarkEntry": _answer(found)}


@operation
def reset_job_bookmark(
    call: Call, request: "glue.ResetJobBookmarkRequestTypeDef"
) -> Mapping[str, Any]:
    """The job begins anew, or goes on from where the named run was."""
    run_id = request.get("RunId")
    with call.catalog.begin() as tx:
        kept = _answer(job_bookmarks.reset(tx, request["JobName"], run_id))
    if run_id is None:
        kept |= {"Version": 0, "Run": 0, "Attempt": 0, "JobBookmark": "{}"}
    return {"JobBookmarkEntry": kept}


@route("job-bookmarks")
def commit_job_bookmark(call: Call, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a run has read is written down; later runs of the job find it by GetJobBookmark."""
    with call.catalog.begin() as tx:
        jobs.get(tx, request["JobName"])
        run = job_runs.get(tx, request["JobName"], request["RunId"])
        made = job_bookmarks.commit(tx, run, request["JobBookmark"], request.get("Version"))
    return {"JobBookmarkEntry": _answer(made)}


def _answer(bookmark: Bookmark) -> dict[str, Any]:
    """The bookmark as Glue shows it."""
    return {
        "JobName": bookmark.job_name,
        "Version": bookmark.version,
        "Run": bookmark.run,
        "Attempt": bookmark.attempt,
        "PreviousRunId": bookmark.previous,
        "RunId": bookmark.run_id,
        "JobBookmark": bookmark.state,
    }
