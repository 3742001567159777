"""Ranges read the short way, and what is left to the S3 client."""

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from gluematch.models.datasets.access import AwsAccess
from gluematch.models.datasets.objects import ObjectStore, ObjectStoreError
from gluematch.models.datasets.ranges import range_reader

BUCKET = "test-ranges"


@pytest.fixture
def store(gluematch_server):
    s3 = gluematch_server.client("s3", account="320999999999")
    s3.create_bucket(Bucket=BUCKET)
    for key in ("plain", "a b/ü+%2F=/../x", "packed"):
        more = {"ContentEncoding": "gzip"} if key == "packed" else {}
        s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode() + b"0123456789", **more)
    yield ObjectStore(AwsAccess(gluematch_server.url, "us-east-1", "320999999999", "secret"))
    for key in ("plain", "a b/ü+%2F=/../x", "packed"):
        s3.delete_object(Bucket=BUCKET, Key=key)
    s3.delete_bucket(Bucket=BUCKET)


@pytest.mark.parametrize("key", ["plain", "a b/ü+%2F=/../x", "packed"])
def test_the_short_way_reads_what_the_client_reads(store, key):
    reader = range_reader(store.access)
    start = len(key.encode())
    for span in ((0, start), (start, 3), (start + 8, 100)):
        found = reader.read(BUCKET, key, *span)
        assert found == (key.encode() + b"0123456789")[span[0] : sum(span)]
        assert found == store.read_range(f"s3://{BUCKET}/{key}", *span)


def test_what_fails_the_short_way_is_told_in_the_clients_words(store):
    assert range_reader(store.access).read(BUCKET, "nothing", 0, 10) is None
    with pytest.raises(ObjectStoreError, match="nothing cannot be reached: the object does not"):
        store.read_range(f"s3://{BUCKET}/nothing", 0, 10)


def test_an_endpoint_that_is_not_there_answers_nothing():
    access = AwsAccess("http://127.0.0.1:9", "us-east-1", "key", "secret")
    assert range_reader(access).read(BUCKET, "plain", 0, 10) is None


@pytest.mark.parametrize(
    "access",
    [
        AwsAccess(None, "us-east-1"),
        AwsAccess("http://127.0.0.1:9", "us-east-1"),
        AwsAccess("https://127.0.0.1:9", "us-east-1", "key", "secret"),
    ],
)
def test_roles_and_certificates_are_the_clients_affair(access):
    assert range_reader(access) is None


def test_requests_are_signed_as_botocore_signs_them():
    access = AwsAccess("http://127.0.0.1:9", "eu-central-1", "key", "secret")
    path, span = "/bucket/a%20b/%C3%BC%2B", "bytes=0-9"
    request = AWSRequest("GET", f"{access.endpoint_url}{path}", headers={"Range": span})
    S3SigV4Auth(Credentials("key", "secret"), "s3", "eu-central-1").add_auth(request)
    theirs = request.headers["Authorization"]
    ours = range_reader(access).headers(path, span, request.headers["X-Amz-Date"])
    assert ours["Authorization"] == theirs
