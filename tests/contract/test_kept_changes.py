"""What IAM, STS, SQS, Secrets Manager, DynamoDB and Logs acknowledge is there after the server was
killed; on a disk that is full they acknowledge nothing."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from programs import serving
from small_disks import fill
from waiting import until

from gluematch.models import clock
from gluematch.server.neighbours.kept.group_commit import GroupCommit
from gluematch.server.neighbours.kept.keeping import LARGEST_AWAITED, Keeping
from gluematch.server.neighbours.kept.steadily import ChangesLost, Steadily
from gluematch.server.neighbours.s3.files import NotKept

ME = "510000000003"
ONCE = Config(retries={"max_attempts": 0})


class Secrets:
    name = "secretsmanager"

    def __init__(self, client):
        self.client = client

    def prepare(self):
        self.client.create_secret(Name="s", SecretString="first")

    def change(self, number):
        self.client.put_secret_value(SecretId="s", SecretString=f"{number}")

    def found(self, number):
        return self.client.get_secret_value(SecretId="s")["SecretString"] == f"{number}"


class Users:
    name = "iam"

    def __init__(self, client):
        self.client = client

    def prepare(self):
        self.client.create_user(UserName="first")

    def change(self, number):
        self.client.create_user(UserName=f"u{number}")

    def found(self, number):
        return f"u{number}" in {user["UserName"] for user in self.client.list_users()["Users"]}


class Messages:
    name = "sqs"

    def __init__(self, client):
        self.client = client

    def prepare(self):
        self.client.create_queue(QueueName="q")

    @property
    def queue(self):
        return self.client.get_queue_url(QueueName="q")["QueueUrl"]

    def change(self, number):
        self.client.send_message(QueueUrl=self.queue, MessageBody=f"{number}")

    def found(self, number):
        names = ["ApproximateNumberOfMessages"]
        told = self.client.get_queue_attributes(QueueUrl=self.queue, AttributeNames=names)
        return told["Attributes"][names[0]] == f"{number}"


class Items:
    name = "dynamodb"

    def __init__(self, client):
        self.client = client

    def prepare(self):
        self.client.create_table(
            TableName="t",
            KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )

    def change(self, number):
        self.client.put_item(TableName="t", Item={"k": {"S": f"{number}"}})

    def found(self, number):
        return "Item" in self.client.get_item(TableName="t", Key={"k": {"S": f"{number}"}})


class Lines:
    name = "logs"

    def __init__(self, client):
        self.client = client

    def prepare(self):
        self.client.create_log_group(logGroupName="/g")
        self.client.create_log_stream(logGroupName="/g", logStreamName="s")

    def change(self, number):
        event = {"timestamp": int(time.time() * 1000), "message": f"line {number}"}
        self.client.put_log_events(logGroupName="/g", logStreamName="s", logEvents=[event])

    def found(self, number):
        events = self.client.filter_log_events(logGroupName="/g")["events"]
        return f"line {number}" in {event["message"] for event in events}


KINDS = (Secrets, Users, Messages, Items, Lines)


def services(program):
    return [kind(program.client(kind.name, account=ME, config=ONCE)) for kind in KINDS]


def kill(program):
    program.process.kill()
    program.process.wait()


def test_what_was_acknowledged_is_there_after_the_server_was_killed(tmp_path):
    with serving(tmp_path) as program:
        for service in services(program):
            service.prepare()
            service.change(1)
        kill(program)
    with serving(tmp_path) as program:
        assert [service.name for service in services(program) if not service.found(1)] == []


def test_a_key_that_was_deleted_stays_deleted_after_the_server_was_killed(tmp_path):
    with serving(tmp_path) as program:
        iam = program.client("iam", account=ME)
        iam.create_user(UserName="ada")
        key = iam.create_access_key(UserName="ada")["AccessKey"]["AccessKeyId"]
        iam.delete_access_key(UserName="ada", AccessKeyId=key)
        kill(program)
    with serving(tmp_path) as program:
        iam = program.client("iam", account=ME)
        assert iam.list_access_keys(UserName="ada")["AccessKeyMetadata"] == []


def test_sessions_that_ended_long_ago_leave_the_file(gluematch_server, tmp_path):
    sts = gluematch_server.client("sts", account=ME)
    iam = gluematch_server.client("iam", account=ME)
    role = {"RoleArn": f"arn:aws:iam::{ME}:role/any", "RoleSessionName": "session"}
    early, late, lasting = (
        sts.assume_role(**role, DurationSeconds=seconds)["Credentials"]["AccessKeyId"]
        for seconds in (900, 900 + 3600, 12 * 3600)
    )
    user = iam.create_user(UserName="lasting")["User"]["UserName"]
    own = iam.create_access_key(UserName=user)["AccessKey"]["AccessKeyId"]
    keeping = Keeping(tmp_path)
    keeping.keep({"iam"})
    text = (tmp_path / "iam.json").read_text()
    assert all(key in text for key in (early, late, lasting, own))
    with clock.told_by(lambda: datetime.now(UTC) + timedelta(hours=1, minutes=16)):
        keeping.keep({"iam"})
    text = (tmp_path / "iam.json").read_text()
    assert early not in text
    assert all(key in text for key in (late, lasting, own))


def test_a_metric_filter_of_no_log_group_is_refused(gluematch_server):
    """An account that has nothing else would lose it."""
    logs = gluematch_server.client("logs", account="510000000099")
    metric = {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}
    with pytest.raises(ClientError, match="log group does not exist"):
        logs.put_metric_filter(
            logGroupName="/none", filterName="f", filterPattern="", metricTransformations=[metric]
        )


def test_a_full_disk_is_a_refusal_of_every_kept_service_and_loses_nothing(small_disk):
    data_dir = small_disk / "data"
    with serving(data_dir) as program:
        for service in services(program):
            service.prepare()
            service.change(1)
        filler = fill(small_disk)
        for service in services(program):
            with pytest.raises(ClientError, match=f"{service.name}.json.*No space left") as refused:
                service.change(2)
            assert refused.value.response["Error"]["Code"] == "ServiceUnavailable"
            assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
            assert service.found(1)
        filler.unlink()
        for service in services(program):
            service.change(2)
        fill(small_disk)
        kill(program)
    (small_disk / "filler").unlink()
    with serving(data_dir) as program:
        assert [service.name for service in services(program) if not service.found(2)] == []


def test_a_clean_end_on_a_full_disk_has_lost_nothing(small_disk):
    with serving(small_disk / "data") as program:
        for service in services(program):
            service.prepare()
            service.change(1)
        fill(small_disk)
    assert program.process.returncode == 0
    (small_disk / "filler").unlink()
    with serving(small_disk / "data") as program:
        assert [service.name for service in services(program) if not service.found(1)] == []


def test_an_end_that_cannot_keep_what_was_acknowledged_has_an_exit_code(tmp_path):
    """Messages of S3 to a queue are written later: here their file can never be written."""
    with serving(tmp_path) as program:
        s3, sqs = program.client("s3", account=ME), program.client("sqs", account=ME)
        sqs.create_queue(QueueName="q")
        s3.create_bucket(Bucket="told")
        to = {"QueueArn": f"arn:aws:sqs:us-east-1:{ME}:q", "Events": ["s3:ObjectCreated:*"]}
        s3.put_bucket_notification_configuration(
            Bucket="told", NotificationConfiguration={"QueueConfigurations": [to]}
        )
        (tmp_path / "neighbours" / "sqs.new").mkdir()
        s3.put_object(Bucket="told", Key="k", Body=b"x")
    assert program.process.returncode == 1


def test_what_the_end_has_lost_is_named(gluematch_server, tmp_path):
    gluematch_server.client("sqs", account=ME).create_queue(QueueName="lost")
    steadily = Steadily(Keeping(tmp_path / "kept"), tmp_path)
    (tmp_path / "kept" / "sqs.new").mkdir(parents=True)
    steadily.changed("sqs", ME)
    with pytest.raises(ChangesLost, match=r"lost.*sqs \(Is a directory\)"):
        steadily.close()


def test_a_change_is_refused_while_the_file_cannot_be_written_and_done_when_it_can(
    gluematch_server, tmp_path
):
    sqs = gluematch_server.client("sqs", account=ME)
    sqs.create_queue(QueueName="refused")
    steadily = Steadily(Keeping(tmp_path / "kept"), tmp_path)
    obstacle = tmp_path / "kept" / "sqs.new"
    obstacle.mkdir(parents=True)
    with pytest.raises(NotKept, match="Is a directory"), steadily.changing("sqs", ME):
        pass
    begun = []
    with pytest.raises(NotKept, match="Is a directory"), steadily.changing("sqs", ME):
        begun.append("a change that cannot be kept")
    assert begun == []
    obstacle.rmdir()
    with steadily.changing("sqs", ME):
        sqs.create_queue(QueueName="kept")
    assert '"kept"' in (tmp_path / "kept" / "sqs.json").read_text()
    steadily.close()


def test_a_service_that_is_too_large_to_wait_for_is_written_later(gluematch_server, tmp_path):
    dynamodb = gluematch_server.client("dynamodb", account=ME)
    Items(dynamodb).prepare()
    keeping = Keeping(tmp_path)
    for number in range(4):
        item = {"k": {"S": f"{number}"}, "text": {"S": "x" * (LARGEST_AWAITED // 4)}}
        dynamodb.put_item(TableName="t", Item=item)
    assert keeping.is_awaited("dynamodb", ME)
    keeping.keep({"dynamodb"})
    assert not keeping.is_awaited("dynamodb", ME)
    dynamodb.delete_table(TableName="t")
    keeping.keep({"dynamodb"})
    assert keeping.is_awaited("dynamodb", ME)


def test_one_write_serves_all_who_asked_before_it_began():
    begun, go_on, writes = threading.Event(), threading.Event(), []

    def write():
        writes.append(len(writes))
        begun.set()
        assert go_on.wait(20)

    commits = GroupCommit(write)
    first = threading.Thread(target=commits.commit)
    first.start()
    assert begun.wait(20)
    others = [threading.Thread(target=commits.commit) for _ in range(8)]
    for other in others:
        other.start()
    until(lambda: commits.waiting == 8, "all to wait")
    go_on.set()
    for thread in (first, *others):
        thread.join(20)
    assert len(writes) == 2


def test_every_thread_learns_that_its_write_failed():
    failing = [True]

    def write():
        if failing[0]:
            raise OSError("no room")

    commits = GroupCommit(write)
    with pytest.raises(OSError, match="no room"):
        commits.commit()
    failing[0] = False
    commits.commit()
