"""What moto would compile as a regular expression is compared in linear time."""

from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def client(gluematch_server: Any, account: str) -> Any:
    return lambda service: gluematch_server.client(service, account=account)


def test_a_path_of_a_target_that_is_no_plain_path_is_refused(client: Any, account: str) -> None:
    events = client("events")
    events.put_rule(Name="r", EventPattern='{"source": ["s"]}')
    path = "$.detail[?(@.a =~ '(a+)+!')]"
    transformer = {"InputPathsMap": {"a": path}, "InputTemplate": '"<a>"'}
    target = {"Id": "1", "Arn": f"arn:aws:sqs:us-east-1:{account}:q"}
    for extra in ({"InputTransformer": transformer}, {"InputPath": path}):
        with pytest.raises(ClientError, match="Invalid JSONPath"):
            events.put_targets(Rule="r", Targets=[{**target, **extra}])
    transformer["InputPathsMap"]["a"] = "$.detail.list[0]"
    events.put_targets(Rule="r", Targets=[{**target, "InputTransformer": transformer}])


def test_a_long_update_expression_is_refused_as_at_aws(client: Any) -> None:
    dynamodb = client("dynamodb")
    dynamodb.create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    with pytest.raises(ClientError, match="Expression size has exceeded the maximum allowed size"):
        dynamodb.update_item(
            TableName="t",
            Key={"k": {"S": "k"}},
            UpdateExpression="SET" + " " * 100_000 + "a=:a",
            ExpressionAttributeValues={":a": {"S": "a"}},
        )
