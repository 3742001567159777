"""Types of S3 and DynamoDB."""

import json
from collections.abc import Mapping
from typing import Any

from gluematch.server.neighbours.cloudformation.errors import ResourceFailed

from .kind import Kind, Resource, Setting, Step, names, only, register, without


def text_of(document: Any) -> str:
    """The JSON text of a policy, which a template may give as a text already."""
    return document if isinstance(document, str) else json.dumps(document)


def keys_and_values(tags: Any) -> dict[str, Any]:
    """Tags as a list of keys and values, by their keys."""
    if not isinstance(tags, list) or not all(isinstance(t, Mapping) and "Key" in t for t in tags):
        raise ResourceFailed("Value of property Tags must be a list of Key and Value")
    return {str(tag["Key"]): str(tag.get("Value", "")) for tag in tags}


def _bucket(resource: Resource) -> dict[str, str]:
    return {"Bucket": resource.physical_id}


def _encryption(given: Any) -> dict[str, Any]:
    """S3's own words for the default encryption."""
    rules = given.get("ServerSideEncryptionConfiguration", []) if isinstance(given, Mapping) else []
    return {
        "Rules": [
            {
                **without(rule, "ServerSideEncryptionByDefault"),
                "ApplyServerSideEncryptionByDefault": rule.get("ServerSideEncryptionByDefault"),
            }
            for rule in rules
        ]
    }


def _create_bucket(resource: Resource) -> dict[str, Any]:
    members: dict[str, Any] = {"Bucket": resource.name}
    if resource.region != "us-east-1":
        members["CreateBucketConfiguration"] = {"LocationConstraint": resource.region}
    if "ObjectLockEnabled" in resource.properties:
        members["ObjectLockEnabledForBucket"] = resource.properties["ObjectLockEnabled"]
    return members


def _bucket_attributes(resource: Resource, _answers: Any) -> dict[str, Any]:
    name, region = resource.physical_id, resource.region
    return {
        "Arn": f"arn:aws:s3:::{name}",
        "DomainName": f"{name}.s3.amazonaws.com",
        "DualStackDomainName": f"{name}.s3.dualstack.{region}.amazonaws.com",
        "RegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
    }


BUCKET = Kind(
    "AWS::S3::Bucket",
    "s3",
    names(
        "BucketEncryption BucketName ObjectLockEnabled OwnershipControls"
        " PublicAccessBlockConfiguration Tags VersioningConfiguration"
    ),
    create=Step("CreateBucket", _create_bucket),
    delete=Step("DeleteBucket", _bucket),
    settings=(
        Setting(
            "VersioningConfiguration",
            put=lambda r, _, given: (
                "PutBucketVersioning",
                {**_bucket(r), "VersioningConfiguration": given},
            ),
            remove=lambda r, *_: (
                "PutBucketVersioning",
                {**_bucket(r), "VersioningConfiguration": {"Status": "Suspended"}},
            ),
        ),
        Setting(
            "BucketEncryption",
            put=lambda r, _, given: (
                "PutBucketEncryption",
                {**_bucket(r), "ServerSideEncryptionConfiguration": _encryption(given)},
            ),
            remove=lambda r, *_: ("DeleteBucketEncryption", _bucket(r)),
        ),
        Setting(
            "PublicAccessBlockConfiguration",
            put=lambda r, _, given: (
                "PutPublicAccessBlock",
                {**_bucket(r), "PublicAccessBlockConfiguration": given},
            ),
            remove=lambda r, *_: ("DeletePublicAccessBlock", _bucket(r)),
        ),
        Setting(
            "OwnershipControls",
            put=lambda r, _, given: (
                "PutBucketOwnershipControls",
                {**_bucket(r), "OwnershipControls": given},
            ),
            remove=lambda r, *_: ("DeleteBucketOwnershipControls", _bucket(r)),
        ),
        Setting(
            "Tags",
            put=lambda r, _, given: (
                "PutBucketTagging",
                {
                    **_bucket(r),
                    "Tagging": {
                        "TagSet": [
                            {"Key": key, "Value": value}
                            for key, value in keys_and_values(given).items()
                        ]
                    },
                },
            ),
            remove=lambda r, *_: ("DeleteBucketTagging", _bucket(r)),
        ),
    ),
    named=("BucketName",),
    replaced=(("BucketName",), ("ObjectLockEnabled",)),
    attributes=_bucket_attributes,
    tags=list,
    longest_name=63,
    lower_case=True,
)


def _put_policy(resource: Resource) -> dict[str, Any]:
    document = text_of(resource.properties["PolicyDocument"])
    return {"Bucket": resource.properties["Bucket"], "Policy": document}


BUCKET_POLICY = Kind(
    "AWS::S3::BucketPolicy",
    "s3",
    frozenset({"Bucket", "PolicyDocument"}),
    create=Step("PutBucketPolicy", _put_policy),
    update=(Step("PutBucketPolicy", _put_policy),),
    delete=Step("DeleteBucketPolicy", lambda r: only(r.properties, "Bucket")),
    needed=(("Bucket",), ("PolicyDocument",)),
    replaced=(("Bucket",),),
    ref=lambda r, _: str(r.properties["Bucket"]),
)

_TABLE = (
    "AttributeDefinitions",
    "BillingMode",
    "DeletionProtectionEnabled",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
    "ProvisionedThroughput",
    "SSESpecification",
    "TableClass",
)


def _create_table(resource: Resource) -> dict[str, Any]:
    """The members of CreateTable. A table without a mode has the one of its throughput."""
    members = only(resource.properties, *_TABLE, "Tags")
    stream = resource.properties.get("StreamSpecification")
    if isinstance(stream, Mapping):
        members["StreamSpecification"] = {"StreamEnabled": True, **stream}
    return {"BillingMode": "PROVISIONED", **members, "TableName": resource.name}


def _table_tags(arn: str, tags: Mapping[str, str]) -> dict[str, Any]:
    return {"ResourceArn": arn, "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}


def _table_arn(resource: Resource) -> str:
    return f"arn:aws:dynamodb:{resource.region}:{resource.account}:table/{resource.physical_id}"


DYNAMODB_TABLE = Kind(
    "AWS::DynamoDB::Table",
    "dynamodb",
    frozenset({*_TABLE, "StreamSpecification", "TableName", "Tags", "TimeToLiveSpecification"}),
    create=Step("CreateTable", _create_table),
    update=(
        Step(
            "UpdateTable",
            lambda r: {
                **only(
                    r.properties,
                    "AttributeDefinitions",
                    "BillingMode",
                    "DeletionProtectionEnabled",
                    "ProvisionedThroughput",
                    "TableClass",
                ),
                "TableName": r.physical_id,
            },
        ),
    ),
    delete=Step("DeleteTable", lambda r: {"TableName": r.physical_id}),
    settings=(
        Setting(
            "TimeToLiveSpecification",
            put=lambda r, _, given: (
                "UpdateTimeToLive",
                {"TableName": r.physical_id, "TimeToLiveSpecification": given},
            ),
        ),
        Setting(
            "Tags",
            put=lambda r, key, value: ("TagResource", _table_tags(_table_arn(r), {key: value})),
            remove=lambda r, key, _: (
                "UntagResource",
                {"ResourceArn": _table_arn(r), "TagKeys": [key]},
            ),
            items=keys_and_values,
            on_create=False,
        ),
    ),
    named=("TableName",),
    needed=(("KeySchema",),),
    replaced=(
        ("TableName",),
        ("KeySchema",),
        ("LocalSecondaryIndexes",),
        ("GlobalSecondaryIndexes",),
        ("SSESpecification",),
        ("StreamSpecification",),
    ),
    described=(Step("DescribeTable", lambda r: {"TableName": r.physical_id}),),
    attributes=lambda _, answers: {
        "Arn": answers["DescribeTable"]["Table"]["TableArn"],
        "StreamArn": answers["DescribeTable"]["Table"].get("LatestStreamArn", ""),
    },
    tags=list,
)

register(BUCKET, BUCKET_POLICY, DYNAMODB_TABLE)
