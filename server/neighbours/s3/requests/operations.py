"""Which operation of S3 a request calls. Moto takes what it does not know for another operation,
a DELETE of a bucket's metrics for one of the bucket: so what it does not know is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from botocore.model import OperationModel

from gluematch.server.neighbours import actions

from .refusals import Refused, invalid_argument, not_implemented

_SERVED = frozenset(
    [
        "ListBuckets",
        "CreateBucket",
        "DeleteBucket",
        "HeadBucket",
        "ListObjects",
        "ListObjectsV2",
        "ListObjectVersions",
        "ListMultipartUploads",
        "GetBucketLocation",
        "DeleteObjects",
        "GetBucketLifecycleConfiguration",
        "PutBucketLifecycleConfiguration",
        "DeleteBucketLifecycle",
        "GetBucketVersioning",
        "PutBucketVersioning",
        "GetBucketPolicy",
        "GetBucketPolicyStatus",
        "PutBucketPolicy",
        "DeleteBucketPolicy",
        "GetBucketWebsite",
        "PutBucketWebsite",
        "DeleteBucketWebsite",
        "GetBucketAcl",
        "PutBucketAcl",
        "GetBucketTagging",
        "PutBucketTagging",
        "DeleteBucketTagging",
        "GetBucketLogging",
        "PutBucketLogging",
        "GetBucketCors",
        "PutBucketCors",
        "DeleteBucketCors",
        "GetBucketNotificationConfiguration",
        "PutBucketNotificationConfiguration",
        "GetBucketAccelerateConfiguration",
        "PutBucketAccelerateConfiguration",
        "GetPublicAccessBlock",
        "PutPublicAccessBlock",
        "DeletePublicAccessBlock",
        "GetBucketInventoryConfiguration",
        "ListBucketInventoryConfigurations",
        "PutBucketInventoryConfiguration",
        "GetBucketEncryption",
        "PutBucketEncryption",
        "DeleteBucketEncryption",
        "GetBucketReplication",
        "PutBucketReplication",
        "DeleteBucketReplication",
        "GetBucketOwnershipControls",
        "PutBucketOwnershipControls",
        "DeleteBucketOwnershipControls",
        "GetObjectLockConfiguration",
        "PutObjectLockConfiguration",
        "PutObject",
        "CopyObject",
        "GetObject",
        "HeadObject",
        "DeleteObject",
        "CreateMultipartUpload",
        "UploadPart",
        "UploadPartCopy",
        "CompleteMultipartUpload",
        "AbortMultipartUpload",
        "ListParts",
        "GetObjectAcl",
        "PutObjectAcl",
        "GetObjectTagging",
        "PutObjectTagging",
        "DeleteObjectTagging",
        "GetObjectLegalHold",
        "PutObjectLegalHold",
        "PutObjectRetention",
        "GetObjectAttributes",
        "RestoreObject",
        "SelectObjectContent",
    ]
)
"""The operations that moto's S3 has."""

PREFLIGHT, POST_OBJECT = "OPTIONS", "PostObject"
"""What is no operation of the model, and served all the same."""


@dataclass(frozen=True, slots=True)
class Called:
    """An operation of S3: its name, its model where it has one, and the query of the request."""

    name: str
    model: OperationModel | None
    query: Mapping[str, tuple[str, ...]]

    def value(self, parameter: str) -> str | None:
        """A parameter of the query."""
        return self.query.get(parameter, (None,))[0]


def called(environ: Mapping[str, Any], depth: int) -> Called:
    """The operation that a request calls on the service (`depth` 0), a bucket (1) or an object (2).

    Raises Refused where there is none, where there are several, or where moto does not know it.
    """
    query: dict[str, tuple[str, ...]] = {}
    for name, value in parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True):
        query[name] = (*query.get(name, ()), value)
    method = environ["REQUEST_METHOD"]
    if method == "OPTIONS":
        return Called(PREFLIGHT, None, query)
    way = actions.way_of_s3(environ, depth)
    kind = environ.get("CONTENT_TYPE", "").lower()
    if way is None and (method, depth) == ("POST", 1) and kind.startswith("multipart/form-data"):
        return Called(POST_OBJECT, None, query)
    if way is None:
        why = "The specified method is not allowed against this resource."
        raise Refused("MethodNotAllowed", why, 405, Method=method)
    operation = actions.model_of_s3().operation_model(way.operation)
    _check_that_it_is_the_only_one(
        operation, frozenset(name for name, _ in way.query), query, depth
    )
    if way.operation not in _SERVED:
        raise not_implemented(way.operation)
    return Called(way.operation, operation, query)


def canned_acls() -> frozenset[str]:
    """The lists of access that have names."""
    return frozenset(actions.model_of_s3().shape_for("ObjectCannedACL").enum)


def _check_that_it_is_the_only_one(
    operation: OperationModel,
    chosen: frozenset[str],
    query: Mapping[str, tuple[str, ...]],
    depth: int,
) -> None:
    known = chosen | _parameters(operation)
    others = [name for name in query if name in _subresources(depth) and name not in known]
    if "list-type" in others:
        why = "Invalid List Type specified in Request"
        raise invalid_argument(why, "list-type", query["list-type"][0])
    if others and chosen:
        named = ", ".join([*sorted(chosen), *others])
        why = f"Conflicting query string parameters: {named}"
        raise invalid_argument(why, "ResourceType", others[0])
    if any(name in _subresources(depth, operation.http["method"]) for name in others):
        why = f"A request with {others[0]} needs other parameters or headers, too."
        raise invalid_argument(why, others[0], query[others[0]][0])
    if others:
        why = "The specified method is not allowed against this resource."
        raise Refused("MethodNotAllowed", why, 405, ResourceType=others[0].upper())
    for name, values in query.items():
        if name in known and len(values) > 1:
            raise invalid_argument("A parameter of the query is there twice.", name, values[1])


def _parameters(operation: OperationModel) -> frozenset[str]:
    """The parameters that an operation takes in the query."""
    shape = operation.input_shape
    members = [] if shape is None else shape.members.values()
    told = [member.serialization for member in members]
    return frozenset(each["name"] for each in told if each.get("location") == "querystring")


@cache
def _subresources(depth: int, method: str | None = None) -> frozenset[str]:
    """The parameters that tell operations apart, those of a method or of all."""
    found = actions.ways_of_s3().items()
    ways = [way for (by, at), s in found if at == depth and method in {None, by} for way in s]
    return frozenset(name for way in ways for name, _ in way.query) - {"id"}
