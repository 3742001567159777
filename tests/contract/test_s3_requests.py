"""Requests that S3 does not take are refused as AWS refuses them, never by an error of ours."""

import http.client
import re
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError
from s3_fuzzer import answer, requests

FUZZED = 300
ACCOUNT = "483000000001"
BUCKET = "requests"
SIGNED = f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/us-east-1/s3/aws4_request, Signed"
XMLNS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
DOCUMENTS = (
    "POST ?delete",
    "PUT ?accelerate",
    "PUT ?cors",
    "PUT ?encryption",
    "PUT ?inventory&id=x",
    "PUT ?lifecycle",
    "PUT ?logging",
    "PUT ?notification",
    "PUT ?object-lock",
    "PUT ?ownershipControls",
    "PUT ?publicAccessBlock",
    "PUT ?replication",
    "PUT ?tagging",
    "PUT ?versioning",
    "PUT ?website",
    "PUT ?acl",
    "PUT /k?acl",
    "PUT /k?legal-hold",
    "PUT /k?retention",
    "PUT /k?tagging",
    "POST /k?restore",
    "POST /k?select&select-type=2",
)


@pytest.fixture(scope="module")
def s3(gluematch_server):
    client = gluematch_server.client("s3", account=ACCOUNT)
    client.create_bucket(Bucket=BUCKET)
    client.put_object(Bucket=BUCKET, Key="k", Body=b"0123456789")
    return client


@pytest.fixture
def ask(gluematch_server, s3):
    def asked(line, body=b"", **headers):
        """Status, code, the argument that is named, and the body."""
        place = urlsplit(gluematch_server.url)
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
        method, path = line.split(" ", 1)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named = {"Authorization": SIGNED, **named}
        connection.request(method, f"/{BUCKET}{path}", body, named)
        got = connection.getresponse()
        text = got.read().decode()
        connection.close()
        code = re.search("<Code>(.*?)</Code>", text)
        argument = re.search("<ArgumentName>(.*?)</ArgumentName>", text)
        return got.status, code and code[1], argument and argument[1], text

    return asked


@pytest.mark.parametrize("line", DOCUMENTS)
@pytest.mark.parametrize(
    "body",
    [b"not XML", b"<a", b"<a/>", b"\xff\xfe", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"],
)
def test_a_document_that_is_not_the_operations_is_malformed(ask, line, body):
    code = "MalformedACLError" if line.endswith("?acl") and body == b"<a/>" else "MalformedXML"
    assert ask(line, body)[:2] == (400, code)


@pytest.mark.parametrize("line", DOCUMENTS)
def test_a_document_that_is_missing_is_missed(ask, line):
    assert ask(line)[:2] == (400, "MissingRequestBodyError")


def test_a_document_that_is_too_deep_is_refused_at_once(ask):
    deep = b"<a>" * 100_000
    assert ask("PUT ?tagging", deep)[:2] == (400, "MalformedXML")


@pytest.mark.parametrize(
    "document",
    [
        "<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>",
        "<Tagging/>",
        "<Tagging><TagSet/><TagSet/></Tagging>",
        "<Tagging><TagSet><Other/></TagSet></Tagging>",
        "<Tagging><Other/><TagSet/></Tagging>",
    ],
)
def test_members_that_lack_or_that_there_are_not_are_malformed(ask, document):
    assert ask("PUT /k?tagging", document.encode())[:2] == (400, "MalformedXML")
    assert ask("PUT ?tagging", document.encode())[:2] == (400, "MalformedXML")


def test_values_of_another_type_are_malformed(ask):
    days = "<RestoreRequest><Days>soon</Days></RestoreRequest>"
    assert ask("POST /k?restore", days.encode())[:2] == (400, "MalformedXML")
    status = "<VersioningConfiguration><Status>On</Status></VersioningConfiguration>"
    assert ask("PUT ?versioning", status.encode())[:2] == (400, "MalformedXML")


def test_a_set_of_tags_may_be_empty(s3, ask):
    s3.put_object_tagging(Bucket=BUCKET, Key="k", Tagging={"TagSet": [{"Key": "a", "Value": ""}]})
    assert s3.get_object_tagging(Bucket=BUCKET, Key="k")["TagSet"] == [{"Key": "a", "Value": ""}]
    s3.put_object_tagging(Bucket=BUCKET, Key="k", Tagging={"TagSet": []})
    assert s3.get_object_tagging(Bucket=BUCKET, Key="k")["TagSet"] == []
    assert ask("PUT /k?tagging", b"<Tagging><TagSet></TagSet></Tagging>")[0] == 200
    s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": []})
    twice = {"TagSet": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}
    with pytest.raises(ClientError, match="InvalidTag"):
        s3.put_object_tagging(Bucket=BUCKET, Key="k", Tagging=twice)


@pytest.mark.parametrize(
    ("line", "headers", "code", "argument"),
    [
        ("GET ?max-keys=abc", {}, "InvalidArgument", "max-keys"),
        ("GET ?max-keys=-1", {}, "InvalidArgument", "max-keys"),
        ("GET ?list-type=2&max-keys=", {}, "InvalidArgument", "max-keys"),
        ("GET ?list-type=3", {}, "InvalidArgument", "list-type"),
        ("GET ?encoding-type=base64", {}, "InvalidArgument", "encoding-type"),
        (
            "GET ?list-type=2&continuation-token=garbage!",
            {},
            "InvalidArgument",
            "continuation-token",
        ),
        ("GET ?uploads&max-uploads=x", {}, "InvalidArgument", "max-uploads"),
        ("PUT /k?partNumber=0&uploadId=x", {}, "InvalidArgument", "partNumber"),
        ("PUT /k?partNumber=abc&uploadId=x", {}, "InvalidArgument", "partNumber"),
        ("PUT /k?partNumber=10001&uploadId=x", {}, "InvalidArgument", "partNumber"),
        ("GET /k?partNumber=x", {}, "InvalidArgument", "partNumber"),
        ("PUT /k?partNumber=1", {}, "InvalidArgument", "partNumber"),
        ("GET /k?acl&tagging", {}, "InvalidArgument", "ResourceType"),
        ("GET ?max-keys=1&max-keys=2", {}, "InvalidArgument", "max-keys"),
        ("PUT /c", {"x_amz_copy_source": "nope"}, "InvalidArgument", "x-amz-copy-source"),
        ("PUT /c", {"x_amz_copy_source": "/"}, "InvalidArgument", "x-amz-copy-source"),
        ("PUT /c", {"x_amz_acl": "everybody"}, "InvalidArgument", "x-amz-acl"),
        ("PUT /c", {"x_amz_grant_read": "x"}, "InvalidArgument", "x-amz-grant-read"),
        ("PUT /c", {"x_amz_storage_class": "COLD"}, "InvalidStorageClass", None),
        ("PUT /c", {"x_amz_server_side_encryption": "ROT13"}, "InvalidArgument", "x-amz-server-"),
        (
            "PUT /c",
            {"x_amz_copy_source": f"{BUCKET}/k", "x_amz_metadata_directive": "KEEP"},
            "InvalidArgument",
            "x-amz-metadata-directive",
        ),
        (
            "PUT /c?partNumber=1&uploadId=x",
            {"x_amz_copy_source": f"{BUCKET}/k", "x_amz_copy_source_range": "9-0"},
            "InvalidArgument",
            "x-amz-copy-source-range",
        ),
        ("PUT /k?partNumber=1&uploadId=x", {}, "NoSuchUpload", None),
        ("DELETE /absent?tagging", {}, "NoSuchKey", None),
        ("PUT ?versioning", {}, "MissingRequestBodyError", None),
    ],
)
def test_arguments_that_s3_does_not_take_are_named(ask, line, headers, code, argument):
    status, found, named, _ = ask(line, **headers)
    assert (status in {400, 404}, found) == (True, code)
    assert argument is None or (named or "").startswith(argument)


@pytest.mark.parametrize(
    ("line", "operation"),
    [
        ("DELETE ?metrics&id=x", "DeleteBucketMetricsConfiguration"),
        ("DELETE ?inventory&id=x", "DeleteBucketInventoryConfiguration"),
        ("PUT ?requestPayment", "PutBucketRequestPayment"),
        ("GET ?analytics&id=x", "GetBucketAnalyticsConfiguration"),
        ("GET /k?torrent", "GetObjectTorrent"),
        ("GET /k?retention", "GetObjectRetention"),
    ],
)
def test_what_moto_takes_for_another_operation_is_refused(s3, ask, line, operation):
    status, _, _, text = ask(line)
    assert status == 400
    assert re.search(operation, text)
    assert s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"0123456789"


@pytest.mark.parametrize("line", ["PATCH /k", "GET ?delete", "GET /k?restore", "POST /k"])
def test_what_is_no_operation_is_not_allowed(ask, line):
    assert ask(line)[:2] == (405, "MethodNotAllowed")


def test_dates_and_ranges_that_are_none_count_as_not_sent(ask):
    for name in ("If_Modified_Since", "If_Unmodified_Since", "Range"):
        assert ask("GET /k", **{name: "yesterday"})[3] == "0123456789"
        assert ask("GET /k?response-content-type=text/plain", **{name: "bytes"})[0] == 200


@pytest.mark.parametrize("key", ["a\nb", "\n", "a\r\nb/c\n"])
def test_keys_may_have_line_feeds(s3, key):
    s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == key.encode()
    listed = [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert key in listed
    s3.delete_object(Bucket=BUCKET, Key=key)


@pytest.mark.parametrize("key", ["k" * 1025, "ü" * 513])
def test_keys_of_more_than_1024_bytes_are_too_long(s3, key):
    for make in (s3.put_object, s3.create_multipart_upload):
        with pytest.raises(ClientError, match="KeyTooLongError"):
            make(Bucket=BUCKET, Key=key)
    with pytest.raises(ClientError, match="KeyTooLongError"):
        s3.copy_object(Bucket=BUCKET, Key=key, CopySource=f"{BUCKET}/k")
    s3.put_object(Bucket=BUCKET, Key=key[: 1024 // len(key[0].encode())])


def test_metadata_of_more_than_2_kb_is_too_large(s3):
    most, more = {"n": "v" * 2047}, {"n": "v" * 2048}
    for make in (s3.put_object, s3.create_multipart_upload):
        make(Bucket=BUCKET, Key="described", Metadata=most)
        with pytest.raises(ClientError, match="MetadataTooLarge"):
            make(Bucket=BUCKET, Key="described", Metadata=more)
    copied = {"Bucket": BUCKET, "Key": "c", "CopySource": f"{BUCKET}/k"}
    with pytest.raises(ClientError, match="MetadataTooLarge"):
        s3.copy_object(**copied, MetadataDirective="REPLACE", Metadata=more)


def test_requests_made_up_at_random_are_answered_without_an_error_of_ours(gluematch_server):
    for made in requests(seed=20261130, count=FUZZED, account="483000000002"):
        status, body = answer(gluematch_server.url, made)
        assert status < 500, (made, body)
