"""What the operations that start runs have in common: paths to check, limits, the row to write."""

from collections.abc import Mapping
from typing import Any

from gluematch.models import clock, ids
from gluematch.models.catalog import task_runs
from gluematch.models.catalog.store import Transaction
from gluematch.models.catalog.task_runs import TaskRun
from gluematch.models.catalog.transforms import Transform
from gluematch.models.datasets.objects import ObjectInfo, ObjectStoreError, split_uri
from gluematch.models.errors import (
    ConcurrentRunsExceededException,
    GlueError,
    InvalidInputException,
    ResourceNumberLimitExceededException,
)

from .queueing import require_a_place
from .registry import Call

MAX_RUNS_OF_TRANSFORM = 3
MAX_RUNS_OF_ACCOUNT = 30
MAX_LABEL_FILE_MB = 10


def record(
    tx: Transaction, transform: Transform, task_type: str, request: Mapping[str, Any]
) -> str:
    """Write the row that the worker picks up; its id."""
    now = clock.now()
    run = TaskRun(
        transform_id=transform.transform_id,
        task_run_id=ids.task_run_id(),
        task_type=task_type,
        status="STARTING",
        request={**request, "MaxRetries": transform.max_retries},
        error=None,
        attempt=0,
        timeout_minutes=transform.timeout_minutes,
        progress=0.0,
        started=now,
        claimed=None,
        modified=now,
        completed=None,
    )
    task_runs.create(tx, run)
    return run.task_run_id


def check_limits(
    tx: Transaction,
    transform_id: str,
    refusal: type[GlueError] = ConcurrentRunsExceededException,
) -> None:
    """Refuse one more run when too many go on already; each operation declares its refusal.

    Raises ThrottlingException where too many wait.
    """
    count = task_runs.active(tx, transform_id) + 1
    if count > MAX_RUNS_OF_TRANSFORM:
        raise refusal(
            f"ML Task Runs count {count} has exceeded the transform limit "
            f"of {MAX_RUNS_OF_TRANSFORM} task runs."
        )
    count = task_runs.active(tx) + 1
    if count > MAX_RUNS_OF_ACCOUNT:
        raise refusal(
            f"ML Task Runs count {count} has exceeded the limit of {MAX_RUNS_OF_ACCOUNT} task runs."
        )
    require_a_place(tx)


def check_label_file(call: Call, path: str) -> None:
    """Refuse a label file that is not there, empty, too large or in another region."""
    try:
        bucket, key = split_uri(path)
    except ValueError:
        key = ""
    if not key:
        raise InvalidInputException("Invalid label file path.")
    found = _label_file(call, path, bucket)
    if found.size == 0:
        raise InvalidInputException("Invalid label file of size 0.")
    if found.size > MAX_LABEL_FILE_MB * 1024 * 1024:
        raise ResourceNumberLimitExceededException(
            f"Label file has exceeded the limit of {MAX_LABEL_FILE_MB} MB."
        )


def check_output(call: Call, path: str) -> None:
    """Refuse a place to write to that is none, or in another region."""
    try:
        bucket, _ = split_uri(path)
    except ValueError:
        raise InvalidInputException(
            "Invalid output path. Give one of the form s3://bucket/prefix."
        ) from None
    try:
        call.objects.require_target(path)
        _check_region(call, bucket)
    except ObjectStoreError as error:
        reason = str(error).rstrip(".")
        raise InvalidInputException(f"Cannot access the output path {path}. {reason}.") from error


def _label_file(call: Call, path: str, bucket: str) -> ObjectInfo:
    reason = "There is no such object"
    try:
        _check_region(call, bucket)
        found = call.objects.head(path)
    except ObjectStoreError as error:
        found, reason = None, str(error).rstrip(".")
    if found is None:
        raise InvalidInputException(f"Cannot access the label file at {path}. {reason}.")
    return found


def _check_region(call: Call, bucket: str) -> None:
    region = call.objects.bucket_region(bucket)
    if region != call.scope.region:
        raise InvalidInputException(
            "S3 path provided is not in the same region as transform. "
            f"Expecting region - {call.scope.region}, but got - {region}."
        )
