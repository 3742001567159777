"""Which actions of S3 a request needs, as policies name them, and on what.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, unquote

from .operations import Called

GRANTS = ("full-control", "read", "read-acp", "write", "write-acp")
"""What headers may grant: each is `x-amz-grant-` and one of these."""

_ACTIONS = {
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "PostObject": "PutObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
    "HeadObject": "GetObject",
    "SelectObjectContent": "GetObject",
    "HeadBucket": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListParts": "ListMultipartUploadParts",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "DeleteBucketCors": "PutBucketCors",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketInventoryConfiguration": "GetInventoryConfiguration",
    "ListBucketInventoryConfigurations": "GetInventoryConfiguration",
    "PutBucketInventoryConfiguration": "PutInventoryConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketReplication": "GetReplicationConfiguration",
    "PutBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
}
"""Actions that are not named as their operation is."""

_OF_A_VERSION = {
    "GetObject": "GetObjectVersion",
    "DeleteObject": "DeleteObjectVersion",
    "GetObjectAcl": "GetObjectVersionAcl",
    "PutObjectAcl": "PutObjectVersionAcl",
    "GetObjectAttributes": "GetObjectVersionAttributes",
    "GetObjectTagging": "GetObjectVersionTagging",
    "PutObjectTagging": "PutObjectVersionTagging",
    "DeleteObjectTagging": "DeleteObjectVersionTagging",
}
_BY_HEADERS = {
    "x-amz-acl": "PutObjectAcl",
    **{f"x-amz-grant-{right}": "PutObjectAcl" for right in GRANTS},
    "x-amz-tagging": "PutObjectTagging",
    "x-amz-object-lock-mode": "PutObjectRetention",
    "x-amz-object-lock-legal-hold": "PutObjectLegalHold",
}
"""What one who makes an object asks for besides."""

_BYPASSES = "x-amz-bypass-governance-retention"
_LOCKED = frozenset({"DeleteObject", "PutObjectRetention"})
"""Operations on one object that may break a lock."""


@dataclass(frozen=True, slots=True)
class Source:
    """The object that is copied: whoever reads it of a request reads it here."""

    bucket: str
    key: str
    version: str | None

    @property
    def header(self) -> str:
        """The value of x-amz-copy-source that nobody can read in another way."""
        version = "" if self.version is None else f"?versionId={quote(self.version, safe='')}"
        return f"{quote(self.bucket, safe='')}/{quote(self.key, safe='/')}{version}"


def source_of(headers: Mapping[str, str]) -> Source | None:
    """The object that a request wants copied."""
    given = headers.get("x-amz-copy-source")
    if given is None:
        return None
    path, _, query = given.partition("?")
    bucket, _, key = unquote(path).removeprefix("/").partition("/")
    return Source(bucket, key, parse_qs(query).get("versionId", [None])[0])


def touched(
    called: Called, bucket: str, key: str | None, headers: Mapping[str, str]
) -> Iterator[tuple[str, str, str | None]]:
    """Actions, each with its bucket and key. Those of DeleteObjects are asked object by object."""
    name = called.name
    if name == "DeleteObjects":
        return
    action = of_a_version(_ACTIONS.get(name, name), called.value("versionId"))
    yield action, bucket, key
    if name == "GetObjectAttributes":
        yield of_a_version("GetObject", called.value("versionId")), bucket, key
    if action == "PutObject":
        asked = {more for header, more in _BY_HEADERS.items() if header in headers}
        yield from ((more, bucket, key) for more in sorted(asked))
    if name in _LOCKED:
        yield from ((more, bucket, key) for more in lock_actions(headers))
    source = source_of(headers)
    if source is not None and name in {"CopyObject", "UploadPartCopy"}:
        yield of_a_version("GetObject", source.version), source.bucket, source.key


def lock_actions(headers: Mapping[str, str]) -> frozenset[str]:
    """The action of whoever wants a lock of the mode GOVERNANCE not to count. Moto goes by the
    header, whatever it says."""
    return frozenset({"BypassGovernanceRetention"} if _BYPASSES in headers else ())


def of_a_version(action: str, version: str | None) -> str:
    """The action on a version of an object, where one is asked for."""
    return action if version is None else _OF_A_VERSION.get(action, action)
