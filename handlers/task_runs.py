"""Task runs: starting, cancelling and showing them. What a run does, the worker knows."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from gluematch.models.catalog import labels, task_runs, transforms
from gluematch.models.catalog.task_runs import TaskRun
from gluematch.models.errors import (
    EntityNotFoundException,
    InvalidInputException,
    MLTransformNotReadyException,
    ResourceNumberLimitExceededException,
)

from . import paging, run_requests
from .registry import Call, operation

if TYPE_CHECKING:
    from types_boto3_glue import type_defs as glue

NOT_READY = "This operation can only be applied to a transform that is in a READY state."
PROPERTIES = {
    "LABELING_SET_GENERATION": "LabelingSetGenerationTaskRunProperties",
    "IMPORT_LABELS": "ImportLabelsTaskRunProperties",
    "EXPORT_LABELS": "ExportLabelsTaskRunProperties",
    "FIND_MATCHES": "FindMatchesTaskRunProperties",
}
SHOWN = {
    "LABELING_SET_GENERATION": ("OutputS3Path",),
    "IMPORT_LABELS": ("InputS3Path", "Replace"),
    "EXPORT_LABELS": ("OutputS3Path",),
    "FIND_MATCHES": ("JobId", "JobName", "JobRunId"),
}


@operation
def start_ml_labeling_set_generation_task_run(
    call: Call, request: "glue.StartMLLabelingSetGenerationTaskRunRequestTypeDef"
) -> Mapping[str, Any]:
    """Choose records to label and write them to S3."""
    with call.catalog.read() as tx:
        transforms.get(tx, request["TransformId"])
    run_requests.check_output(call, request["OutputS3Path"])
    with call.catalog.begin() as tx:
        transform = transforms.get(tx, request["TransformId"])
        run_requests.check_limits(tx, transform.transform_id)
        asked = {"OutputS3Path": request["OutputS3Path"]}
        run = run_requests.record(tx, transform, "LABELING_SET_GENERATION", asked)
    call.wake()
    return {"TaskRunId": run}


@operation
def start_import_labels_task_run(
    call: Call, request: "glue.StartImportLabelsTaskRunRequestTypeDef"
) -> Mapping[str, Any]:
    """Take in a label file and learn from it."""
    with call.catalog.read() as tx:
        transforms.get(tx, request["TransformId"])
    run_requests.check_label_file(call, request["InputS3Path"])
    with call.catalog.begin() as tx:
        transform = transforms.get(tx, request["TransformId"])
        refusal = ResourceNumberLimitExceededException
        run_requests.check_limits(tx, transform.transform_id, refusal)
        asked = {
            "InputS3Path": request["InputS3Path"],
            "Replace": request.get("ReplaceAllLabels", False),
        }
        run = run_requests.record(tx, transform, "IMPORT_LABELS", asked)
    call.wake()
    return {"TaskRunId": run}


@operation
def start_export_labels_task_run(
    call: Call, request: "glue.StartExportLabelsTaskRunRequestTypeDef"
) -> Mapping[str, Any]:
    """Write the stored labels to S3."""
    transform_id = request["TransformId"]
    with call.catalog.read() as tx:
        transforms.get(tx, transform_id)
        if not labels.count(tx, transform_id):
            raise EntityNotFoundException(
                f"No labelset exists for transformId {transform_id} "
                f"in account id {tx.scope.account}."
            )
    run_requests.check_output(call, request["OutputS3Path"])
    with call.catalog.begin() as tx:
        transform = transforms.get(tx, transform_id)
        run_requests.check_limits(tx, transform_id, InvalidInputException)
        asked = {"OutputS3Path": request["OutputS3Path"]}
        run = run_requests.record(tx, transform, "EXPORT_LABELS", asked)
    call.wake()
    return {"TaskRunId": run}


@operation
def start_ml_evaluation_task_run(
    call: Call, request: "glue.StartMLEvaluationTaskRunRequestTypeDef"
) -> Mapping[str, Any]:
    """Measure how well the transform does, by its labels."""
    with call.catalog.begin() as tx:
        transform = transforms.get(tx, request["TransformId"])
        if transform.status != "READY":
            raise MLTransformNotReadyException(NOT_READY)
        run_requests.check_limits(tx, transform.transform_id)
        run = run_requests.record(tx, transform, "EVALUATION", {})
    call.wake()
    return {"TaskRunId": run}


@operation
def cancel_ml_task_run(
    call: Call, request: "glue.CancelMLTaskRunRequestTypeDef"
) -> Mapping[str, Any]:
    """Have a run stopped; one that has ended stays as it is."""
    transform_id, run_id = request["TransformId"], request["TaskRunId"]
    with call.catalog.begin() as tx:
        task_runs.get(tx, transform_id, run_id)
        task_runs.advance(tx, run_id, ("STARTING", "RUNNING"), status="STOPPING")
        status = task_runs.get(tx, transform_id, run_id).status
    call.wake()
    return {"TransformId": transform_id, "TaskRunId": run_id, "Status": status}


@operation
def get_ml_task_run(call: Call, request: "glue.GetMLTaskRunRequestTypeDef") -> Mapping[str, Any]:
    """Everything about one run."""
    with call.catalog.read() as tx:
        return _shown(task_runs.get(tx, request["TransformId"], request["TaskRunId"]))


@operation
def get_ml_task_runs(call: Call, request: "glue.GetMLTaskRunsRequestTypeDef") -> Mapping[str, Any]:
    """The transform's runs that meet all criteria, newest first unless sorted otherwise."""
    page = paging.start("get_ml_task_runs", request)
    criteria, order = request.get("Filter", {}), request.get("Sort", NEWEST_FIRST)
    with call.catalog.read() as tx:
        transforms.get(tx, request["TransformId"])
        runs = task_runs.of_transform(tx, request["TransformId"])
    found = paging.listed(
        page,
        [run for run in runs if _meets(run, criteria)],
        SORTS[order["Column"]],
        descending=order["SortDirection"] == "DESCENDING",
    )
    return {"TaskRuns": [_shown(run) for run in found.items], "NextToken": found.next_token}


NEWEST_FIRST = {"Column": "STARTED", "SortDirection": "DESCENDING"}
SORTS: Mapping[str, Callable[[TaskRun], tuple[str | float, ...]]] = {
    "TASK_RUN_TYPE": lambda run: (run.task_type, run.started.timestamp(), run.task_run_id),
    "STATUS": lambda run: (run.status, run.started.timestamp(), run.task_run_id),
    "STARTED": lambda run: (run.started.timestamp(), run.task_run_id),
}


def _meets(run: TaskRun, criteria: Mapping[str, Any]) -> bool:
    return all(
        (
            criteria.get("TaskRunType", run.task_type) == run.task_type,
            criteria.get("Status", run.status) == run.status,
            "StartedBefore" not in criteria or run.started < criteria["StartedBefore"],
            "StartedAfter" not in criteria or run.started > criteria["StartedAfter"],
        )
    )


def _shown(run: TaskRun) -> dict[str, Any]:
    """A run as Glue shows it."""
    properties: dict[str, Any] = {"TaskType": run.task_type}
    shown = SHOWN.get(run.task_type, ())
    told = {name: run.request[name] for name in shown if name in run.request}
    if run.task_type in PROPERTIES and told:
        properties[PROPERTIES[run.task_type]] = told
    return {
        "TransformId": run.transform_id,
        "TaskRunId": run.task_run_id,
        "Status": run.status,
        "LogGroupName": task_runs.LOG_GROUP,
        "Properties": properties,
        "ErrorString": run.error,
        "StartedOn": run.started,
        "LastModifiedOn": run.modified,
        "CompletedOn": run.completed,
        "ExecutionTime": run.execution_seconds,
    }
