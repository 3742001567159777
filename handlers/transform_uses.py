"""Transforms in the hands of jobs: the taught model goes to where the script runs, and each
matching shows among the transform's task runs.

AWS has internal operations for this, PullLatestMLTransformModel and PutJobMetadataForMLTransform.
"""

import base64
from collections.abc import Mapping
from typing import Any

from gluematch.models import clock
from gluematch.models.catalog import jobs, labels, task_runs, trained, transforms
from gluematch.models.catalog.trained import Trained
from gluematch.models.catalog.transforms import Transform
from gluematch.models.errors import MLTransformNotReadyException

from . import run_requests
from .registry import Call, route
from .task_runs import NOT_READY

OPEN = ("RUNNING",)


@route("transforms/{TransformId}/uses")
def use_transform(call: Call, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Begin a matching of a job run: its FIND_MATCHES task is RUNNING from now on.

    The answer has all that the engine takes: settings, columns, the model as a document and as
    npz bytes without pickles in base64, and the labels where they are to be enforced.
    """
    transform_id = request["TransformId"]
    with call.catalog.begin() as tx:
        transform = transforms.get(tx, transform_id)
        model = trained.get(tx, transform_id)
        if transform.status != "READY" or model is None:
            raise MLTransformNotReadyException(NOT_READY)
        said = labels.of_transform(tx, transform_id) if transform.enforce_labels else []
        name = request["JobName"]
        job = {
            "JobId": jobs.id_of(call.scope, name),
            "JobName": name,
            "JobRunId": request["JobRunId"],
        }
        run = run_requests.record(tx, transform, "FIND_MATCHES", job)
        task_runs.advance(tx, run, ("STARTING",), status="RUNNING", claimed=clock.now())
    given = [{"Set": one.set_id, "Label": one.label, "Key": one.key} for one in said]
    return {"TaskRunId": run, **_taught(transform, model), "Labels": given}


@route("transforms/{TransformId}/uses/{TaskRunId}")
def report_use(call: Call, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say how far a matching is, or how it ended; the answer tells whether it was cancelled."""
    transform_id, run_id = request["TransformId"], request["TaskRunId"]
    with call.catalog.begin() as tx:
        run = task_runs.get(tx, transform_id, run_id)
        if "Status" in request:
            task_runs.end(tx, run, request["Status"], request.get("ErrorString"))
        elif "Progress" in request:
            task_runs.advance(tx, run_id, OPEN, progress=request["Progress"])
        return {"Status": task_runs.get(tx, transform_id, run_id).status}


@route("job-runs/{JobRunId}/uses")
def end_uses(call: Call, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Close what a job run has left open: it is over, perhaps without a chance to say so."""
    with call.catalog.begin() as tx:
        left = task_runs.of_job_run(tx, request["JobRunId"])
        for run in left:
            task_runs.end(tx, run, request["Status"], request.get("ErrorString"))
    return {"Ended": len(left)}


def _taught(transform: Transform, model: Trained) -> dict[str, Any]:
    return {
        "TransformId": transform.transform_id,
        "PrimaryKeyColumnName": transform.primary_key,
        "Columns": [{"Name": name, "Type": kind} for name, kind in transform.columns],
        "PrecisionRecallTradeoff": transform.precision_recall,
        "AccuracyCostTradeoff": transform.accuracy_cost,
        "TrainedOn": model.trained.timestamp(),
        "Model": model.document,
        "Arrays": base64.b64encode(model.arrays).decode(),
    }
