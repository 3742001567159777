"""ML transforms: creating, changing, deleting and showing one. Lists: `transform_lists.py`."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gluematch.models import clock, ids
from gluematch.models.catalog import labels, tags, trained, transforms
from gluematch.models.catalog.store import Transaction
from gluematch.models.catalog.transforms import Transform
from gluematch.models.errors import (
    AlreadyExistsException,
    EntityNotFoundException,
    InvalidInputException,
    ResourceNumberLimitExceededException,
)

from . import run_requests, transform_settings
from .registry import Call, operation
from .tags import refuse_reserved

if TYPE_CHECKING:
    from types_boto3_glue import type_defs as glue

MAX_TRANSFORMS = 100


@operation
def create_ml_transform(
    call: Call, request: "glue.CreateMLTransformRequestTypeDef"
) -> Mapping[str, Any]:
    """A new transform, NOT_READY until labels are imported."""
    document = transform_settings.new_document(request)
    tagged = request.get("Tags", {})
    refuse_reserved(tagged)
    now = clock.now()
    with call.catalog.begin() as tx:
        if transforms.by_name(tx, request["Name"]) is not None:
            raise AlreadyExistsException(f"Transform with name {request['Name']} already exists.")
        columns = transform_settings.schema(call, tx, request["InputRecordTables"])
        made = Transform(
            ids.transform_id(), request["Name"], document, "NOT_READY", columns, 0, None, now, now
        )
        transform_settings.check_schema(columns, made.primary_key)
        count = transforms.count(tx) + 1
        if count > MAX_TRANSFORMS:
            raise ResourceNumberLimitExceededException(
                f"ML Transforms count ({count}) has exceeded the limit "
                f"of {MAX_TRANSFORMS} transforms."
            )
        transforms.create(tx, made)
        tags.add(tx, arn(tx, made.transform_id), tagged)
    return {"TransformId": made.transform_id}


@operation
def update_ml_transform(
    call: Call, request: "glue.UpdateMLTransformRequestTypeDef"
) -> Mapping[str, Any]:
    """Change settings. New tradeoffs keep READY; a new primary key means learning again."""
    with call.catalog.begin() as tx:
        before = transforms.get(tx, request["TransformId"])
        document = transform_settings.changed_document(before.document, request)
        name = request.get("Name", before.name)
        namesake = transforms.by_name(tx, name)
        if namesake is not None and namesake.transform_id != before.transform_id:
            raise InvalidInputException(f"Another transform with name {name} already exists.")
        after = replace(before, name=name, document=document, modified=clock.now())
        transform_settings.check_schema(after.columns, after.primary_key)
        if after.primary_key != before.primary_key:
            after = _to_be_taught_again(tx, after)
        transforms.save(tx, after)
    call.wake()
    return {"TransformId": after.transform_id}


@operation
def delete_ml_transform(
    call: Call, request: "glue.DeleteMLTransformRequestTypeDef"
) -> Mapping[str, Any]:
    """Remove the transform and all that is its own; its runs end."""
    transform_id = request["TransformId"]
    with call.catalog.begin() as tx:
        if transforms.find(tx, transform_id) is None:
            raise EntityNotFoundException(
                f"Cannot find MLTransform in account {tx.scope.account} with handle {transform_id}"
            )
        transforms.delete(tx, transform_id)
    call.wake()
    return {"TransformId": transform_id}


@operation
def get_ml_transform(call: Call, request: "glue.GetMLTransformRequestTypeDef") -> Mapping[str, Any]:
    """Everything about one transform but its tags."""
    with call.catalog.read() as tx:
        return shown(transforms.get(tx, request["TransformId"]))


def shown(transform: Transform) -> dict[str, Any]:
    """A transform as Glue shows it."""
    return {
        **transform.document,
        "TransformId": transform.transform_id,
        "Name": transform.name,
        "Status": transform.status,
        "CreatedOn": transform.created,
        "LastModifiedOn": transform.modified,
        "EvaluationMetrics": transform.metrics,
        "LabelCount": transform.label_count,
        "Schema": [{"Name": name, "DataType": kind} for name, kind in transform.columns],
    }


def arn(tx: Transaction, transform_id: str) -> str:
    """The ARN under which the transform carries its tags."""
    return tx.scope.arn(f"mlTransform/{transform_id}")


def _to_be_taught_again(tx: Transaction, transform: Transform) -> Transform:
    """Without a model; a run imports the stored labels, if any, under the new primary key."""
    trained.drop(tx, transform.transform_id)
    if labels.count(tx, transform.transform_id):
        run_requests.record(tx, transform, "IMPORT_LABELS", {})
    return replace(transform, status="NOT_READY")
