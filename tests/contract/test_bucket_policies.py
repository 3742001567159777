"""Policies of buckets: what is none is refused, what is one is enforced, nothing locks a bucket."""

import json
import urllib.request
from urllib.error import HTTPError

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.s3.models import s3_backends

from gluematch.server.testing import GlueServer

ACCOUNT = "340000000001"
BUCKET = "ruled"
ARN = f"arn:aws:s3:::{BUCKET}"
KEYS = """
[owner]
aws_access_key_id = AKIAOWNER
aws_secret_access_key = owner
aws_account_id = 340000000002

[reader]
aws_access_key_id = AKIAREADER
aws_secret_access_key = reader
aws_account_id = 340000000002
policy_file = all.json
"""


def policy(action, resource=f"{ARN}/*", effect="Deny", principal="*", **more):
    statement = {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **more}]})


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with GlueServer(data_dir=tmp_path_factory.mktemp("policies")) as running:
        yield running


@pytest.fixture
def s3(server):
    client = server.client("s3", account=ACCOUNT)
    client.create_bucket(Bucket=BUCKET)
    client.put_object(Bucket=BUCKET, Key="a", Body=b"1")
    client.put_object(Bucket=BUCKET, Key="public/b", Body=b"2")
    yield client
    client.delete_bucket_policy(Bucket=BUCKET)
    for each in client.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        client.delete_object(Bucket=BUCKET, Key=each["Key"])
    client.delete_bucket(Bucket=BUCKET)


def denied(call, *, action, **asked):
    with pytest.raises(ClientError) as caught:
        call(Bucket=BUCKET, **asked)
    error = caught.value.response["Error"]
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert error["Code"] == "AccessDenied"
    assert f"not authorized to perform: s3:{action}" in error["Message"]
    assert "with an explicit deny in a resource-based policy" in error["Message"]


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ("not json", "Policies must be valid JSON and the first byte must be '{'"),
        ("[]", "Policies must be valid JSON and the first byte must be '{'"),
        ("1", "Policies must be valid JSON and the first byte must be '{'"),
        ("{}", "Missing required field Statement"),
        ('{"Statement": []}', "Statement is empty!"),
        ('{"Statement": "x"}', "Invalid policy syntax."),
        ('{"Statement": [{"Effect": "Deny"}]}', "Missing required field Principal"),
        (policy("s3:*", effect=[]), "the Effect of its statement 1"),
        (policy("s3:*", principal="me"), "Invalid principal in policy"),
        (policy("s3:*", principal={"AWS": "me"}), "Invalid principal in policy"),
        (policy("glue:*"), "Policy has invalid action"),
        (policy("s3:*", "arn:aws:s3:::another/*"), "Policy has invalid resource"),
        (policy("s3:*", Condition={"Sounds": {"a": "b"}}), "there is no operator Sounds"),
        (policy("s3:*", Sids="x"), "Sids"),
        (policy("s3:*", Sid="x" * 20_480), "Policy exceeds the maximum allowed document size."),
    ],
)
def test_a_policy_that_is_none_is_malformed_and_not_kept(s3, document, why):
    with pytest.raises(ClientError) as caught:
        s3.put_bucket_policy(Bucket=BUCKET, Policy=document)
    error = caught.value.response["Error"]
    assert error["Code"] == "MalformedPolicy"
    assert why in error["Message"]
    assert s3.get_object(Bucket=BUCKET, Key="a")["Body"].read() == b"1"
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket=BUCKET)


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"Condition": {"StringEquals": {"s3:TlsVersion": "1.2"}}}, "s3:tlsversion"),
        ({"Condition": {"StringEquals": {"aws:PrincipalTag/x": "y"}}}, "aws:principaltag/x"),
        ({"principal": {"CanonicalUser": "x"}}, "CanonicalUser"),
    ],
)
def test_what_is_not_enforced_is_refused_by_its_name(s3, more, what):
    with pytest.raises(ClientError) as caught:
        s3.put_bucket_policy(Bucket=BUCKET, Policy=policy("s3:*", **more))
    assert caught.value.response["Error"]["Code"] == "NotImplemented"
    assert what in caught.value.response["Error"]["Message"]


def test_a_deny_denies_its_action_on_its_resource_only(s3):
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy("s3:GetObject", f"{ARN}/a"))
    denied(s3.get_object, Key="a", action="GetObject")
    with pytest.raises(ClientError, match="403"):
        s3.head_object(Bucket=BUCKET, Key="a")
    select = {"CSV": {}}
    asked = {"Expression": "select * from s3object", "ExpressionType": "SQL"}
    asked |= {"InputSerialization": select, "OutputSerialization": select}
    denied(s3.select_object_content, Key="a", action="GetObject", **asked)
    denied(s3.copy_object, Key="c", CopySource=f"{BUCKET}/a", action="GetObject")
    assert s3.get_object(Bucket=BUCKET, Key="public/b")["Body"].read() == b"2"
    s3.put_object(Bucket=BUCKET, Key="a", Body=b"3")
    s3.delete_bucket_policy(Bucket=BUCKET)
    assert s3.get_object(Bucket=BUCKET, Key="a")["Body"].read() == b"3"


def test_operations_on_buckets_parts_and_many_objects_are_denied_too(s3):
    writing = ["s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "s3:PutBucketTagging"]
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(writing, [ARN, f"{ARN}/a"]))
    denied(s3.put_object, Key="a", action="PutObject")
    denied(s3.create_multipart_upload, Key="a", action="PutObject")
    denied(s3.copy_object, Key="a", CopySource=f"{BUCKET}/public/b", action="PutObject")
    denied(s3.delete_object, Key="a", action="DeleteObject")
    denied(s3.list_objects_v2, action="ListBucket")
    denied(s3.delete_bucket_tagging, action="PutBucketTagging")
    both = {"Objects": [{"Key": "a"}, {"Key": "public/b"}]}
    answered = s3.delete_objects(Bucket=BUCKET, Delete=both)
    assert [each["Key"] for each in answered["Deleted"]] == ["public/b"]
    assert [(e["Key"], e["Code"]) for e in answered["Errors"]] == [("a", "AccessDenied")]


def test_conditions_are_read(s3):
    absent = {"StringEquals": {"aws:UserAgent": "nobody"}}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy("s3:*", [ARN, f"{ARN}/*"], Condition=absent))
    assert s3.get_object(Bucket=BUCKET, Key="a")["Body"].read() == b"1"
    unsealed = {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy("s3:PutObject", Condition=unsealed))
    denied(s3.put_object, Key="c", action="PutObject")
    s3.put_object(Bucket=BUCKET, Key="c", ServerSideEncryption="aws:kms")
    below = {"StringNotLike": {"s3:prefix": "public/*"}}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy("s3:ListBucket", ARN, Condition=below))
    denied(s3.list_objects_v2, action="ListBucket")
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix="public/")["KeyCount"] == 1


def test_insecure_transport_is_one_that_somebody_could_listen_to(s3):
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy("s3:*", [ARN, f"{ARN}/*"], Condition=plain))
    assert s3.get_object(Bucket=BUCKET, Key="a")["Body"].read() == b"1"


def test_the_account_itself_is_never_locked_out_of_the_policy(s3):
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy("s3:*", [ARN, f"{ARN}/*"]))
    denied(s3.get_bucket_tagging, action="GetBucketTagging")
    assert json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"]
    s3.delete_bucket_policy(Bucket=BUCKET)


def fetched(url):
    with urllib.request.urlopen(url) as answer:
        return answer.read()


def forbidden(url):
    with pytest.raises(HTTPError) as caught:
        fetched(url)
    with caught.value as answer:
        assert answer.code == 403


@pytest.mark.parametrize(
    "source",
    [
        f"{BUCKET}/a#x",
        f"{BUCKET}/a;x",
        f"http://x/{BUCKET}/a",
        f"{BUCKET}/a?versionId=",
        f"{BUCKET}/a?versionId=#x",
        f"/{BUCKET}/%61",
    ],
)
def test_what_may_not_be_read_is_not_copied_however_it_is_named(s3, source):
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy("s3:GetObject", f"{ARN}/a"))

    def as_it_is(request, **_more):
        request.headers.replace_header("x-amz-copy-source", source)

    s3.meta.events.register("before-sign.s3.CopyObject", as_it_is)  # boto3 quotes it
    with pytest.raises(ClientError) as caught:
        s3.copy_object(Bucket=BUCKET, Key="copy", CopySource="x/y")
    nothing = {"NoSuchKey", "NoSuchBucket", "NoSuchVersion"}
    assert caught.value.response["Error"]["Code"] in {"AccessDenied", *nothing}


def test_keys_with_signs_of_urls_are_copied(s3):
    for key in ("a#b", "a;b", "a?b", "100%", "a b", "a+b", "\u00e4"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
        s3.copy_object(Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": key})
        assert s3.get_object(Bucket=BUCKET, Key="copy")["Body"].read() == key.encode()


def test_a_grant_is_an_acl(s3):
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy("s3:PutObjectAcl"))
    everybody = 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'
    denied(s3.put_object, action="PutObjectAcl", Key="a", GrantRead=everybody)


def test_breaking_a_lock_is_an_action_of_its_own(server):
    s3, locked = server.client("s3", account=ACCOUNT), "locked-and-ruled"
    s3.create_bucket(Bucket=locked, ObjectLockEnabledForBucket=True)
    until = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": "2999-01-01T00:00:00Z"}
    version = s3.put_object(Bucket=locked, Key="a", Body=b"1", **until)["VersionId"]
    ruled = policy("s3:BypassGovernanceRetention", f"arn:aws:s3:::{locked}/*")
    s3.put_bucket_policy(Bucket=locked, Policy=ruled)
    named = {"Key": "a", "VersionId": version}
    with pytest.raises(ClientError, match="BypassGovernanceRetention"):
        s3.delete_object(Bucket=locked, **named, BypassGovernanceRetention=True)
    many = {"Objects": [named]}
    found = s3.delete_objects(Bucket=locked, Delete=many, BypassGovernanceRetention=True)
    assert found["Errors"][0]["Code"] == "AccessDenied"
    assert s3.head_object(Bucket=locked, **named)


def test_no_other_service_goes_round_the_policy_of_a_bucket(server, s3):
    dynamodb, logs = (server.client(name, account=ACCOUNT) for name in ("dynamodb", "logs"))
    table = {
        "TableName": "exported",
        "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    arn = dynamodb.create_table(**table)["TableDescription"]["TableArn"]
    dynamodb.update_continuous_backups(
        TableName="exported",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )
    logs.create_log_group(logGroupName="exported")
    source = {"S3BucketSource": {"S3Bucket": BUCKET}, "InputFormat": "DYNAMODB_JSON"}
    source["TableCreationParameters"] = {**table, "TableName": "imported"}
    span = {"fromTime": 0, "to": 1, "logGroupName": "exported"}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy("s3:*"))
    for call, members in (
        (dynamodb.import_table, source),
        (
            dynamodb.export_table_to_point_in_time,
            {"TableArn": arn, "S3Bucket": BUCKET, "S3Prefix": "x"},
        ),
        (logs.create_export_task, {**span, "destination": BUCKET}),
    ):
        with pytest.raises(ClientError, match="has a policy, which this server does not ask"):
            call(**members)
    s3.delete_bucket_policy(Bucket=BUCKET)
    assert logs.create_export_task(**span, destination=BUCKET)["taskId"]


def test_what_a_policy_allows_all_needs_no_signature(server):
    s3, url = server.client("s3"), f"{server.url}/for-all"
    s3.create_bucket(Bucket="for-all")
    for key in ("a", "public/b"):
        s3.put_object(Bucket="for-all", Key=key, Body=b"2")
    forbidden(f"{url}/public/b")
    allowed = policy("s3:GetObject", "arn:aws:s3:::for-all/public/*", effect="Allow")
    s3.put_bucket_policy(Bucket="for-all", Policy=allowed)
    assert fetched(f"{url}/public/b") == b"2"
    forbidden(f"{url}/a")


def test_principals_are_told_apart_where_signatures_are_checked(tmp_path):
    (tmp_path / "keys.ini").write_text(KEYS)
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    (tmp_path / "all.json").write_text(json.dumps({"Statement": [everything]}))
    reader = {"AWS": "arn:aws:iam::340000000002:user/reader"}
    with GlueServer(credentials=tmp_path / "keys.ini", data_dir=tmp_path / "data") as server:

        def client(name):
            keys = {"aws_access_key_id": f"AKIA{name.upper()}", "aws_secret_access_key": name}
            where = {"endpoint_url": server.url, "region_name": "us-east-1"}
            return boto3.client("s3", **where, **keys, config=Config(signature_version="s3v4"))

        owner, read = client("owner"), client("reader")
        owner.create_bucket(Bucket=BUCKET)
        owner.put_object(Bucket=BUCKET, Key="a", Body=b"1")
        everywhere = policy("s3:*", [ARN, f"{ARN}/*"], principal=reader)
        owner.put_bucket_policy(Bucket=BUCKET, Policy=everywhere)
        assert owner.get_object(Bucket=BUCKET, Key="a")["Body"].read() == b"1"
        denied(read.get_object, Key="a", action="GetObject")
        denied(read.delete_bucket_policy, action="DeleteBucketPolicy")
        named = {"Bucket": BUCKET, "Key": "a"}
        assert fetched(owner.generate_presigned_url("get_object", named)) == b"1"
        forbidden(read.generate_presigned_url("get_object", named))


def test_a_policy_that_an_earlier_version_kept_makes_no_bucket_unusable(tmp_path):
    for stored in (b"not json", b'{"Statement": [{"Effect": "Deny"}]}'):
        with GlueServer(data_dir=tmp_path) as server:
            s3 = server.client("s3", account=ACCOUNT)
            s3.create_bucket(Bucket="old")
            s3.put_object(Bucket="old", Key="a", Body=b"1")
            s3_backends[ACCOUNT]["aws"].buckets["old"].policy = stored
            assert s3.get_object(Bucket="old", Key="a")["Body"].read() == b"1"
            s3.put_object(Bucket="old", Key="a", Body=b"2")
            s3.delete_bucket_policy(Bucket="old")
            s3.delete_object(Bucket="old", Key="a")
            s3.delete_bucket(Bucket="old")


def test_nobody_is_the_account_by_calling_themselves_so(tmp_path):
    (tmp_path / "keys.json").write_text(
        json.dumps(
            [
                {"AccessKeyId": "AKIAOWNER", "SecretAccessKey": "s", "AccountId": ACCOUNT},
                {
                    "AccessKeyId": "AKIAPOSING",
                    "SecretAccessKey": "s",
                    "AccountId": ACCOUNT,
                    "UserName": f"x:{ACCOUNT}:root",
                    "Policy": {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
                },
            ]
        )
    )
    with GlueServer(credentials=tmp_path / "keys.json", data_dir=tmp_path / "data") as server:

        def client(key):
            keys = {"aws_access_key_id": key, "aws_secret_access_key": "s"}
            return boto3.client("s3", endpoint_url=server.url, region_name="us-east-1", **keys)

        owner, bucket = client("AKIAOWNER"), "posed"
        owner.create_bucket(Bucket=bucket)
        arn = f"arn:aws:s3:::{bucket}"
        owner.put_bucket_policy(Bucket=bucket, Policy=policy("s3:*", [arn, f"{arn}/*"]))
        with pytest.raises(ClientError, match="DeleteBucketPolicy"):
            client("AKIAPOSING").delete_bucket_policy(Bucket=bucket)
