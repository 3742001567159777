"""Tags on Glue resources. Those of the kinds that we do not keep never come here."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from gluematch.models.catalog import connections, crawlers, databases, jobs, tags, transforms
from gluematch.models.catalog.store import Transaction
from gluematch.models.errors import InvalidInputException

from .registry import Call, operation

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        GetTagsRequestTypeDef,
        TagResourceRequestTypeDef,
        UntagResourceRequestTypeDef,
    )

LIMIT = 50
RESERVED = "aws:"


@operation
def tag_resource(call: Call, request: "TagResourceRequestTypeDef") -> Mapping[str, Any]:
    """Tags set on a resource, over those of the same keys."""
    new = request["TagsToAdd"]
    refuse_reserved(new)
    with call.catalog.begin() as tx:
        arn = _existing(tx, request["ResourceArn"])
        if len({*tags.get(tx, arn), *new}) > LIMIT:
            raise InvalidInputException(f"A resource can have at most {LIMIT} tags.")
        tags.add(tx, arn, new)
    return {}


@operation
def untag_resource(call: Call, request: "UntagResourceRequestTypeDef") -> Mapping[str, Any]:
    """Tags taken off a resource; keys that it does not have do not matter."""
    gone = request["TagsToRemove"]
    refuse_reserved(gone)
    with call.catalog.begin() as tx:
        tags.remove(tx, _existing(tx, request["ResourceArn"]), gone)
    return {}


@operation
def get_tags(call: Call, request: "GetTagsRequestTypeDef") -> Mapping[str, Any]:
    """The tags of a resource."""
    with call.catalog.read() as tx:
        return {"Tags": tags.get(tx, _existing(tx, request["ResourceArn"]))}


def refuse_reserved(keys: Collection[str]) -> None:
    """Raise InvalidInputException for a tag key that is kept for AWS itself."""
    for key in keys:
        if key.lower().startswith(RESERVED):
            raise InvalidInputException(
                f"Tag key {key} is not allowed: the prefix aws: is reserved for AWS use."
            )


def tagged(tx: Transaction, kind: str, wanted: Mapping[str, str]) -> list[str]:
    """The names of the resources of a kind that carry all the tags."""
    prefix = tx.scope.arn(f"{kind}/")
    arns = tags.arns_with(tx, wanted)
    return [arn.removeprefix(prefix) for arn in arns if arn.startswith(prefix)]


def _existing(tx: Transaction, arn: str) -> str:
    """The ARN as the catalog writes it, of a resource that exists in this scope.

    Raises InvalidInputException for an ARN of another scope or kind, and
    EntityNotFoundException for a resource that does not exist.
    """
    prefix = tx.scope.arn("")
    kind, _, name = arn.removeprefix(prefix).partition("/")
    if not arn.startswith(prefix) or not name:
        raise InvalidInputException(
            f"{arn} is not the ARN of a resource of account {tx.scope.account} "
            f"in {tx.scope.region}."
        )
    if kind == "database":
        return tx.scope.arn(f"database/{databases.get(tx, name).name}")
    if kind == "crawler":
        crawlers.get(tx, name, crawlers.MISSING)
    elif kind == "connection":
        connections.get(tx, name)
    elif kind == "job":
        jobs.get(tx, name)
    elif kind == "mlTransform":
        transforms.get(tx, name)
    else:
        raise InvalidInputException(f"A resource of kind {kind} cannot be tagged.")
    return arn
