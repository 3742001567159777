"""Values that nest too deep are refused before anything is done, and end no service."""

import json

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from programs import serving

ME, OTHER = "510000000041", "510000000042"
ONCE = Config(retries={"max_attempts": 0}, parameter_validation=False)
NESTED = "Nesting Levels have exceeded supported limits"
TABLE = {
    "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
NAME = {"TableName": "t"}


def nested(levels, kind="L"):
    """An attribute of that many levels."""
    value = {"S": "x"}
    for _ in range(levels - 1):
        value = {"L": [value]} if kind == "L" else {"M": {"M": value}}
    return value


def nested_text(levels):
    return "[" * levels + "]" * levels


@pytest.fixture(scope="module")
def dynamodb(gluematch_server):
    client = gluematch_server.client("dynamodb", account=ME, config=ONCE)
    client.create_table(**NAME, **TABLE)
    return client


def item(key, value):
    return {"k": {"S": key}, "v": value}


def is_there(dynamodb, key):
    return "Item" in dynamodb.get_item(**NAME, Key={"k": {"S": key}})


@pytest.mark.parametrize("kind", ["L", "M"])
@pytest.mark.parametrize("levels", [33, 40, 200])
def test_an_attribute_of_more_than_32_levels_is_refused(dynamodb, kind, levels):
    with pytest.raises(ClientError, match=NESTED) as refused:
        dynamodb.put_item(**NAME, Item=item("deep", nested(levels, kind)))
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert not is_there(dynamodb, "deep")


@pytest.mark.parametrize("kind", ["L", "M"])
def test_an_attribute_of_32_levels_is_kept(dynamodb, kind):
    dynamodb.put_item(**NAME, Item=item(kind, nested(32, kind)))
    found = dynamodb.get_item(**NAME, Key={"k": {"S": kind}})["Item"]
    assert found == item(kind, nested(32, kind))


def test_a_batch_with_an_item_that_nests_too_deep_puts_nothing(dynamodb):
    puts = [{"PutRequest": {"Item": item(f"b{n}", nested(n))}} for n in (2, 33)]
    with pytest.raises(ClientError, match=NESTED):
        dynamodb.batch_write_item(RequestItems={"t": puts})
    assert not is_there(dynamodb, "b2")


def test_a_transaction_with_an_item_that_nests_too_deep_puts_nothing(dynamodb):
    puts = [{"Put": {**NAME, "Item": item(f"t{n}", nested(n))}} for n in (2, 33)]
    with pytest.raises(ClientError, match=NESTED):
        dynamodb.transact_write_items(TransactItems=puts)
    assert not is_there(dynamodb, "t2")


def test_updates_nest_no_deeper_either(dynamodb):
    """By a value, by a path, by a copy of what is there, by the old form of an update."""
    key = {**NAME, "Key": {"k": {"S": "u"}}}
    dynamodb.put_item(**NAME, Item={**item("u", nested(20, "M")), "a": {"S": "before"}})
    deep = {":v": nested(33)}
    within = ".".join(["v", *["M"] * 19])
    expressions = [
        ("SET a = :a, v = :v", {":a": {"S": "after"}, **deep}),
        (f"SET {within} = :v", {":v": nested(14)}),
        (f"SET {within} = v", None),
    ]
    for expression, values in expressions:
        given = {} if values is None else {"ExpressionAttributeValues": values}
        with pytest.raises(ClientError, match=NESTED):
            dynamodb.update_item(**key, UpdateExpression=expression, **given)
    with pytest.raises(ClientError, match=NESTED):
        dynamodb.update_item(**key, AttributeUpdates={"v": {"Value": nested(33)}})
    found = dynamodb.get_item(**key)["Item"]
    assert found == {**item("u", nested(20, "M")), "a": {"S": "before"}}
    values = {":v": nested(13)}
    dynamodb.update_item(
        **key, UpdateExpression=f"SET {within} = :v", ExpressionAttributeValues=values
    )


def test_a_statement_nests_no_deeper_either(dynamodb):
    for levels in (32, 33):
        literal = "{'M': " * (levels - 1) + "'x'" + "}" * (levels - 1)
        statement = f"INSERT INTO \"t\" VALUE {{'k': 'p{levels}', 'v': {literal}}}"
        if levels == 32:
            dynamodb.execute_statement(Statement=statement)
        else:
            with pytest.raises(ClientError, match=NESTED):
                dynamodb.execute_statement(Statement=statement)
    assert is_there(dynamodb, "p32")
    assert not is_there(dynamodb, "p33")


@pytest.mark.parametrize("levels", [101, 50_000])
def test_a_json_text_in_an_attribute_of_sqs_or_sns_has_a_bound(gluematch_server, levels):
    sqs = gluematch_server.client("sqs", account=ME, config=ONCE)
    sns = gluematch_server.client("sns", account=ME, config=ONCE)
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    topic = sns.create_topic(Name="t")["TopicArn"]
    text = nested_text(levels)
    with pytest.raises(ClientError, match="deeper than 100 levels") as refused:
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": text})
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    with pytest.raises(ClientError, match="deeper than 100 levels") as refused:
        sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=text)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    sqs.send_message(QueueUrl=queue, MessageBody=text)
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    assert message["Body"] == text
    sqs.delete_queue(QueueUrl=queue)


def test_no_account_loses_anything_by_what_another_sends(tmp_path):
    """The deepest item, queues that lead to one another without end, and an endpoint of SNS."""
    with serving(tmp_path) as program:
        first = program.client("dynamodb", account=ME, config=ONCE)
        first.create_table(**NAME, **TABLE)
        first.put_item(**NAME, Item=item("deepest", nested(32)))
        for levels in (33, 200):
            with pytest.raises(ClientError, match=NESTED):
                first.put_item(**NAME, Item=item("deep", nested(levels)))
        second = program.client("dynamodb", account=OTHER, config=ONCE)
        second.create_table(**NAME, **TABLE)
        chain_queues(program.client("sqs", account=ME, config=ONCE), 150)
        sns = program.client("sns", account=ME, config=ONCE)
        app = sns.create_platform_application(Name="p", Platform="GCM", Attributes={})
        app_arn = app["PlatformApplicationArn"]
        sns.create_platform_endpoint(PlatformApplicationArn=app_arn, Token="t")
        program.client("sns", account=OTHER, config=ONCE).create_topic(Name="t")
        program.process.kill()
        program.process.wait()
    with serving(tmp_path) as program:
        first = program.client("dynamodb", account=ME)
        found = first.get_item(**NAME, Key={"k": {"S": "deepest"}})["Item"]
        assert found == item("deepest", nested(32))
        assert program.client("dynamodb", account=OTHER).list_tables()["TableNames"] == ["t"]
        assert len(program.client("sqs", account=ME).list_queues()["QueueUrls"]) == 150
        sns = program.client("sns", account=ME)
        found = sns.list_endpoints_by_platform_application(PlatformApplicationArn=app_arn)
        assert len(found["Endpoints"]) == 1
        assert len(program.client("sns", account=OTHER).list_topics()["Topics"]) == 1


def chain_queues(sqs, length):
    """Each with the next as its queue of dead letters."""
    urls = [sqs.create_queue(QueueName=f"q{n}")["QueueUrl"] for n in range(length)]
    for number, url in enumerate(urls[:-1]):
        target = f"arn:aws:sqs:us-east-1:{ME}:q{number + 1}"
        policy = json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": 1})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy})
