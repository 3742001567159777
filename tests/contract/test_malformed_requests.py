"""Requests over which a service beside Glue stumbles are refused: the server does not fail."""

import json

import pytest
from botocore.exceptions import ClientError

ME = "101010101010"

NAMES = ("TableName", "Key", "KeyId", "SecretId", "logGroupName", "QueueName", "Name")
JUNK = json.dumps({name: [{"a": 1}] for name in NAMES})


@pytest.fixture(scope="module")
def client(gluematch_server):
    """Clients of one account, in which there is a table."""
    dynamodb = gluematch_server.client("dynamodb", account=ME)
    dynamodb.create_table(
        TableName="malformed",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.put_item(TableName="malformed", Item={"id": {"S": "a"}, "n": {"N": "1"}})
    return lambda service: gluematch_server.client(service, account=ME)


def refused(call, **members):
    """The code of a refusal, which is no error of the server."""
    with pytest.raises(ClientError) as found:
        call(**members)
    response = found.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return response["Error"]["Code"]


def test_a_number_that_is_none_is_refused(client):
    add = {"UpdateExpression": "ADD n :n", "ExpressionAttributeValues": {":n": {"N": "no number"}}}
    key = {"id": {"S": "a"}}
    refused(client("dynamodb").update_item, TableName="malformed", Key=key, **add)
    assert client("dynamodb").get_item(TableName="malformed", Key=key)["Item"]["n"] == {"N": "1"}


def test_versions_of_an_unknown_secret_are_refused(client):
    refused(client("secretsmanager").list_secret_version_ids, SecretId="unknown")


@pytest.mark.parametrize("service", ["dynamodb", "kms", "secretsmanager", "logs", "sqs", "events"])
def test_members_of_another_type_are_refused(client, service):
    boto = client(service)
    boto.meta.events.register("before-call", lambda params, **_: params.update(body=JUNK))
    listing = {
        "dynamodb": ("get_item", {"TableName": "t", "Key": {"id": {"S": "a"}}}),
        "kms": ("describe_key", {"KeyId": "k"}),
        "secretsmanager": ("describe_secret", {"SecretId": "s"}),
        "logs": ("put_retention_policy", {"logGroupName": "g", "retentionInDays": 1}),
        "sqs": ("get_queue_url", {"QueueName": "q"}),
        "events": ("describe_rule", {"Name": "r"}),
    }[service]
    refused(getattr(boto, listing[0]), **listing[1])
