"""A server with `--auth sigv4`, through unmodified clients: who comes in, and who does not."""

import io
import json
import urllib.error
import urllib.request

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from waiting import until

from gluematch.server.__main__ import main
from gluematch.server.testing import GlueServer

ANN, BOB = "410000000001", "410000000002"
FILE = f"""
[ann]
aws_access_key_id = AKIAANN
aws_secret_access_key = ann/secret+key
aws_account_id = {ANN}

[bob]
aws_access_key_id = AKIABOB
aws_secret_access_key = bobs
aws_account_id = {BOB}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    path = tmp_path_factory.mktemp("keys") / "credentials"
    path.write_text(FILE)
    with GlueServer(credentials=path) as running:
        yield running


@pytest.fixture(scope="module")
def client(server):
    """A maker of clients: ann's, unless told otherwise."""

    def make(service, key="AKIAANN", secret="ann/secret+key", token=None, **settings):
        return boto3.client(
            service,
            endpoint_url=server.url,
            region_name="us-east-1",
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=Config(retries={"total_max_attempts": 1}, **settings),
        )

    return make


def code(call, **members):
    with pytest.raises(ClientError) as caught:
        call(**members)
    return caught.value.response["Error"]["Code"]


def fetched(url, data=None, method=None, **headers):
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_each_key_of_the_file_speaks_for_its_account(client):
    client("glue").create_database(DatabaseInput={"Name": "anns"})
    assert [d["Name"] for d in client("glue").get_databases()["DatabaseList"]] == ["anns"]
    assert client("glue", "AKIABOB", "bobs").get_databases()["DatabaseList"] == []
    assert client("sts", "AKIABOB", "bobs").get_caller_identity()["Account"] == BOB


WRONG = "InvalidSignatureException", "SignatureDoesNotMatch", "SignatureDoesNotMatch"
UNKNOWN = "UnrecognizedClientException", "InvalidAccessKeyId", "InvalidClientTokenId"


@pytest.mark.parametrize(
    ("key", "secret", "codes"),
    [("AKIAANN", "wrong", WRONG), ("AKIANOBODY", "x", UNKNOWN), (ANN, "gluematch", WRONG)],
)
def test_a_wrong_signature_gets_the_services_own_error(client, key, secret, codes):
    glue, s3, iam = codes
    assert code(client("glue", key, secret).get_databases) == glue
    assert code(client("s3", key, secret).list_buckets) == s3
    assert code(client("iam", key, secret).list_users) == iam


def test_who_does_not_sign_stays_outside(client, server):
    unsigned = {"signature_version": UNSIGNED}
    glue = code(client("glue", **unsigned).get_databases)
    assert glue == "MissingAuthenticationTokenException"
    assert code(client("s3", **unsigned).list_buckets) == "AccessDenied"
    assert fetched(f"{server.url}/_gluematch/find-matches", b"{}")[0] == 400
    assert fetched(f"{server.url}/moto-api/reset", b"")[0] == 403
    assert fetched(f"{server.url}/_gluematch/health")[0] == 200


def test_objects_of_every_way_of_sending_arrive(client):
    s3 = client("s3")
    s3.create_bucket(Bucket="signed-anns")
    sums = {"request_checksum_calculation": "when_required"}
    for key, body, settings, more in [
        ("plain", b"abc", {}, {}),
        ("ü/a b+c~", b"", {}, {"Metadata": {"my_key": "a  b"}}),
        ("stream", io.BytesIO(b"x" * 200_000), {}, {"ChecksumAlgorithm": "SHA256"}),
        ("unsigned", b"abc", {"s3": {"payload_signing_enabled": False}}, {}),
        ("bare", b"abc", sums, {}),
    ]:
        client("s3", **settings).put_object(Bucket="signed-anns", Key=key, Body=body, **more)
        sent = body if isinstance(body, bytes) else body.getvalue()
        assert s3.get_object(Bucket="signed-anns", Key=key)["Body"].read() == sent
    s3.upload_fileobj(io.BytesIO(b"y" * (9 * 2**20)), "signed-anns", "parts")
    assert s3.head_object(Bucket="signed-anns", Key="parts")["ContentLength"] == 9 * 2**20
    assert code(client("s3", "AKIABOB", "bobs").get_object, Bucket="signed-anns", Key="plain")


def test_presigned_urls_work_until_a_letter_is_changed(client):
    s3 = client("s3", signature_version="s3v4")
    s3.create_bucket(Bucket="signed-presigned")
    target = {"Bucket": "signed-presigned", "Key": "a b"}
    put = s3.generate_presigned_url("put_object", Params=target)
    assert fetched(put, b"sent", "PUT", **{"Content-Type": "text/plain"})[0] == 200
    get = s3.generate_presigned_url("get_object", Params=target)
    assert fetched(get) == (200, b"sent")
    status, body = fetched(get.replace("a%20b", "a%20c"))
    assert (status, b"<Code>SignatureDoesNotMatch</Code>" in body) == (403, True)
    status, body = fetched(get.replace("X-Amz-Expires=3600", "X-Amz-Expires=3601"))
    assert (status, b"<Code>SignatureDoesNotMatch</Code>" in body) == (403, True)
    old = client("s3", signature_version="s3").generate_presigned_url("get_object", Params=target)
    status, body = fetched(old)
    assert (status, b"<Code>InvalidRequest</Code>" in body) == (400, True)


def test_presigned_posts_work_as_curl_sends_them(client):
    s3 = client("s3", signature_version="s3v4")
    s3.create_bucket(Bucket="signed-posted")
    of = {"Bucket": "signed-posted", "Key": "k"}
    of["UploadId"] = s3.create_multipart_upload(**of)["UploadId"]
    tag = s3.upload_part(**of, PartNumber=1, Body=b"posted")["ETag"]
    part = f"<Part><PartNumber>1</PartNumber><ETag>{tag}</ETag></Part>"
    part = f"<CompleteMultipartUpload>{part}</CompleteMultipartUpload>"
    url = s3.generate_presigned_url("complete_multipart_upload", Params=of)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    with urllib.request.urlopen(urllib.request.Request(url, part.encode(), form)) as answer:
        assert answer.status == 200
    assert s3.get_object(Bucket="signed-posted", Key="k")["Body"].read() == b"posted"


def test_a_body_under_anothers_hash_is_refused(client):
    s3 = client("s3")
    s3.create_bucket(Bucket="signed-hashed")

    def swap(request, **_):
        request.body = b"other"

    s3.meta.events.register("before-send.s3.PutObject", swap)
    assert (
        code(s3.put_object, Bucket="signed-hashed", Key="k", Body=b"these")
        == "XAmzContentSHA256Mismatch"
    )


def test_keys_that_iam_issues_open_their_account_while_they_are_active(client):
    iam = client("iam")
    iam.create_user(UserName="eve")
    iam.put_user_policy(UserName="eve", PolicyName="all", PolicyDocument=EVERYTHING)
    key = iam.create_access_key(UserName="eve")["AccessKey"]
    eve = client("glue", key["AccessKeyId"], key["SecretAccessKey"])
    names = [d["Name"] for d in eve.get_databases()["DatabaseList"]]
    assert names == [d["Name"] for d in client("glue").get_databases()["DatabaseList"]]
    of_eve = {"UserName": "eve", "AccessKeyId": key["AccessKeyId"]}
    iam.update_access_key(**of_eve, Status="Inactive")
    assert code(eve.get_databases) == "UnrecognizedClientException"
    iam.update_access_key(**of_eve, Status="Active")
    eve.get_databases()
    iam.delete_access_key(**of_eve)
    assert code(eve.get_databases) == "UnrecognizedClientException"


EVERYTHING = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},
    }
)


def session(client, account):
    role = f"arn:aws:iam::{account}:role/any"
    given = client("sts").assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    return given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]


def test_a_session_needs_its_token(client):
    iam = client("iam")
    iam.create_role(RoleName="any", AssumeRolePolicyDocument="{}")
    iam.put_role_policy(RoleName="any", PolicyName="all", PolicyDocument=EVERYTHING)
    key, secret, token = session(client, ANN)
    assert client("sts", key, secret, token).get_caller_identity()["Account"] == ANN
    client("glue", key, secret, token).get_databases()
    assert code(client("glue", key, secret).get_databases) == "UnrecognizedClientException"
    other = code(client("glue", key, secret, "another").get_databases)
    assert other == "UnrecognizedClientException"
    assert code(client("s3", key, secret, "another").list_buckets) == "InvalidToken"


def test_a_role_of_another_account_is_no_way_in(client):
    key, secret, token = session(client, BOB)
    assert code(client("glue", key, secret, token).get_databases) == "UnrecognizedClientException"


def test_crawls_and_scripts_reach_their_own_accounts_data(client):
    s3, glue = client("s3"), client("glue")
    s3.create_bucket(Bucket="signed-crawled")
    s3.put_object(Bucket="signed-crawled", Key="people/p.csv", Body=b"id,name\n1,ann\n2,bob\n")
    glue.create_crawler(
        Name="people",
        Role="any",
        DatabaseName="crawled",
        Targets={"S3Targets": [{"Path": "s3://signed-crawled/people/"}]},
    )
    glue.start_crawler(Name="people")
    until(lambda: glue.get_crawler(Name="people")["Crawler"]["State"] == "READY", "the crawl")
    assert glue.get_table(DatabaseName="crawled", Name="people")
    script = (
        "import boto3\n"
        "boto3.client('glue').create_database(DatabaseInput={'Name': 'of_a_script'})\n"
        "boto3.client('s3').put_object(Bucket='signed-crawled', Key='out', Body=b'done')\n"
    )
    s3.put_object(Bucket="signed-crawled", Key="s.py", Body=script.encode())
    command = {"Name": "pythonshell", "ScriptLocation": "s3://signed-crawled/s.py"}
    glue.create_job(Name="script", Role="any", Command=command)
    run = {"JobName": "script", "RunId": glue.start_job_run(JobName="script")["JobRunId"]}

    def ended():
        state = glue.get_job_run(**run)["JobRun"]
        return state if state["JobRunState"] in {"SUCCEEDED", "FAILED"} else None

    assert until(ended, "the run")["JobRunState"] == "SUCCEEDED"
    assert glue.get_database(Name="of_a_script")
    assert s3.get_object(Bucket="signed-crawled", Key="out")["Body"].read() == b"done"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "needs --credentials"),
        ("", "no credentials"),
        ("hello", "neither INI nor JSON"),
        ("{]", "neither INI nor JSON"),
        ("[1]", "a JSON object or a list"),
        ('{"AccessKeyId": "AKIAX"}', "lacks"),
        ('{"AccessKeyId": "AKIAX", "SecretAccessKey": "hidden", "AccountId": 1}', "12 digits"),
        ('{"AccessKeyId": "111122223333", "SecretAccessKey": "hidden"}', "an account's number"),
        (json.dumps([{"AccessKeyId": "A", "SecretAccessKey": "hidden"}] * 2), "twice"),
    ],
)
def test_credentials_that_make_no_sense_are_one_clear_line(text, complaint, tmp_path, capsys):
    words = []
    if text is not None:
        (tmp_path / "file").write_text(text)
        words = ["--credentials", str(tmp_path / "file")]
    assert main(["serve", "--ephemeral", "--port", "0", "--auth", "sigv4", *words]) == 2
    told = capsys.readouterr()
    assert complaint in told.err
    assert told.err.count("\n") == 1
    assert "hidden" not in told.err


def test_keys_may_be_written_as_json(tmp_path):
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"AccessKeyId": "AKIAX", "SecretAccessKey": "s"}))
    with GlueServer(credentials=path) as server:
        sts = boto3.client(
            "sts",
            endpoint_url=server.url,
            region_name="us-east-1",
            aws_access_key_id="AKIAX",
            aws_secret_access_key="s",
        )
        assert sts.get_caller_identity()["Account"] == "123456789012"
