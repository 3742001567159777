"""Types of SQS, SNS, CloudWatch Logs and Secrets Manager."""

import json
from collections.abc import Mapping
from typing import Any

from .kind import Kind, Resource, Setting, Step, only, register
from .storage import keys_and_values, text_of

_QUEUE = (
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
)


def _written(given: Mapping[str, Any], *names: str) -> dict[str, str]:
    """Properties as the texts that attributes are."""
    texts = {}
    for name, value in only(given, *names).items():
        plain = isinstance(value, str)
        texts[name] = value if plain else json.dumps(value)
    return texts


def _queue(resource: Resource) -> dict[str, str]:
    return {"QueueUrl": resource.physical_id}


QUEUE = Kind(
    "AWS::SQS::Queue",
    "sqs",
    frozenset({*_QUEUE, "FifoQueue", "QueueName", "Tags"}),
    create=Step(
        "CreateQueue",
        lambda r: {
            "QueueName": r.name,
            "Attributes": _written(r.properties, *_QUEUE, "FifoQueue"),
            "tags": keys_and_values(r.properties.get("Tags", [])),
        },
    ),
    update=(
        Step(
            "SetQueueAttributes",
            lambda r: {**_queue(r), "Attributes": _written(r.properties, *_QUEUE)},
        ),
    ),
    delete=Step("DeleteQueue", _queue),
    settings=(
        Setting(
            "Tags",
            put=lambda r, key, value: ("TagQueue", {**_queue(r), "Tags": {key: value}}),
            remove=lambda r, key, _: ("UntagQueue", {**_queue(r), "TagKeys": [key]}),
            items=keys_and_values,
            on_create=False,
        ),
    ),
    named=("QueueName",),
    replaced=(("QueueName",), ("FifoQueue",)),
    ref=lambda _, answers: str(answers["CreateQueue"]["QueueUrl"]),
    attributes=lambda r, _: {
        "Arn": f"arn:aws:sqs:{r.region}:{r.account}:{r.name}",
        "QueueName": r.name,
        "QueueUrl": r.physical_id,
    },
    tags=list,
    longest_name=80,
)


def _topic(resource: Resource) -> dict[str, str]:
    return {"TopicArn": resource.physical_id}


def _topic_attribute(name: str) -> Setting:
    def put(resource: Resource, _: str, value: Any) -> tuple[str, dict[str, Any]]:
        members = {"AttributeName": name, "AttributeValue": value}
        return "SetTopicAttributes", {**_topic(resource), **members}

    def remove(resource: Resource, _: str, _value: Any) -> tuple[str, dict[str, Any]]:
        return put(resource, "", "")

    return Setting(name, put, remove)


TOPIC = Kind(
    "AWS::SNS::Topic",
    "sns",
    frozenset({"DisplayName", "FifoTopic", "KmsMasterKeyId", "Tags", "TopicName"}),
    create=Step(
        "CreateTopic",
        lambda r: {
            "Name": r.name,
            "Attributes": _written(r.properties, "FifoTopic"),
            "Tags": r.properties.get("Tags", []),
        },
    ),
    delete=Step("DeleteTopic", _topic),
    settings=(
        _topic_attribute("DisplayName"),
        _topic_attribute("KmsMasterKeyId"),
        Setting(
            "Tags",
            put=lambda r, key, value: (
                "TagResource",
                {"ResourceArn": r.physical_id, "Tags": [{"Key": key, "Value": value}]},
            ),
            remove=lambda r, key, _: (
                "UntagResource",
                {"ResourceArn": r.physical_id, "TagKeys": [key]},
            ),
            items=keys_and_values,
            on_create=False,
        ),
    ),
    named=("TopicName",),
    replaced=(("TopicName",), ("FifoTopic",)),
    ref=lambda _, answers: str(answers["CreateTopic"]["TopicArn"]),
    attributes=lambda r, _: {"TopicArn": r.physical_id, "TopicName": r.name},
    tags=list,
)


def _group(resource: Resource) -> dict[str, str]:
    return {"logGroupName": resource.physical_id}


def _group_arn(resource: Resource) -> str:
    return f"arn:aws:logs:{resource.region}:{resource.account}:log-group:{resource.physical_id}"


LOG_GROUP = Kind(
    "AWS::Logs::LogGroup",
    "logs",
    frozenset({"LogGroupName", "RetentionInDays", "Tags"}),
    create=Step(
        "CreateLogGroup",
        lambda r: {
            "logGroupName": r.name,
            **({"tags": keys_and_values(r.properties["Tags"])} if r.properties.get("Tags") else {}),
        },
    ),
    delete=Step("DeleteLogGroup", _group),
    settings=(
        Setting(
            "RetentionInDays",
            put=lambda r, _, days: ("PutRetentionPolicy", {**_group(r), "retentionInDays": days}),
            remove=lambda r, *_: ("DeleteRetentionPolicy", _group(r)),
        ),
        Setting(
            "Tags",
            put=lambda r, key, value: (
                "TagResource",
                {"resourceArn": _group_arn(r), "tags": {key: value}},
            ),
            remove=lambda r, key, _: (
                "UntagResource",
                {"resourceArn": _group_arn(r), "tagKeys": [key]},
            ),
            items=keys_and_values,
            on_create=False,
        ),
    ),
    named=("LogGroupName",),
    replaced=(("LogGroupName",),),
    attributes=lambda r, _: {"Arn": f"{_group_arn(r)}:*"},
    tags=list,
)


def _secret(resource: Resource) -> dict[str, str]:
    return {"SecretId": resource.physical_id}


SECRET = Kind(
    "AWS::SecretsManager::Secret",
    "secretsmanager",
    frozenset({"Description", "KmsKeyId", "Name", "SecretString", "Tags"}),
    create=Step(
        "CreateSecret",
        lambda r: {
            **only(r.properties, "Description", "KmsKeyId", "Tags"),
            **(
                {"SecretString": text_of(r.properties["SecretString"])}
                if "SecretString" in r.properties
                else {}
            ),
            "Name": r.name,
        },
    ),
    update=(
        Step(
            "UpdateSecret",
            lambda r: {
                **_secret(r),
                **only(r.properties, "Description", "KmsKeyId", "SecretString"),
            },
        ),
    ),
    delete=Step("DeleteSecret", lambda r: {**_secret(r), "ForceDeleteWithoutRecovery": True}),
    settings=(
        Setting(
            "Tags",
            put=lambda r, key, value: (
                "TagResource",
                {**_secret(r), "Tags": [{"Key": key, "Value": value}]},
            ),
            remove=lambda r, key, _: ("UntagResource", {**_secret(r), "TagKeys": [key]}),
            items=keys_and_values,
            on_create=False,
        ),
    ),
    named=("Name",),
    replaced=(("Name",),),
    ref=lambda _, answers: str(answers["CreateSecret"]["ARN"]),
    attributes=lambda r, _: {"Id": r.physical_id},
    tags=list,
)

register(QUEUE, TOPIC, LOG_GROUP, SECRET)
