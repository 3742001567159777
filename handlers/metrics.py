"""What an evaluation found out beyond Glue's metrics: a document of our own."""

from collections.abc import Mapping
from typing import Any

from gluematch.models.catalog import evaluations, task_runs, transforms
from gluematch.models.errors import EntityNotFoundException

from .registry import Call, route


@route("transforms/{TransformId}/metrics", method="GET")
def get_transform_metrics(call: Call, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document of the transform's last evaluation, or of the run `TaskRunId`."""
    transform_id, run_id = request["TransformId"], request.get("TaskRunId")
    with call.catalog.read() as tx:
        transforms.get(tx, transform_id)
        if run_id is None:
            found = evaluations.latest(tx, transform_id)
        else:
            task_runs.get(tx, transform_id, run_id)
            found = evaluations.of_run(tx, transform_id, run_id)
    if found is None:
        raise EntityNotFoundException(
            f"Transform {transform_id} has no such evaluation: start one with "
            "StartMLEvaluationTaskRun, and ask again when it has SUCCEEDED."
        )
    return {
        "TransformId": transform_id,
        "TaskRunId": found.task_run_id,
        "EvaluatedOn": found.evaluated.timestamp(),
        **found.document,
    }
