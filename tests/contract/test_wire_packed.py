"""Packed bodies and objects: no few bytes become many in the server."""

import bz2
import gzip
import http.client
from contextlib import closing

import pytest
from botocore.exceptions import ClientError
from waiting import until

from gluematch.server.neighbours.compression import LARGEST

ACCOUNT, BUCKET = "460000000001", "packed"
MANY = b"A" * (2 * LARGEST)
LINES = b'{"a": "1"}\n{"a": "2"}\n'


@pytest.mark.parametrize(
    ("service", "target"),
    [
        ("sqs", "AmazonSQS.ListQueues"),
        ("secretsmanager", "secretsmanager.ListSecrets"),
        ("logs", "Logs_20140328.DescribeLogGroups"),
        ("dynamodb", "DynamoDB_20120810.ListTables"),
        ("kms", "TrentService.ListKeys"),
        ("events", "AWSEvents.ListRules"),
        ("sns", None),
        ("iam", None),
        ("sts", None),
    ],
)
@pytest.mark.parametrize("coding", ["gzip", "GZIP", "identity, gzip"])
def test_no_service_unpacks_a_body(gluematch_server, service, target, coding):
    credential = f"{ACCOUNT}/20260101/us-east-1/{service}/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=a, Signature=0",
        "Content-Type": "application/x-amz-json-1.1"
        if target
        else "application/x-www-form-urlencoded",
        "Content-Encoding": coding,
        **({"X-Amz-Target": target} if target else {}),
    }
    body = gzip.compress(b"{}" if target else b"Action=GetCallerIdentity&Version=2011-06-15")
    connection = http.client.HTTPConnection(gluematch_server.url.removeprefix("http://"))
    with closing(connection):
        connection.request("POST", "/", body, headers)
        answer = connection.getresponse()
        assert (answer.status, b"packed" in answer.read()) == (400, True)


@pytest.fixture
def s3(gluematch_server):
    client = gluematch_server.client("s3", account=ACCOUNT)
    client.create_bucket(Bucket=BUCKET)
    return client


def selected(s3, data, **given):
    s3.put_object(Bucket=BUCKET, Key="k", Body=data)
    found = s3.select_object_content(
        Bucket=BUCKET,
        Key="k",
        Expression="SELECT * FROM S3Object",
        ExpressionType="SQL",
        InputSerialization=given or {"JSON": {"Type": "LINES"}},
        OutputSerialization={"JSON": {}},
    )
    return b"".join(each["Records"]["Payload"] for each in found["Payload"] if "Records" in each)


@pytest.mark.parametrize(
    ("packing", "packed"),
    [("NONE", bytes), ("GZIP", gzip.compress), ("BZIP2", bz2.compress)],
)
def test_what_is_selected_from_is_bounded_as_it_is_unpacked(s3, packing, packed):
    given = {"CompressionType": packing, "JSON": {"Type": "LINES"}}
    assert selected(s3, packed(LINES), **given).count(b'"a"') == 2
    with pytest.raises(ClientError) as caught:
        selected(s3, packed(MANY), **given)
    assert caught.value.response["Error"]["Code"] == "OverMaxRecordSize"


def test_parts_of_a_packed_file_count_together(s3):
    given = {"CompressionType": "GZIP", "JSON": {"Type": "LINES"}}
    one, two = LINES.splitlines(keepends=True)
    assert selected(s3, gzip.compress(one) + gzip.compress(two), **given).count(b'"a"') == 2
    half = gzip.compress(b"A" * (LARGEST // 2 + 1))
    with pytest.raises(ClientError, match="OverMaxRecordSize"):
        selected(s3, half + half, **given)


def test_what_is_not_packed_as_it_says_is_refused(s3):
    for packing in ("GZIP", "BZIP2"):
        with pytest.raises(ClientError, match="InvalidCompressionFormat"):
            selected(s3, LINES, CompressionType=packing, JSON={"Type": "LINES"})


@pytest.mark.parametrize(
    ("header", "data"),
    [
        ("USE", b"a" * 100_000 + b"\n" + b"1\n" * 1000),
        ("USE", b'"' * 50_000 + b"\n" + b"1\n" * 200),
        ("NONE", b"," * 2_000_000),
        ("NONE", (b"," * 1000 + b"\n") * 4000),
    ],
    ids=["long name", "name of quotes", "columns without names", "rows of columns without names"],
)
def test_names_of_columns_are_not_repeated_without_a_bound(s3, header, data):
    given = {"CSV": {"FileHeaderInfo": header}}
    assert selected(s3, b"a,b\n1,2\n", **given)
    with pytest.raises(ClientError, match="OverMaxRecordSize"):
        selected(s3, data, **given)


def test_a_table_is_imported_from_what_unpacks_within_bounds(gluematch_server, s3):
    dynamodb = gluematch_server.client("dynamodb", account=ACCOUNT)
    s3.put_object(Bucket=BUCKET, Key="bomb/k", Body=gzip.compress(MANY))
    arn = dynamodb.import_table(
        S3BucketSource={"S3Bucket": BUCKET, "S3KeyPrefix": "bomb/"},
        InputFormat="DYNAMODB_JSON",
        InputCompressionType="GZIP",
        TableCreationParameters={
            "TableName": "imported",
            "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )["ImportTableDescription"]["ImportArn"]

    def told():
        found = dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]
        return found if found["ImportStatus"] != "IN_PROGRESS" else None

    found = until(told, "the import")
    assert (found["ImportStatus"], "unpacked" in found["FailureMessage"]) == ("FAILED", True)
