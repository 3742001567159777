"""Which services are served beside Glue, and that nothing but the exact name reaches them."""

import json

import boto3
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

from gluematch.server.__main__ import main
from gluematch.server.testing import GlueServer

ACCOUNT = "481000000001"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
CREATE = "Action=CreateUser&UserName=evil&Version=2010-05-08"
POLICY = {"Statement": [{"Effect": "Allow", "Action": "glue:GetTags", "Resource": "*"}]}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server on which `low` may do nothing but read tags."""
    path = tmp_path_factory.mktemp("keys") / "keys.json"
    owner = {"AccessKeyId": "AKIAOWNER", "SecretAccessKey": "s", "AccountId": ACCOUNT}
    low = {**owner, "AccessKeyId": "AKIALOW", "UserName": "low", "Policy": POLICY}
    path.write_text(json.dumps([owner, low]))
    with GlueServer(credentials=path) as running:
        yield running


@pytest.fixture(scope="module")
def client(server):
    def make(service, key="AKIAOWNER"):
        return boto3.client(
            service,
            endpoint_url=server.url,
            region_name="us-east-1",
            aws_access_key_id=key,
            aws_secret_access_key="s",
            config=Config(retries={"total_max_attempts": 1}),
        )

    return make


def sent(url, service, *, method="POST", path="/", headers=None, body="", signer=SigV4Auth):
    """The answer to a request that `low` has signed for a service."""
    request = AWSRequest(method, url + path, dict(headers or {}), body)
    signer(Credentials("AKIALOW", "s"), service, "us-east-1").add_auth(request)
    return URLLib3Session().send(request.prepare())


WORDS = [
    *(
        "iam.x",
        "sts.x",
        "cloudformation.x",
        "iam.us-east-1",
        "IAM",
        "Iam",
        "iam ",
        "%69am",
        "iam%00",
    ),
    *("queue", "logs.x", "stream-logs", "a.ddb", "x.sns", "moto_api", "instance_metadata"),
    *(
        "iam/x",
        ".iam",
        "iam.",
        "glue.x",
        "GLUE",
        "dynamodbstreams",
        "identitystore",
        "sso",
    ),
]


@pytest.mark.parametrize("word", WORDS)
def test_a_word_that_is_not_the_name_of_a_service_reaches_nothing(server, client, word):
    with GlueServer() as open_to_all:
        for url in (server.url, open_to_all.url):
            answer = sent(url, word, headers=FORM, body=CREATE)
            assert 400 <= answer.status_code < 500
            assert answer.content
    assert client("iam").list_users()["Users"] == []


@pytest.mark.parametrize(
    "word", ["glue.x", "logs", "secretsmanager", "kms", "iam", "s3", "sqs", "GLUE", "x"]
)
def test_an_operation_of_glue_needs_the_signature_and_the_target_of_glue(server, client, word):
    for prefix in ("X", "AWSGlue", "AWSGlue.X", "awsglue"):
        headers = {"X-Amz-Target": f"{prefix}.CreateWorkflow"}
        answer = sent(server.url, word, headers=headers, body='{"Name": "w"}')
        assert 400 <= answer.status_code < 500
    answer = sent(server.url, "glue", headers={"X-Amz-Target": "X.CreateWorkflow"}, body="{}")
    assert answer.status_code == 400
    assert client("glue").list_workflows()["Workflows"] == []


@pytest.mark.parametrize(
    "word", ["s3express", "s3-outposts", "s3-object-lambda", "s3control", "s3.x", "S3", "s3tables"]
)
def test_an_object_is_put_by_a_signature_for_s3_only(server, client, word):
    s3 = client("s3")
    s3.create_bucket(Bucket="exact-name")  # servers of one process share moto's memory
    headers = {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
    with GlueServer() as open_to_all:
        for url in (server.url, open_to_all.url):
            answer = sent(
                url, word, method="PUT", path="/exact-name/k", headers=headers, signer=S3SigV4Auth
            )
            assert answer.status_code == 400
            assert b"is not served here" in answer.content
    assert s3.list_objects_v2(Bucket="exact-name")["KeyCount"] == 0


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {"Host": "iam.amazonaws.com"}),
        ("/", {"Host": "sts.us-east-1.amazonaws.com"}),
        ("/", {"X-Amz-Target": "IAM.CreateUser"}),
        ("/", {"x-moto-account-id": "999999999999"}),
        ("/iam_us-east-1/", {}),
        ("/moto-api/data.json", {}),
        ("/latest/meta-data/iam/", {}),
        (f"/?{CREATE}", {}),
    ],
)
@pytest.mark.parametrize("service", ["s3", "logs", "sqs", "kms", "iam"])
def test_no_other_part_of_a_request_chooses_the_service(server, client, service, path, headers):
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    body = "" if "Action" in path else CREATE
    answer = sent(
        server.url, service, path=path, headers={**FORM, **headers}, body=body, signer=signer
    )
    assert answer.status_code < 600
    assert client("iam").list_users()["Users"] == []


@pytest.mark.parametrize("word", ["iam", "iam.x", "IAM", "sts.x"])
def test_a_presigned_url_is_guarded_as_a_header_is(server, client, word):
    request = AWSRequest("GET", f"{server.url}/?{CREATE}")
    SigV4QueryAuth(Credentials("AKIALOW", "s"), word, "us-east-1").add_auth(request)
    answer = URLLib3Session().send(request.prepare())
    assert answer.status_code in {400, 403}
    doubled = request.url.replace("X-Amz-Credential", "X-Amz-Credential=AKIALOW&X-Amz-Credential")
    assert URLLib3Session().send(AWSRequest("GET", doubled).prepare()).status_code in {400, 403}
    assert client("iam").list_users()["Users"] == []


def test_a_presigned_url_names_its_service_where_nobody_checks_signatures(gluematch_server):
    request = AWSRequest("GET", f"{gluematch_server.url}/?Action=GetCallerIdentity")
    SigV4QueryAuth(Credentials("481000000002", "s"), "sts", "us-east-1").add_auth(request)
    answer = URLLib3Session().send(request.prepare())
    assert (answer.status_code, b"481000000002" in answer.content) == (200, True)


def test_a_compressed_form_hides_no_action(server, client):
    headers = {**FORM, "Content-Encoding": "gzip"}
    answer = sent(server.url, "iam", path="/?Action=GetUser", headers=headers, body="\x1f\x8b")
    assert answer.status_code == 403


@pytest.mark.parametrize("service", ["kinesis", "lambda", "ec2", "stepfunctions", "ssm"])
def test_a_service_that_is_closed_is_refused_by_name(gluematch_server, service):
    calls = {
        "kinesis": lambda c: c.list_streams(),
        "lambda": lambda c: c.list_functions(),
        "ec2": lambda c: c.describe_instances(),
        "stepfunctions": lambda c: c.list_state_machines(),
        "ssm": lambda c: c.describe_parameters(),
    }
    name = {"stepfunctions": "states"}.get(service, service)
    with pytest.raises(ClientError, match=f"The service '{name}' is not served here") as caught:
        calls[service](gluematch_server.client(service))
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert "--services" in str(caught.value)


@pytest.mark.parametrize(
    ("path", "host"),
    [("/v20180820/accesspoint", None), ("/x", "1.s3-control.us-east-1.amazonaws.com"),
     ("/x", "a-1.s3-accesspoint.us-east-1.amazonaws.com")],
)  # fmt: skip
def test_what_is_signed_for_s3_and_meant_for_another_service_is_refused(server, path, host):
    headers = {"Host": host} if host else {}
    answer = sent(server.url, "s3", method="GET", path=path, headers=headers, signer=S3SigV4Auth)
    assert (answer.status_code, b"is not served here" in answer.content) == (400, True)


@pytest.mark.parametrize(
    ("service", "headers", "body", "code"),
    [
        ("sqs", FORM, CREATE, "InvalidAction"),
        ("sqs", FORM, "UserName=evil", "InvalidAction"),
        ("sns", FORM, "Action=ListStacks&Version=2010-03-31", "InvalidAction"),
        ("secretsmanager", FORM, "Action=AssumeRole&Version=2011-06-15", "InvalidAction"),
        ("logs", FORM, "Action=ListStacks", "InvalidAction"),
        ("logs", {"X-Amz-Target": "Logs_20140328.ListStacks"}, "{}", "UnknownOperation"),
        ("dynamodb", {"X-Amz-Target": "DynamoDB_20120810.nothing"}, "{}", "UnknownOperation"),
        ("kms", {"X-Amz-Target": "TrentService."}, "{}", "UnknownOperation"),
        ("events", {"X-Amz-Target": "AWSEvents.__init__"}, "{}", "UnknownOperation"),
        ("events", {"X-Amz-Target": ".CreateDatabase"}, "{}", "UnknownOperation"),
    ],
)
def test_an_operation_that_a_service_has_not_is_a_refusal(server, service, headers, body, code):
    answer = sent(server.url, service, headers=headers, body=body)
    assert answer.status_code == 400
    assert code in answer.text
    assert service in answer.text


def test_services_are_opened_and_closed_by_a_setting():
    with GlueServer(services=("+kinesis", "+lambda", "-sns")) as server:
        assert server.client("kinesis").list_streams()["StreamNames"] == []
        assert server.client("sqs").list_queues()
        with pytest.raises(ClientError, match="There is nothing here") as caught:
            server.client("lambda").list_capacity_providers()
        assert caught.value.response["Error"]["Code"] == "NotFound"
        with pytest.raises(ClientError, match="The service 'sns' is not served"):
            server.client("sns").list_topics()
    with GlueServer(services=("s3",)) as server:
        assert server.client("s3").list_buckets()
        assert server.client("glue").get_databases()
        with pytest.raises(ClientError, match="The service 'sqs' is not served"):
            server.client("sqs").list_queues()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [("+s3express", "'s3express'"), ("+iam.x", "'iam.x'"), ("nothing", "'nothing'"),
     ("+glue", "'glue'"), ("s3,-sns", "not both"), ("+", "''")],
)  # fmt: skip
def test_a_setting_that_names_no_service_stops_the_start(words, complaint, capsys):
    assert main(["serve", "--ephemeral", "--port", "0", f"--services={words}"]) == 2
    told = capsys.readouterr().err
    assert "--services" in told
    assert complaint in told


def test_the_region_is_the_one_that_was_signed_for(gluematch_server, account):
    sqs = gluematch_server.client("sqs", account=account, region="eu-west-1")
    sqs.meta.events.register(
        "before-sign.sqs.*", lambda request, **_: request.headers.add_header(
            "User-Agent", "x region/us-west-2"
        )
    )  # fmt: skip
    sqs.create_queue(QueueName="of-ireland")
    other = gluematch_server.client("sqs", account=account, region="us-west-2")
    assert "QueueUrls" not in other.list_queues()
    queues = gluematch_server.client("sqs", account=account, region="eu-west-1").list_queues()
    assert [url.rpartition("/")[2] for url in queues["QueueUrls"]] == ["of-ireland"]


def test_everybody_learns_who_they_are(server, client):
    assert ident(client("sts")) == (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT)
    low = (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/low", "low")
    assert ident(client("sts", "AKIALOW")) == low
    iam = client("iam")
    made = iam.create_user(UserName="eve", Path="/team/")["User"]
    role = {"RoleName": "r", "AssumeRolePolicyDocument": "{}"}
    arn = iam.create_role(**role)["Role"]["Arn"]
    key = iam.create_access_key(UserName="eve")["AccessKey"]
    assert ident(keyed(server, key)) == (ACCOUNT, made["Arn"], made["UserId"])
    assumed = client("sts").assume_role(RoleArn=arn, RoleSessionName="lesson")
    who = assumed["AssumedRoleUser"]
    assert ident(keyed(server, assumed["Credentials"])) == (
        ACCOUNT,
        who["Arn"],
        who["AssumedRoleId"],
    )
    iam.delete_access_key(UserName="eve", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="eve")


def test_everybody_learns_who_they_are_where_nobody_checks(gluematch_server, account):
    assert ident(gluematch_server.client("sts", account=account)) == (
        account,
        f"arn:aws:iam::{account}:root",
        account,
    )
    iam = gluematch_server.client("iam", account=account)
    made = iam.create_user(UserName="eve")["User"]
    key = iam.create_access_key(UserName="eve")["AccessKey"]
    assert ident(keyed(gluematch_server, key)) == (account, made["Arn"], made["UserId"])
    arn = iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    sts = gluematch_server.client("sts", account=account)
    assumed = sts.assume_role(RoleArn=arn, RoleSessionName="lesson")
    who = assumed["AssumedRoleUser"]
    told = ident(keyed(gluematch_server, assumed["Credentials"]))
    assert told == (account, who["Arn"], who["AssumedRoleId"])


def ident(sts):
    """Account, ARN and user id of whoever the client's key is of."""
    found = sts.get_caller_identity()
    return found["Account"], found["Arn"], found["UserId"]


def keyed(server, key):
    return boto3.client(
        "sts",
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        aws_session_token=key.get("SessionToken"),
    )
