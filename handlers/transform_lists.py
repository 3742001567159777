"""Lists of ML transforms: criteria, order, pages."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gluematch.models.catalog import tags, transforms
from gluematch.models.catalog.transforms import Transform

from . import paging
from .paging import Cut, Page
from .registry import Call, operation
from .transforms import arn, shown

if TYPE_CHECKING:
    from types_boto3_glue import type_defs as glue


@operation
def get_ml_transforms(
    call: Call, request: "glue.GetMLTransformsRequestTypeDef"
) -> Mapping[str, Any]:
    """The transforms that meet all criteria, by time of creation unless sorted otherwise."""
    page = paging.start("get_ml_transforms", request)
    with call.catalog.read() as tx:
        everything = transforms.all(tx)
    found = _listed(page, everything, request)
    return {"Transforms": [shown(one) for one in found.items], "NextToken": found.next_token}


@operation
def list_ml_transforms(
    call: Call, request: "glue.ListMLTransformsRequestTypeDef"
) -> Mapping[str, Any]:
    """The ids of the transforms that meet all criteria and carry all tags."""
    page = paging.start("list_ml_transforms", request)
    with call.catalog.read() as tx:
        everything = transforms.all(tx)
        if wanted := request.get("Tags"):
            tagged = tags.arns_with(tx, wanted)
            everything = [one for one in everything if arn(tx, one.transform_id) in tagged]
    found = _listed(page, everything, request)
    names = [one.transform_id for one in found.items]
    return {"TransformIds": names, "NextToken": found.next_token}


OLDEST_FIRST = {"Column": "CREATED", "SortDirection": "ASCENDING"}
SORTS: Mapping[str, Callable[[Transform], tuple[str | float, ...]]] = {
    "NAME": lambda one: (one.name,),
    "TRANSFORM_TYPE": lambda one: (one.document["Parameters"]["TransformType"], one.name),
    "STATUS": lambda one: (one.status, one.name),
    "CREATED": lambda one: (one.created.timestamp(), one.transform_id),
    "LAST_MODIFIED": lambda one: (one.modified.timestamp(), one.transform_id),
}


def _listed(
    page: Page, everything: Sequence[Transform], request: Mapping[str, Any]
) -> Cut[Transform]:
    criteria, order = request.get("Filter", {}), request.get("Sort", OLDEST_FIRST)
    return paging.listed(
        page,
        [one for one in everything if _meets(one, criteria)],
        SORTS[order["Column"]],
        descending=order["SortDirection"] == "DESCENDING",
    )


def _meets(one: Transform, criteria: Mapping[str, Any]) -> bool:
    kind, version = one.document["Parameters"]["TransformType"], one.document["GlueVersion"]
    return all(
        (
            criteria.get("Name", one.name) == one.name,
            criteria.get("TransformType", kind) == kind,
            criteria.get("Status", one.status) == one.status,
            criteria.get("GlueVersion", version) == version,
            "CreatedBefore" not in criteria or one.created < criteria["CreatedBefore"],
            "CreatedAfter" not in criteria or one.created > criteria["CreatedAfter"],
            "LastModifiedBefore" not in criteria or one.modified < criteria["LastModifiedBefore"],
            "LastModifiedAfter" not in criteria or one.modified > criteria["LastModifiedAfter"],
            all(_has(one, column) for column in criteria.get("Schema", ())),
        )
    )


def _has(one: Transform, column: Mapping[str, str]) -> bool:
    return any(
        column.get("Name", name) == name and column.get("DataType", kind) == kind
        for name, kind in one.columns
    )
