"""Plain writes of S3 take a short way past moto: nobody can tell by answer or object."""

import hashlib
import http.client
import zlib
from base64 import b64encode
from contextlib import closing
from types import SimpleNamespace
from urllib.parse import quote, urlsplit

import pytest

from gluematch.server.neighbours.s3 import plain, writes
from gluematch.server.signatures import HEADERS
from gluematch.server.testing import GlueServer

ACCOUNT = "320000000003"
UNHEARD_OF = {"x-unheard-of": "1"}
"""A header that the short way does not know: moto answers."""

BODY = b"0123456789"
LARGE = bytes(range(256)) * 8192
POLICY = (
    '{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket",'
    ' "Resource": "arn:aws:s3:::guarded"}}'
)
READS = ("GET", "HEAD")
SUMMED = {"x-amz-checksum-mode": "ENABLED"}


def written(digest: bytes) -> str:
    return b64encode(digest).decode()


PLAIN = [
    ("plain", {}, BODY),
    ("empty", {}, b""),
    ("a b/ü+€.csv", {"Content-Type": "text/csv"}, BODY),
    ("medium", {}, BODY * 2000),
    ("large", {"Content-Type": "application/octet-stream"}, LARGE),
    ("large-and-summed", {"x-amz-checksum-crc32": written(zlib.crc32(LARGE).to_bytes(4))}, LARGE),
    ("summed", {"x-amz-checksum-sha1": written(hashlib.sha1(BODY).digest())}, BODY),
    ("digested", {"Content-MD5": written(hashlib.md5(BODY).digest())}, BODY),
    (
        "described",
        {
            "x-amz-meta-Colour": "Blue",
            "x-amz-meta-other-key": "B c",
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Encoding": "aws-chunked,identity",
            "Content-Language": "de",
            "Content-Disposition": 'attachment; filename="a.txt"',
            "Cache-Control": "max-age=3",
        },
        BODY,
    ),
]

NOT_PLAIN = [
    ("plain", {"x-amz-tagging": "a=b"}),
    ("plain", {"x-amz-acl": "public-read"}),
    ("plain", {"x-amz-meta-my_key": "a"}),
    ("plain", {"x-amz-storage-class": "GLACIER"}),
    ("plain", {"If-None-Match": "*"}),
    ("plain", {"x-amz-server-side-encryption": "AES256"}),
    ("plain", {"x-amz-copy-source": "/writes/empty"}),
    ("plain?tagging", {}),
    ("plain?partNumber=1&uploadId=x", {}),
]


@pytest.fixture(scope="module", params=["in memory", "kept"])
def place(request, tmp_path_factory):
    """Buckets, and how to write to them."""
    data_dir = None if request.param == "in memory" else tmp_path_factory.mktemp("writes")
    with GlueServer(data_dir=data_dir) as server:
        s3 = server.client("s3", account=ACCOUNT)
        for name in ("writes", "versions", "guarded", "sealed", "telling"):
            s3.create_bucket(Bucket=name)
        enabled = {"Status": "Enabled"}
        s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration=enabled)
        s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
        server.client("s3", account="320000000004").create_bucket(Bucket="somebody-elses")
        s3.put_bucket_policy(Bucket="guarded", Policy=POLICY)
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        rules = {"Rules": [rule]}
        s3.put_bucket_encryption(Bucket="sealed", ServerSideEncryptionConfiguration=rules)
        bridge = {"EventBridgeConfiguration": {}}
        s3.put_bucket_notification_configuration(Bucket="telling", NotificationConfiguration=bridge)
        where = urlsplit(server.url)
        with closing(http.client.HTTPConnection(where.hostname, where.port)) as line:
            yield SimpleNamespace(s3=s3, line=line, host=where.netloc)


def signed():
    credential = f"{ACCOUNT}/20260101/us-east-1/s3/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, Signature=0"}


def ask(place, method, path, headers, body=None):
    """Status, headers without the values that are others each time, and body."""
    place.line.request(method, path, headers=signed() | headers, body=body)
    answer = place.line.getresponse()
    changing = {"date", "x-amzn-requestid", "last-modified", "x-amz-version-id"}
    found = [(name.lower(), value) for name, value in answer.getheaders()]
    told = [(name, "" if name in changing else value) for name, value in found]
    return answer.status, sorted(told), answer.read()


def judged(place, path, headers):
    """What the short way sees of a request: an object to write, or nothing it would touch."""
    sent = {name.lower(): value for name, value in (signed() | headers).items()}
    raw, _, query = path.partition("?")
    return {
        "REQUEST_METHOD": "PUT",
        "RAW_URI": raw,
        "QUERY_STRING": query,
        HEADERS: sent | {"host": place.host},
    }


@pytest.fixture
def short(monkeypatch):
    """The objects that the short way has written."""
    seen = []
    put = writes._put

    def noted(asked: plain.Asked, *rest):
        seen.append((asked.bucket.name, asked.key))
        return put(asked, *rest)

    monkeypatch.setattr(writes, "_put", noted)
    return seen


@pytest.mark.parametrize("bucket", ["writes", "versions"])
@pytest.mark.parametrize("what", PLAIN, ids=[each[0] for each in PLAIN])
def test_plain_writes_are_answered_as_moto_would(place, short, bucket, what):
    key, headers, body = what
    path = f"/{bucket}/{quote(key)}"
    quick = ask(place, "PUT", path, headers, body)
    assert short == [(bucket, key)]
    made = [ask(place, method, path, SUMMED) for method in READS]
    tags = place.s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
    assert quick == ask(place, "PUT", path, headers | UNHEARD_OF, body)
    assert len(short) == 1
    assert made == [ask(place, method, path, SUMMED) for method in READS]
    assert (quick[0], made[0][2], tags) == (200, body, [])


@pytest.mark.parametrize(("key", "headers"), NOT_PLAIN, ids=str)
def test_other_writes_are_left_to_moto(place, short, key, headers):
    ask(place, "PUT", f"/writes/{key}", headers, BODY)
    assert not short


@pytest.mark.parametrize(
    "bucket", ["locked", "somebody-elses", "guarded", "sealed", "telling", "absent"]
)
def test_buckets_with_something_to_say_are_left_to_moto(place, short, bucket):
    ask(place, "PUT", f"/{bucket}/plain", {}, BODY)
    assert not short


def test_a_plain_write_takes_the_tags_of_what_it_replaces(place, short):
    place.s3.put_object(Bucket="writes", Key="tagged", Body=b"1", Tagging="a=b")
    ask(place, "PUT", "/writes/tagged", {}, BODY)
    assert short == [("writes", "tagged")]
    assert place.s3.get_object_tagging(Bucket="writes", Key="tagged")["TagSet"] == []
