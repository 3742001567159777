"""Plain reads of S3 take a short way past moto: nobody can tell by the answer."""

import http.client
from contextlib import closing
from itertools import product
from types import SimpleNamespace
from urllib.parse import quote, urlsplit

import pytest

from gluematch.server.neighbours.s3 import listings, reads
from gluematch.server.signatures import HEADERS
from gluematch.server.testing import GlueServer

BIG = bytes(range(256)) * 4096 * 5  # the least that a part may have
UNHEARD_OF = {"x-unheard-of": "1"}
"""A header that the short way does not know: moto answers."""

OBJECTS = {
    "plain": {"Body": b"0123456789"},
    "a b/ü+€.csv": {"Body": b"x,y\n", "ContentType": "text/csv"},
    "empty": {"Body": b""},
    "described": {
        "Body": b"abc",
        "Metadata": {"my_key": "a", "other-key": "B c"},
        "ContentType": "text/plain; charset=utf-8",
        "ContentEncoding": "identity",
        "ContentLanguage": "de",
        "ContentDisposition": 'attachment; filename="a.txt"',
        "CacheControl": "max-age=3",
    },
    "tagged": {"Body": b"abc", "Tagging": "a=b&c=d"},
    "sealed": {"Body": b"abc", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "k"},
    "elsewhere": {"Body": b"abc", "WebsiteRedirectLocation": "/plain"},
    "summed": {"Body": b"abc", "ChecksumAlgorithm": "SHA256"},
}

PLAIN = [
    ("GET", {}),
    ("HEAD", {}),
    ("GET", {"x-amz-checksum-mode": "ENABLED"}),
    ("HEAD", {"x-amz-checksum-mode": "ENABLED"}),
    ("GET", {"Range": "bytes=0-1"}),
    ("GET", {"Range": "bytes=2-"}),
    ("GET", {"Range": "bytes=0-99999999", "x-amz-checksum-mode": "ENABLED"}),
    ("GET", {"Range": "bytes=1-1", "x-amz-checksum-mode": "ENABLED"}),
]

NOT_PLAIN = [
    ("GET", "/plain", {"Range": "bytes=-3"}),
    ("GET", "/plain", {"Range": "bytes=99-"}),
    ("GET", "/plain", {"Range": "bytes=5-2"}),
    ("GET", "/plain", {"Range": "bytes=0-1,3-4"}),
    ("HEAD", "/plain", {"Range": "bytes=0-1"}),
    ("GET", "/empty", {"Range": "bytes=0-0"}),
    ("GET", "/plain", {"If-None-Match": "*"}),
    ("GET", "/plain", {"If-Match": '"no"'}),
    ("GET", "/plain?response-content-type=a/b", {}),
    ("GET", "/plain?partNumber=1", {}),
    ("GET", "/plain?tagging", {}),
    ("GET", "/absent", {}),
    ("HEAD", "/absent", {}),
    ("GET", "/deleted", {}),
    ("HEAD", "/deleted", {}),
    ("GET", "/frozen", {}),
    ("GET", "/a//b", {}),
]


@pytest.fixture(scope="module", params=["in memory", "kept"])
def bucket(request, tmp_path_factory):
    """A versioned bucket with the objects, its account, and how to ask for them."""
    data_dir = None if request.param == "in memory" else tmp_path_factory.mktemp("reads")
    account = "320000000001" if data_dir is None else "320000000002"
    with GlueServer(data_dir=data_dir) as server:
        s3, name = server.client("s3", account=account), f"reads-{account}"
        for made in (name, f"{name}-old"):
            s3.create_bucket(Bucket=made)
        for key, what in OBJECTS.items():
            s3.put_object(Bucket=f"{name}-old", Key=key, **what)
        versioning = {"Status": "Enabled"}
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=versioning)
        for key, what in OBJECTS.items():
            s3.put_object(Bucket=name, Key=key, Body=b"before")
            s3.put_object(Bucket=name, Key=key, **what)
        for made in (name, f"{name}-old"):
            upload_in_parts(s3, made)
            s3.put_object(Bucket=made, Key="a//b", Body=b"1")
            s3.put_object(Bucket=made, Key="deleted", Body=b"1")
            s3.delete_object(Bucket=made, Key="deleted")
            s3.put_object(Bucket=made, Key="frozen", Body=b"1", StorageClass="GLACIER")
        place = urlsplit(server.url)
        with closing(http.client.HTTPConnection(place.hostname, place.port)) as line:
            yield SimpleNamespace(s3=s3, name=name, account=account, line=line, host=place.netloc)


def upload_in_parts(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts", ChecksumAlgorithm="CRC32")
    of = {"Bucket": bucket, "Key": "parts", "UploadId": upload["UploadId"]}
    parts = [
        s3.upload_part(**of, PartNumber=n, Body=body, ChecksumAlgorithm="CRC32")
        for n, body in ((1, BIG), (2, b"end"))
    ]
    listed = [
        {"PartNumber": n, "ETag": part["ETag"], "ChecksumCRC32": part["ChecksumCRC32"]}
        for n, part in enumerate(parts, 1)
    ]
    s3.complete_multipart_upload(**of, MultipartUpload={"Parts": listed})


def signed(bucket):
    credential = f"{bucket.account}/20260101/us-east-1/s3/aws4_request"
    signature = "SignedHeaders=host, Signature=0"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, {signature}"}


def ask(bucket, method, path, headers):
    """Status, headers without the values that are others each time, and body."""
    bucket.line.request(method, path, headers=headers)
    answer = bucket.line.getresponse()
    found = [(name.lower(), value) for name, value in answer.getheaders()]
    changing = {"date", "x-amzn-requestid"}
    told = [(name, "" if name in changing else value) for name, value in found]
    return answer.status, sorted(told), answer.read()


def is_short(bucket, method, path, headers):
    """Whether the short way answers."""
    sent = {"host": bucket.host} | {name.lower(): value for name, value in headers.items()}
    environ = {
        "REQUEST_METHOD": method,
        "RAW_URI": path,
        "QUERY_STRING": path.partition("?")[2],
        HEADERS: sent,
    }
    found = reads.answer(bucket.account, environ)
    if found is not None:
        getattr(found.body, "close", list)()
    return found is not None


@pytest.mark.parametrize(("method", "headers"), PLAIN, ids=str)
def test_plain_reads_are_answered_as_moto_would(bucket, method, headers):
    keys = [*OBJECTS, "parts"] if "Range" not in headers else {*OBJECTS, "parts"} - {"empty"}
    asked = signed(bucket) | headers
    for name, key in product((bucket.name, f"{bucket.name}-old"), keys):
        path = f"/{name}/{quote(key)}"
        assert is_short(bucket, method, path, asked), path
        short = ask(bucket, method, path, asked)
        assert short == ask(bucket, method, path, asked | UNHEARD_OF), path
        assert short[0] == (206 if "Range" in headers else 200)


@pytest.mark.parametrize(("method", "path", "headers"), NOT_PLAIN, ids=str)
def test_what_is_not_plain_is_for_moto(bucket, method, path, headers):
    asked = signed(bucket) | headers
    assert not is_short(bucket, method, f"/{bucket.name}{path}", asked)
    assert ask(bucket, method, f"/{bucket.name}{path}", asked)[0] < 500


def test_who_does_not_sign_for_s3_is_for_moto(bucket):
    path = f"/{bucket.name}/plain"
    other = signed(bucket)["Authorization"].replace("/s3/", "/glue/")
    for headers in ({}, {"Authorization": other}, signed(bucket) | {"Origin": "http://a.b"}):
        assert not is_short(bucket, "GET", path, headers)
    assert ask(bucket, "GET", path, {})[0] == 403


def test_other_accounts_are_for_moto_to_refuse(bucket):
    path, asked = f"/{bucket.name}/plain", signed(bucket)
    asked["Authorization"] = asked["Authorization"].replace(bucket.account, "320000000009")
    other = SimpleNamespace(account="320000000009", host=bucket.host)
    assert not is_short(other, "GET", path, asked)
    assert ask(bucket, "GET", path, asked)[0] == 403


def test_a_bucket_with_a_policy_or_a_log_is_for_moto(bucket):
    s3, name, asked = bucket.s3, f"{bucket.name}-ruled", signed(bucket)
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="plain", Body=b"1")
    assert is_short(bucket, "GET", f"/{name}/plain", asked)
    denied = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*",'
        f' "Action": "s3:GetObject", "Resource": "arn:aws:s3:::{name}/*"}}]}}'
    )
    s3.put_bucket_policy(Bucket=name, Policy=denied)
    assert not is_short(bucket, "GET", f"/{name}/plain", asked)
    assert ask(bucket, "GET", f"/{name}/plain", asked)[0] == 403


def test_listings_are_written_as_moto_would(bucket):
    paths = [
        "",
        "?list-type=2",
        "?list-type=2&fetch-owner=true&encoding-type=url",
        "?encoding-type=url",
    ]
    paths += ["?list-type=2&delimiter=/&max-keys=3&prefix=", "?list-type=2&prefix=nothing"]
    for path in (f"/{bucket.name}{query}" for query in paths):
        ours = ask(bucket, "GET", path, signed(bucket))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                listings.S3Response, "serialized", listings.S3Response.serialized.__wrapped__
            )
            assert ask(bucket, "GET", path, signed(bucket)) == ours
