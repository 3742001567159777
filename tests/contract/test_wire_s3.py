"""The embedded S3 through unmodified clients: what a WSGI server easily breaks."""

import http.client
import os
import socket
import subprocess
import sys
import urllib.request
from urllib.parse import urlsplit

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

OWNER = "AWS4-HMAC-SHA256 Credential=210000000001/20260101/us-east-1/s3/aws4_request"


@pytest.fixture(scope="module")
def s3(gluematch_server):
    client = gluematch_server.client("s3", account="210000000001")
    client.create_bucket(Bucket="wire")
    return client


def test_metadata_keys_keep_their_underscores(s3):
    s3.put_object(Bucket="wire", Key="m", Body=b"", Metadata={"my_key": "a", "my-key": "b"})
    assert s3.head_object(Bucket="wire", Key="m")["Metadata"]["my-key"] == "b"
    s3.put_object(Bucket="wire", Key="m", Body=b"", Metadata={"my_key": "a", "other-key": "b"})
    found = s3.head_object(Bucket="wire", Key="m")["Metadata"]
    assert found == {"my_key": "a", "other-key": "b"}


def test_an_underscored_header_cannot_pose_as_another(gluematch_server):
    place = urlsplit(gluematch_server.url)
    connection = http.client.HTTPConnection(place.hostname, place.port)
    connection.request("POST", "/", b"{}", {"X_Amz_Target": "AWSGlue.GetDatabases"})
    assert b"Databases" not in connection.getresponse().read()
    connection.close()


@pytest.mark.parametrize(
    "key", ["a b+c", "ü/€", "100%", "a%2Fb", "a//b", "/lead", "?x=1#y", "..x/./y"]
)
def test_keys_of_every_kind_come_back(s3, key):
    s3.put_object(Bucket="wire", Key=key, Body=key.encode())
    assert s3.get_object(Bucket="wire", Key=key)["Body"].read() == key.encode()
    listed = [o["Key"] for o in s3.list_objects_v2(Bucket="wire", Prefix=key)["Contents"]]
    assert key in listed


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA256"])
def test_streamed_uploads_with_trailing_checksums_arrive_whole(s3, tmp_path, algorithm):
    data = os.urandom(3 * 2**20 + 17)
    (tmp_path / "file").write_bytes(data)
    with (tmp_path / "file").open("rb") as file:
        s3.put_object(Bucket="wire", Key="streamed", Body=file, ChecksumAlgorithm=algorithm)
    assert s3.get_object(Bucket="wire", Key="streamed")["Body"].read() == data


@pytest.mark.parametrize("data", [b"a=b&c", b"\xff\x00 no text", b"key=1&file=2"])
def test_what_a_presigned_url_is_put_as_a_form_is_kept_as_it_is(s3, data):
    url = s3.generate_presigned_url("put_object", Params={"Bucket": "wire", "Key": "form"})
    kind = "application/x-www-form-urlencoded"
    asked = urllib.request.Request(url, data, {"Content-Type": kind}, method="PUT")
    with urllib.request.urlopen(asked) as answer:
        assert answer.status == 200
    found = s3.get_object(Bucket="wire", Key="form")
    assert (found["Body"].read(), found["ContentType"]) == (data, kind)


WHOLE = b"3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\n\r\n"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (WHOLE, b""),
        (WHOLE.replace(b"abc", b"abd"), b"BadDigest"),
        (WHOLE.replace(b"NSRBwg==", b"no sum"), b"InvalidRequest"),
        (WHOLE[:8], b"IncompleteBody"),
        (WHOLE[:5], b"IncompleteBody"),
    ],
)
def test_uploads_in_chunks_are_kept_if_they_are_whole(gluematch_server, s3, body, code):
    place = urlsplit(gluematch_server.url)
    headers = {
        "Authorization": OWNER,
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": "3",
        "x-amz-trailer": "x-amz-checksum-crc32",
    }
    connection = http.client.HTTPConnection(place.hostname, place.port)
    key = f"chunks-{len(body)}{code.decode()}"
    connection.request("PUT", f"/wire/{key}", body, headers)
    answer = connection.getresponse()
    assert code in answer.read()
    assert answer.status == (400 if code else 200)
    connection.close()
    found = s3.list_objects_v2(Bucket="wire", Prefix=key).get("Contents", [])
    assert [each["Key"] for each in found] == ([] if code else [key])


def test_chunked_bodies_of_any_client_arrive_whole(gluematch_server, s3):
    place = urlsplit(gluematch_server.url)
    connection = http.client.HTTPConnection(place.hostname, place.port)
    for turn in range(3):  # the connection stays usable after each
        pieces = [bytes([turn]) * size for size in (1, 70_000, 3)]
        connection.request(
            "PUT", "/wire/chunked", iter(pieces), {"Authorization": OWNER}, encode_chunked=True
        )
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"")
        whole = s3.get_object(Bucket="wire", Key="chunked")["Body"].read()
        assert whole == b"".join(pieces)
    connection.close()


def test_a_client_that_waits_for_100_continue_is_told_to_go_on(gluematch_server, s3):
    place = urlsplit(gluematch_server.url)
    with socket.create_connection((place.hostname, place.port), timeout=5) as raw:
        head = "PUT /wire/expected HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
        raw.sendall(f"{head}Authorization: {OWNER}\r\nExpect: 100-continue\r\n\r\n".encode())
        assert raw.recv(100).startswith(b"HTTP/1.1 100 Continue")
        raw.sendall(b"ab")
        assert raw.recv(100).startswith(b"HTTP/1.1 200")
    assert s3.get_object(Bucket="wire", Key="expected")["Body"].read() == b"ab"


def test_a_broken_chunked_body_is_the_clients_fault(gluematch_server):
    place = urlsplit(gluematch_server.url)
    with socket.create_connection((place.hostname, place.port), timeout=5) as raw:
        raw.sendall(
            b"PUT /wire/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
        )
        assert raw.recv(100).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("length", ["10", "-5"])
def test_an_upload_that_breaks_off_leaves_the_object_as_it_was(gluematch_server, s3, length):
    s3.put_object(Bucket="wire", Key="broken-off", Body=b"before")
    place = urlsplit(gluematch_server.url)
    head = f"PUT /wire/broken-off HTTP/1.1\r\nHost: localhost\r\nAuthorization: {OWNER}\r\n"
    with socket.create_connection((place.hostname, place.port), timeout=5) as raw:
        raw.sendall(f"{head}Content-Length: {length}\r\n\r\nabc".encode())
        raw.shutdown(socket.SHUT_WR)
        assert raw.recv(100).startswith(b"HTTP/1.1 400")
    assert s3.get_object(Bucket="wire", Key="broken-off")["Body"].read() == b"before"


def test_virtual_host_style_reaches_the_same_bucket(gluematch_server, s3):
    s3.put_object(Bucket="wire", Key="hosted", Body=b"here")
    place = urlsplit(gluematch_server.url)
    connection = http.client.HTTPConnection(place.hostname, place.port)
    host = f"wire.localhost:{place.port}"
    connection.request("GET", "/hosted", headers={"Host": host, "Authorization": OWNER})
    assert connection.getresponse().read() == b"here"
    connection.close()


def test_head_tells_the_length_and_sends_nothing(gluematch_server, s3):
    s3.put_object(Bucket="wire", Key="long", Body=b"x" * 1000)
    place = urlsplit(gluematch_server.url)
    connection = http.client.HTTPConnection(place.hostname, place.port)
    for _ in range(2):
        connection.request("HEAD", "/wire/long", headers={"Authorization": OWNER})
        answer = connection.getresponse()
        assert (answer.getheader("Content-Length"), answer.read()) == ("1000", b"")
    connection.close()


def test_presigned_urls_work_without_a_client(gluematch_server, s3):
    s3.put_object(Bucket="wire", Key="signed", Body=b"for you")
    for version in ("s3v4", "s3"):
        signer = gluematch_server.client(
            "s3", account="210000000001", config=Config(signature_version=version)
        )
        url = signer.generate_presigned_url("get_object", {"Bucket": "wire", "Key": "signed"})
        with urllib.request.urlopen(url) as answer:
            assert answer.read() == b"for you"


def test_a_bucket_is_its_owners_alone(gluematch_server, s3):
    s3.put_object(Bucket="wire", Key="mine", Body=b"mine")
    other = gluematch_server.client("s3", account="210000000002")
    for call in (
        lambda: other.get_object(Bucket="wire", Key="mine"),
        lambda: other.put_object(Bucket="wire", Key="mine", Body=b"theirs"),
        lambda: other.delete_object(Bucket="wire", Key="mine"),
        lambda: other.list_objects_v2(Bucket="wire"),
    ):
        with pytest.raises(ClientError) as caught:
            call()
        assert caught.value.response["Error"]["Code"] == "AccessDenied"
    assert s3.get_object(Bucket="wire", Key="mine")["Body"].read() == b"mine"


def test_ranges_and_large_objects(s3):
    data = os.urandom(20 * 2**20)
    s3.put_object(Bucket="wire", Key="large", Body=data)
    part = s3.get_object(Bucket="wire", Key="large", Range="bytes=1000-1999")["Body"].read()
    assert part == data[1000:2000]
    assert s3.get_object(Bucket="wire", Key="large")["Body"].read() == data


def test_the_aws_cli_copies_twenty_megabytes_in_parts(aws, tmp_path):
    source, copy = tmp_path / "source", tmp_path / "copy"
    source.write_bytes(os.urandom(20 * 2**20))
    aws("s3", "mb", "s3://wire-cli")
    aws("s3", "cp", str(source), "s3://wire-cli/")
    aws("s3", "cp", "s3://wire-cli/source", str(copy))
    assert copy.read_bytes() == source.read_bytes()
    assert "-" in aws("s3api", "head-object", "--bucket", "wire-cli", "--key", "source")["ETag"]


def test_a_server_loads_no_neighbour_before_it_is_asked_for():
    program = (
        "import sys\nfrom gluematch.server.testing import GlueServer\n"
        "with GlueServer():\n"
        "    print([n for n in sys.modules if n.startswith('moto.') and n.endswith('.responses')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "['moto.core.responses']", done.stderr
