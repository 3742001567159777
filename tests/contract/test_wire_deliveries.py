"""SNS, EventBridge, Logs, SQS and KMS between accounts, and towards addresses elsewhere."""

import json
import socket
from contextlib import suppress

import pytest
from botocore.exceptions import ClientError

ANN, BOB = "440000000001", "440000000002"


@pytest.fixture(scope="module")
def anns(gluematch_server):
    return lambda service: gluematch_server.client(service, account=ANN)


@pytest.fixture(scope="module")
def bobs(gluematch_server):
    return lambda service: gluematch_server.client(service, account=BOB)


def code(call, **members):
    with pytest.raises(ClientError) as caught:
        call(**members)
    error = caught.value.response
    assert 400 <= error["ResponseMetadata"]["HTTPStatusCode"] < 500
    return error["Error"]["Code"]


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("get_topic_attributes", {}),
        ("set_topic_attributes", {"AttributeName": "DisplayName", "AttributeValue": "x"}),
        ("subscribe", {"Protocol": "sqs", "Endpoint": f"arn:aws:sqs:us-east-1:{BOB}:q"}),
        ("publish", {"Message": "m"}),
        ("publish_batch", {"PublishBatchRequestEntries": [{"Id": "1", "Message": "m"}]}),
        ("list_subscriptions_by_topic", {}),
        ("add_permission", {"Label": "l", "AWSAccountId": [BOB], "ActionName": ["Publish"]}),
        ("delete_topic", {}),
    ],
)
def test_nobody_touches_the_topic_of_another_account(anns, bobs, operation, members):
    topic = anns("sns").create_topic(Name="anns")["TopicArn"]
    found = code(getattr(bobs("sns"), operation), TopicArn=topic, **members)
    assert found in {"AuthorizationError", "InvalidParameter"}
    assert anns("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] == ""


def test_topics_deliver_to_the_queues_of_their_own_account(anns):
    topic = anns("sns").create_topic(Name="delivering")["TopicArn"]
    url = anns("sqs").create_queue(QueueName="own")["QueueUrl"]
    own = f"arn:aws:sqs:us-east-1:{ANN}:own"
    anns("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=own)
    anns("sns").publish(TopicArn=topic, Message="hello")
    (message,) = anns("sqs").receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"])["Message"] == "hello"
    others = f"arn:aws:sqs:us-east-1:{BOB}:own"
    assert code(anns("sns").subscribe, TopicArn=topic, Protocol="sqs", Endpoint=others)


@pytest.mark.parametrize("protocol", ["http", "https", "email", "sms", "lambda", "x"])
def test_topics_deliver_to_nothing_else(anns, protocol):
    topic = anns("sns").create_topic(Name="calling")["TopicArn"]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        url = f"{protocol}://127.0.0.1:{listener.getsockname()[1]}/"
        found = code(anns("sns").subscribe, TopicArn=topic, Protocol=protocol, Endpoint=url)
        assert found == "InvalidParameter"
        anns("sns").publish(TopicArn=topic, Message="m")
        with pytest.raises(TimeoutError):
            listener.accept()
    assert code(anns("sns").publish, PhoneNumber="+4915112345678", Message="m")


def test_a_stack_cannot_subscribe_an_address_either(anns):
    topic = {"Type": "AWS::SNS::Topic", "Properties": {}}
    topic["Properties"]["Subscription"] = [{"Protocol": "http", "Endpoint": "http://127.0.0.1:1/"}]
    template = json.dumps({"Resources": {"T": topic}})
    with suppress(ClientError):  # whether it says so at once or of the stack is not the point
        anns("cloudformation").create_stack(StackName="calling", TemplateBody=template)
    found = anns("sns").list_subscriptions()["Subscriptions"]
    assert [one for one in found if one["Protocol"] == "http"] == []


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:sqs:us-east-1:{BOB}:own",
        f"arn:aws:logs:us-east-1:{BOB}:log-group:g",
        f"arn:aws:events:us-east-1:{BOB}:event-bus/default",
        f"arn:aws:events:us-east-1:{ANN}:api-destination/d/1",
        f"arn:aws:lambda:us-east-1:{ANN}:function:f",
        f"arn:aws:states:us-east-1:{ANN}:stateMachine:m",
        "arn:aws:events:us-east-1:::",
        "nonsense",
    ],
)
def test_a_rule_delivers_inside_its_account_only(anns, arn):
    events = anns("events")
    events.put_rule(Name="r", EventPattern='{"source": ["s"]}')
    assert code(events.put_targets, Rule="r", Targets=[{"Id": "1", "Arn": arn}]) == (
        "ValidationException"
    )


def test_rules_and_archives_take_events(anns):
    events, url = anns("events"), anns("sqs").create_queue(QueueName="events")["QueueUrl"]
    bus = f"arn:aws:events:us-east-1:{ANN}:event-bus/default"
    events.create_archive(ArchiveName="a", EventSourceArn=bus)
    events.put_rule(Name="q", EventPattern='{"source": ["mine"]}', EventBusName=bus)
    target = {"Id": "1", "Arn": f"arn:aws:sqs:us-east-1:{ANN}:events"}
    events.put_targets(Rule="q", EventBusName=bus, Targets=[target])
    event = {"Source": "mine", "DetailType": "t", "Detail": "{}"}
    assert events.put_events(Entries=[event])["FailedEntryCount"] == 0
    assert len(anns("sqs").receive_message(QueueUrl=url)["Messages"]) == 1
    assert events.describe_archive(ArchiveName="a")["EventCount"] == 1


def test_nobody_sends_events_to_another_account_or_to_an_address(anns, bobs):
    bus = f"arn:aws:events:us-east-1:{ANN}:event-bus/default"
    entry = {"Source": "s", "DetailType": "t", "Detail": "{}", "EventBusName": bus}
    assert code(bobs("events").put_events, Entries=[entry])
    assert code(bobs("events").put_rule, Name="r", EventPattern="{}", EventBusName=bus)
    assert code(bobs("events").create_partner_event_source, Name="aws.partner/x/y", Account=ANN)
    assert code(
        anns("events").create_api_destination,
        Name="d",
        ConnectionArn=f"arn:aws:events:us-east-1:{ANN}:connection/c/1",
        InvocationEndpoint="http://127.0.0.1:1/",
        HttpMethod="POST",
    )


def test_an_event_does_not_go_round_for_ever(anns):
    events, bus = anns("events"), f"arn:aws:events:us-east-1:{ANN}:event-bus/default"
    events.put_rule(Name="round", EventPattern='{"source": ["round"]}')
    targets = [{"Id": str(number), "Arn": bus} for number in range(5)]
    events.put_targets(Rule="round", Targets=targets)
    event = {"Source": "round", "DetailType": "t", "Detail": "{}"}
    assert code(events.put_events, Entries=[event]) == "ValidationException"
    events.remove_targets(Rule="round", Ids=[each["Id"] for each in targets])
    assert events.put_events(Entries=[event])["FailedEntryCount"] == 0


def test_log_lines_go_to_no_other_account(anns, bobs):
    for logs in (anns("logs"), bobs("logs")):
        logs.create_log_group(logGroupName="g")
    members = {"logGroupName": "g", "filterName": "f", "filterPattern": ""}
    others = f"arn:aws:logs:us-east-1:{ANN}:log-group:g:*"
    assert code(bobs("logs").put_subscription_filter, destinationArn=others, **members)


def test_nobody_uses_the_keys_and_queues_of_another_account(anns, bobs):
    key = anns("kms").create_key()["KeyMetadata"]["Arn"]
    assert code(bobs("kms").describe_key, KeyId=key) == "NotFoundException"
    assert code(bobs("kms").encrypt, KeyId=key, Plaintext=b"x") == "NotFoundException"
    url = anns("sqs").create_queue(QueueName="anns-only")["QueueUrl"]
    assert code(bobs("sqs").send_message, QueueUrl=url, MessageBody="m")
    assert code(bobs("sqs").receive_message, QueueUrl=url)
