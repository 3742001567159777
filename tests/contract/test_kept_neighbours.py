"""Neighbours over a restart: what IAM, SQS, Secrets Manager, Logs and DynamoDB hold is there again,
with its ids, ARNs, keys and times."""

import json
import stat
import time
from types import SimpleNamespace

import boto3
import pytest
from programs import serving
from waiting import until

from gluematch.server.neighbours.kept.keeping import Keeping, NotRead
from gluematch.server.testing import GlueServer

ME, OTHER = "510000000001", "510000000002"
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
NOW = int(time.time() * 1000)


def make_identities(program):
    iam = program.client("iam", account=ME)
    iam.create_user(UserName="ada", Path="/staff/", Tags=[{"Key": "team", "Value": "one"}])
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    iam.create_group(GroupName="readers")
    iam.add_user_to_group(GroupName="readers", UserName="ada")
    made = iam.create_policy(PolicyName="all", PolicyDocument=POLICY)["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=made, PolicyDocument=POLICY, SetAsDefault=True)
    iam.attach_user_policy(UserName="ada", PolicyArn=made)
    iam.put_group_policy(GroupName="readers", PolicyName="own", PolicyDocument=POLICY)
    iam.create_role(RoleName="runner", AssumeRolePolicyDocument=POLICY, Description="Runs")
    iam.attach_role_policy(RoleName="runner", PolicyArn=made)
    arn = f"arn:aws:iam::{ME}:role/runner"
    sts = program.client("sts", account=ME)
    session = sts.assume_role(RoleArn=arn, RoleSessionName="lesson")["Credentials"]
    program.client("iam", account=OTHER).create_user(UserName="bob")
    return [(each, caller(program, each)) for each in (key, session)]


def identities(program, made):
    iam, other = program.client("iam", account=ME), program.client("iam", account=OTHER)
    policy = iam.list_policies(Scope="Local")["Policies"][0]
    return [
        iam.get_user(UserName="ada")["User"],
        iam.list_access_keys(UserName="ada")["AccessKeyMetadata"],
        iam.get_group(GroupName="readers")["Users"],
        iam.list_policy_versions(PolicyArn=policy["Arn"])["Versions"],
        iam.list_attached_user_policies(UserName="ada")["AttachedPolicies"],
        iam.get_group_policy(GroupName="readers", PolicyName="own")["PolicyDocument"],
        iam.get_role(RoleName="runner")["Role"],
        iam.list_entities_for_policy(PolicyArn=policy["Arn"])["PolicyRoles"],
        other.list_users()["Users"],
        policy,
    ]


def caller(program, key):
    sts = boto3.client(
        "sts",
        endpoint_url=program.url,
        region_name="us-east-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        aws_session_token=key.get("SessionToken"),
    )
    return {name: sts.get_caller_identity()[name] for name in ("Account", "Arn", "UserId")}


def make_queues(program):
    sqs = program.client("sqs", account=ME)
    sqs.create_queue(QueueName="dead", Attributes={"VisibilityTimeout": "7"})
    arn = f"arn:aws:sqs:us-east-1:{ME}:dead"
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    queue = sqs.create_queue(
        QueueName="jobs", Attributes={"RedrivePolicy": redrive}, tags={"a": "b"}
    )["QueueUrl"]
    said = {"kind": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}
    sqs.send_message(QueueUrl=queue, MessageBody="first", MessageAttributes=said)
    taken = sqs.receive_message(QueueUrl=queue, VisibilityTimeout=600)["Messages"][0]
    sqs.send_message(QueueUrl=queue, MessageBody="second")
    elsewhere = program.client("sqs", account=ME, region="eu-west-1")
    elsewhere.create_queue(QueueName="far.fifo", Attributes={"FifoQueue": "true"})
    return {"handle": taken["ReceiptHandle"]}


def queues(program, made):
    sqs = program.client("sqs", account=ME)
    elsewhere = program.client("sqs", account=ME, region="eu-west-1")
    address = {"QueueUrl": f"{program.url}/{ME}/jobs"}
    far = {"QueueUrl": f"{program.url}/{ME}/far.fifo"}
    return [
        sqs.get_queue_attributes(**address, AttributeNames=["All"])["Attributes"],
        sqs.list_queue_tags(**address)["Tags"],
        elsewhere.get_queue_attributes(**far, AttributeNames=["All"])["Attributes"],
        len(sqs.list_queues()["QueueUrls"]),
    ]


def make_secrets(program):
    secrets = program.client("secretsmanager", account=ME)
    secrets.create_secret(Name="login", SecretString="old", Tags=[{"Key": "a", "Value": "b"}])
    secrets.put_secret_value(SecretId="login", SecretString="new")
    secrets.create_secret(Name="bytes", SecretBinary=b"\xff\x00")
    to = [{"Region": "eu-west-1"}]
    secrets.replicate_secret_to_regions(SecretId="login", AddReplicaRegions=to)
    secrets.create_secret(Name="gone", SecretString="x")
    secrets.delete_secret(SecretId="gone")
    return {}


def secrets(program, made):
    here = program.client("secretsmanager", account=ME)
    there = program.client("secretsmanager", account=ME, region="eu-west-1")
    versions = here.list_secret_version_ids(SecretId="login")["Versions"]
    stages = ("AWSCURRENT", "AWSPREVIOUS")
    return [
        here.describe_secret(SecretId="login"),
        [here.get_secret_value(SecretId="login", VersionStage=stage) for stage in stages],
        here.get_secret_value(SecretId="bytes")["SecretBinary"],
        there.get_secret_value(SecretId="login")["SecretString"],
        here.describe_secret(SecretId="gone")["DeletedDate"],
        sorted(version["VersionId"] for version in versions),
    ]


def make_logs(program):
    logs = program.client("logs", account=ME)
    logs.create_log_group(logGroupName="/lessons", tags={"a": "b"})
    logs.put_retention_policy(logGroupName="/lessons", retentionInDays=30)
    logs.create_log_stream(logGroupName="/lessons", logStreamName="one")
    events = [{"timestamp": NOW + n, "message": f"line {n} ü"} for n in range(3)]
    logs.put_log_events(logGroupName="/lessons", logStreamName="one", logEvents=events)
    return {}


def lines(program, made):
    logs = program.client("logs", account=ME)
    return [
        logs.describe_log_groups()["logGroups"],
        logs.describe_log_streams(logGroupName="/lessons")["logStreams"],
        logs.list_tags_log_group(logGroupName="/lessons")["tags"],
        logs.filter_log_events(logGroupName="/lessons")["events"],
    ]


ITEM = {
    "k": {"S": "a"},
    "n": {"N": "1.5"},
    "tree": {"M": {"x": {"L": [{"BOOL": True}, {"NULL": True}, {"B": b"\xff"}]}}},
    "sets": {"NS": ["1", "2"]},
}


def make_tables(program):
    dynamodb = program.client("dynamodb", account=ME)
    schema = [{"AttributeName": "k", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}]
    attributes = [
        {"AttributeName": "k", "AttributeType": "S"},
        {"AttributeName": "n", "AttributeType": "N"},
    ]
    index = {
        "IndexName": "by_n",
        "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    dynamodb.create_table(
        TableName="people",
        KeySchema=schema,
        AttributeDefinitions=attributes,
        GlobalSecondaryIndexes=[index],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    dynamodb.put_item(TableName="people", Item=ITEM)
    dynamodb.put_item(TableName="people", Item={"k": {"S": "a"}, "n": {"N": "2"}})
    return {}


def tables(program, made):
    dynamodb = program.client("dynamodb", account=ME)
    return [
        dynamodb.describe_table(TableName="people")["Table"],
        dynamodb.scan(TableName="people")["Items"],
        dynamodb.query(
            TableName="people",
            IndexName="by_n",
            KeyConditionExpression="n = :n",
            ExpressionAttributeValues={":n": {"N": "1.5"}},
        )["Items"],
    ]


def make_topics(program):
    sqs = program.client("sqs", account=OTHER)
    sqs.create_queue(QueueName="told")
    sns = program.client("sns", account=OTHER)
    tags = [{"Key": "a", "Value": "b"}]
    topic = sns.create_topic(Name="news", Attributes={"DisplayName": "News"}, Tags=tags)["TopicArn"]
    queue = f"arn:aws:sqs:us-east-1:{OTHER}:told"
    wanted = {"FilterPolicy": json.dumps({"kind": ["wanted"]})}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=wanted)
    sns.publish(TopicArn=topic, Message="of no kind")
    return {"topic": topic}


def topics(program, made):
    sns = program.client("sns", account=OTHER)
    (subscription,) = sns.list_subscriptions()["Subscriptions"]
    return [
        sns.list_topics()["Topics"],
        sns.get_topic_attributes(TopicArn=made["topic"])["Attributes"],
        sns.list_tags_for_resource(ResourceArn=made["topic"])["Tags"],
        sns.get_subscription_attributes(SubscriptionArn=subscription["SubscriptionArn"]),
        subscription,
    ]


SERVICES = {
    "iam": (make_identities, identities),
    "sqs": (make_queues, queues),
    "secretsmanager": (make_secrets, secrets),
    "logs": (make_logs, lines),
    "dynamodb": (make_tables, tables),
    "sns": (make_topics, topics),
}


@pytest.fixture(scope="module")
def restarted(tmp_path_factory):
    """A server that was ended by SIGTERM and started again, and what was seen before and after."""
    data_dir = tmp_path_factory.mktemp("kept")
    with serving(data_dir) as program:
        made = {name: make(program) for name, (make, _) in SERVICES.items()}
        before = {name: look(program, made[name]) for name, (_, look) in SERVICES.items()}
    assert program.process.returncode == 0
    with serving(data_dir) as program:
        after = {name: look(program, made[name]) for name, (_, look) in SERVICES.items()}
        yield SimpleNamespace(
            program=program, data_dir=data_dir, made=made, before=before, after=after
        )


def without_metadata(seen):
    if isinstance(seen, list):
        return [without_metadata(one) for one in seen]
    if isinstance(seen, dict):
        return {k: without_metadata(v) for k, v in seen.items() if k != "ResponseMetadata"}
    return seen


@pytest.mark.parametrize("service", SERVICES)
def test_a_clean_restart_changes_nothing(restarted, service):
    before = without_metadata(restarted.before[service])
    assert without_metadata(restarted.after[service]) == before


def test_what_was_told_is_what_is_there(restarted):
    assert restarted.after["secretsmanager"][1][0]["SecretString"] == "new"
    assert restarted.after["secretsmanager"][2] == b"\xff\x00"
    assert ITEM in restarted.after["dynamodb"][1]
    assert [event["message"] for event in restarted.after["logs"][3]] == [
        f"line {n} ü" for n in range(3)
    ]


def test_keys_speak_for_whom_they_spoke(restarted):
    for key, who in restarted.made["iam"]:
        assert caller(restarted.program, key) == who
        assert who["Account"] == ME


def test_a_topic_still_delivers_what_its_filter_wants(restarted):
    program, topic = restarted.program, restarted.made["sns"]["topic"]
    for kind in ("other", "wanted"):
        said = {"kind": {"DataType": "String", "StringValue": kind}}
        sns = program.client("sns", account=OTHER)
        sns.publish(TopicArn=topic, Message=kind, MessageAttributes=said)
    queue = {"QueueUrl": f"{program.url}/{OTHER}/told"}
    (told,) = program.client("sqs", account=OTHER).receive_message(**queue)["Messages"]
    assert json.loads(told["Body"])["Message"] == "wanted"


def test_work_goes_on_with_what_was_kept(restarted):
    """A receipt still deletes its message, a dead letter finds its queue, a new event has a number
    of its own, a user leaves a group that shares him."""
    program = restarted.program
    sqs = program.client("sqs", account=ME)
    address = {"QueueUrl": f"{program.url}/{ME}/jobs"}
    sqs.delete_message(**address, ReceiptHandle=restarted.made["sqs"]["handle"])
    (second,) = sqs.receive_message(**address)["Messages"]
    handle = {**address, "ReceiptHandle": second["ReceiptHandle"]}
    sqs.change_message_visibility(**handle, VisibilityTimeout=0)
    assert "Messages" not in sqs.receive_message(**address)
    (dead,) = sqs.receive_message(QueueUrl=f"{program.url}/{ME}/dead")["Messages"]
    assert (second["Body"], dead["Body"]) == ("second", "second")
    logs = program.client("logs", account=ME)
    event = {"timestamp": NOW + 9, "message": "later"}
    logs.put_log_events(logGroupName="/lessons", logStreamName="one", logEvents=[event])
    numbers = [e["eventId"] for e in logs.filter_log_events(logGroupName="/lessons")["events"]]
    assert len(set(numbers)) == len(numbers) == 4
    iam = program.client("iam", account=ME)
    iam.update_user(UserName="ada", NewUserName="eve")
    assert [user["UserName"] for user in iam.get_group(GroupName="readers")["Users"]] == ["eve"]


def test_files_are_for_their_owner_alone_and_hold_plain_json(restarted):
    folder = restarted.data_dir / "neighbours"
    files = {path.name: path for path in folder.iterdir()}
    assert files.keys() == {f"{name}.json" for name in SERVICES}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.values()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {json.loads(path.read_text())["format"] for path in files.values()} == {1}


def test_a_server_that_was_emptied_leaves_no_file(tmp_path):
    for service in SERVICES:
        (tmp_path / f"{service}.json").write_text("{}")
    Keeping(tmp_path).forget()
    assert not [*tmp_path.iterdir()]


def test_what_cannot_be_written_is_told_and_costs_no_other_service(
    gluematch_server, tmp_path, caplog
):
    gluematch_server.client("sqs", account=OTHER).create_queue(QueueName="told")
    gluematch_server.client("iam", account=OTHER).create_user(UserName="told")
    (tmp_path / "sqs.new").mkdir()
    Keeping(tmp_path).keep()
    assert "what sqs holds is not kept" in caplog.text
    assert "told" in (tmp_path / "iam.json").read_text()
    assert not (tmp_path / "sqs.json").exists()


def test_a_killed_server_has_lost_seconds_at_most(tmp_path):
    """What was made, and what was revoked: it is in the files soon, and nobody ends the server."""
    with serving(tmp_path) as program:
        iam = program.client("iam", account=ME)
        iam.create_user(UserName="ada")
        revoked = iam.create_access_key(UserName="ada")["AccessKey"]["AccessKeyId"]
        left = iam.create_access_key(UserName="ada")["AccessKey"]["AccessKeyId"]
        until(lambda: revoked in kept(tmp_path, "iam"), "the first keys")
        iam.delete_access_key(UserName="ada", AccessKeyId=revoked)
        make_queues(program)
        until(lambda: revoked not in kept(tmp_path, "iam"), "the key to go")
        until(lambda: "second" in kept(tmp_path, "sqs"), "the messages")
        seen = queues(program, None)
        program.process.kill()
        program.process.wait()
    with serving(tmp_path) as program:
        keys = program.client("iam", account=ME).list_access_keys(UserName="ada")
        assert [key["AccessKeyId"] for key in keys["AccessKeyMetadata"]] == [left]
        assert without_metadata(queues(program, None)) == without_metadata(seen)


def test_a_bucket_tells_no_topic_of_another_account_that_was_kept(tmp_path):
    queue, topic = (f"arn:aws:{service}:us-east-1:{ME}:told" for service in ("sqs", "sns"))
    with serving(tmp_path) as program:
        program.client("sqs", account=ME).create_queue(QueueName="told")
        sns = program.client("sns", account=ME)
        sns.create_topic(Name="told")
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    with serving(tmp_path) as program:  # nobody has asked SNS here before S3 does
        rule = {"TopicConfigurations": [{"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}]}
        for account, bucket in ((OTHER, "of-another"), (ME, "of-mine")):
            s3 = program.client("s3", account=account)
            s3.create_bucket(Bucket=bucket)
            s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=rule)
            s3.put_object(Bucket=bucket, Key="k", Body=b"1")
        sqs = program.client("sqs", account=ME)
        url = sqs.get_queue_url(QueueName="told")["QueueUrl"]
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    told = [message["Body"] for message in found]
    assert any("of-mine" in each for each in told)
    assert not any("of-another" in each for each in told)


def kept(data_dir, service):
    path = data_dir / "neighbours" / f"{service}.json"
    return path.read_text() if path.exists() else ""


def test_where_nothing_changed_nothing_is_written(gluematch_server, tmp_path):
    iam, keeping = gluematch_server.client("iam", account=OTHER), Keeping(tmp_path)
    iam.create_group(GroupName="still")
    keeping.keep()
    first = (tmp_path / "iam.json").stat()
    keeping.keep()
    assert (tmp_path / "iam.json").stat() == first
    iam.create_group(GroupName="more")
    keeping.keep({"sqs"})
    assert (tmp_path / "iam.json").stat() == first
    keeping.keep({"iam"})
    assert '"more"' in (tmp_path / "iam.json").read_text()


DAMAGES = {
    "cut short": lambda text: text[: len(text) // 2],
    "no such thing": lambda text: "[]",
    "newer": lambda text: json.dumps({**json.loads(text), "format": 2}),
    "a class of somebody's": lambda text: text.replace('"Queue"', '"Popen"'),
    "an attribute of somebody's": lambda text: text.replace('"queues":', '"__class__":'),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_that_cannot_be_read_ends_the_start_and_stays(restarted, damage, tmp_path):
    folder = tmp_path / "neighbours"
    folder.mkdir()
    damaged = DAMAGES[damage]((restarted.data_dir / "neighbours" / "sqs.json").read_text())
    (folder / "sqs.json").write_text(damaged)
    with pytest.raises(NotRead, match=r"sqs\.json cannot be read: .*move the file away"):
        GlueServer(data_dir=tmp_path).__enter__()
    assert (folder / "sqs.json").read_text() == damaged
