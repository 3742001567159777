"""Prefixes and wildcards of clients: taken as they are, and none stops the server."""

import json
import urllib.request

import pytest

ACCOUNT = "450000000001"
ENDLESS = "(a+)+!"


@pytest.fixture
def service(gluematch_server):
    return lambda name: gluematch_server.client(name, account=ACCOUNT)


def test_prefixes_of_queues_are_plain_text(service):
    sqs = service("sqs")
    for name in ("a" * 40, "b-c", "b_c"):
        sqs.create_queue(QueueName=name)
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix=ENDLESS)
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="b.c")
    (found,) = sqs.list_queues(QueueNamePrefix="b-")["QueueUrls"]
    assert found.endswith("/b-c")


def test_prefixes_of_rules_are_plain_text(service):
    events = service("events")
    for name in ("a" * 40, "b.c", "b-c"):
        events.put_rule(Name=name, ScheduleExpression="rate(1 day)")
    assert events.list_rules(NamePrefix=ENDLESS)["Rules"] == []
    assert [rule["Name"] for rule in events.list_rules(NamePrefix="b.")["Rules"]] == ["b.c"]


def test_wildcards_of_events_are_compared_in_their_time(service):
    events, sqs = service("events"), service("sqs")
    url = sqs.create_queue(QueueName="wild")["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:wild"
    for name, wildcard in (("hostile", "*a" * 20 + "b"), ("plain", "*.csv")):
        pattern = {"detail": {"key": [{"wildcard": wildcard}]}}
        events.put_rule(Name=name, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn}])
    for text in ("a" * 2000, "x.csv", "xcsv"):
        event = {"Source": "s", "DetailType": "d", "Detail": json.dumps({"key": text})}
        assert events.put_events(Entries=[event])["FailedEntryCount"] == 0
    (message,) = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert json.loads(message["Body"])["detail"] == {"key": "x.csv"}


@pytest.mark.parametrize(
    ("allowed", "passes"),
    [("(([^x]+)+)+!", False), ("http://*", True), ("http://127.0.0.*:*", True), ("http", False)],
)
def test_origins_of_buckets_are_compared_in_their_time(gluematch_server, service, allowed, passes):
    s3, bucket = service("s3"), "shared-with-pages"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": [allowed]}
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    asked = {"Origin": gluematch_server.url, "Access-Control-Request-Method": "GET"}
    url = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k"})
    request = urllib.request.Request(url, method="OPTIONS", headers=asked)
    if passes:
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 200
        return
    with pytest.raises(urllib.request.HTTPError, match="403"):
        urllib.request.urlopen(request, timeout=30)


def test_a_text_of_a_template_that_opens_without_end_is_read_once(service):
    opened = {"LogGroupName": {"Fn::Sub": "${!" * 300_000}}
    template = {"Resources": {"L": {"Type": "AWS::Logs::LogGroup", "Properties": opened}}}
    s3, bucket = service("s3"), "templates-without-end"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="t", Body=json.dumps(template).encode())
    url = f"{s3.meta.endpoint_url}/{bucket}/t"
    stacks = service("cloudformation")
    stacks.create_stack(StackName="opened", TemplateURL=url)
    (stack,) = stacks.describe_stacks(StackName="opened")["Stacks"]
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
