"""Uploads: they reach their files without growing the server, and what was told of them holds."""

import hashlib
import http.client
import os
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError
from programs import Program, serving

from gluematch.server.protocol import checksums

ME = "111122223333"
OWNER = f"AWS4-HMAC-SHA256 Credential={ME}/20260101/us-east-1/s3/aws4_request, "
SMALL, LARGE = b"abc", os.urandom(3 * 2**20 + 5)
PART = 64 * 2**20
KINDS = [
    ("CRC32", "FULL_OBJECT"),
    ("CRC32C", "COMPOSITE"),
    ("CRC64NVME", "FULL_OBJECT"),
    ("SHA1", "COMPOSITE"),
    ("SHA256", "COMPOSITE"),
]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("uploads")


@pytest.fixture(scope="module")
def program(data_dir: Path) -> Iterator[Program]:
    with serving(data_dir) as running:
        running.client("s3", account=ME).create_bucket(Bucket="uploads")
        yield running


@pytest.fixture(scope="module")
def s3(program: Program) -> Any:
    return program.client("s3", account=ME)


def files(data_dir: Path) -> list[Path]:
    """What lies where the bodies of objects are kept."""
    return [path for path in (data_dir / "objects").rglob("*") if path.is_file()]


def put(program: Program, key: str, body: bytes, **headers: str) -> tuple[int, str]:
    """The status and the text of an answer to a PUT; dashes are underscores in the names."""
    place = urlsplit(program.url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("PUT", f"/uploads/{key}", body, {"Authorization": OWNER, **sent})
    answer = connection.getresponse()
    told = answer.status, answer.read().decode()
    connection.close()
    return told


def checksum(algorithm: str, body: bytes) -> str:
    made = checksums.ALGORITHMS[algorithm]()
    made.update(body)
    return checksums.written(made.digest())


def chunked(body: bytes, trailer: str) -> dict[str, Any]:
    """A body in one chunk, with a trailer behind it, and the headers that say so."""
    name = trailer.partition(":")[0]
    framed = b"%x\r\n%s\r\n0\r\n%s\r\n\r\n" % (len(body), body, trailer.encode())
    return {
        "body": framed,
        "x_amz_content_sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x_amz_decoded_content_length": str(len(body)),
        "x_amz_trailer": name,
    }


@pytest.mark.parametrize("body", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("algorithm", checksums.ALGORITHMS)
def test_a_checksum_is_compared_with_what_came(
    program: Program, data_dir: Path, s3: Any, algorithm: str, body: bytes
) -> None:
    name = checksums.header(algorithm)
    right, wrong = checksum(algorithm, body), checksum(algorithm, b"another")
    before = len(files(data_dir))
    for sent in ({"body": body, name: wrong}, chunked(body, f"{name}:{wrong}")):
        status, text = put(program, "wrong", **sent)
        assert status == 400
        assert "<Code>BadDigest</Code>" in text
        assert f"The {algorithm} you specified did not match the calculated checksum." in text
    assert len(files(data_dir)) == before
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket="uploads", Key="wrong")
    for sent in ({"body": body, name: right}, chunked(body, f"{name}:{right}")):
        assert put(program, algorithm, **sent) == (200, "")
        found = s3.get_object(Bucket="uploads", Key=algorithm)["Body"].read()
        assert hashlib.sha256(found).digest() == hashlib.sha256(body).digest()
        told = s3.head_object(Bucket="uploads", Key=algorithm, ChecksumMode="ENABLED")
        assert told[f"Checksum{algorithm}"] == right
        assert told["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    s3.delete_object(Bucket="uploads", Key=algorithm)


@pytest.mark.parametrize(
    ("headers", "code", "message"),
    [
        ({"content_md5": "no"}, "InvalidDigest", "The Content-MD5 you specified was invalid."),
        (
            {"content_md5": b64encode(bytes(16)).decode()},
            "BadDigest",
            "The Content-MD5 you specified did not match what we received.",
        ),
        (
            {"x_amz_checksum_crc32": "no"},
            "InvalidRequest",
            "Value for x-amz-checksum-crc32 header is invalid.",
        ),
        (
            {"x_amz_checksum_crc32": "NSRBwg==", "x_amz_checksum_sha1": "AAAA"},
            "InvalidRequest",
            "Multiple checksum Types are not allowed.",
        ),
        (
            {"x_amz_sdk_checksum_algorithm": "CRC32"},
            "InvalidRequest",
            "x-amz-sdk-checksum-algorithm specified, but no corresponding",
        ),
        (
            {"x_amz_sdk_checksum_algorithm": "SHA1", "x_amz_checksum_crc32": "NSRBwg=="},
            "InvalidRequest",
            "Value for x-amz-sdk-checksum-algorithm header is invalid.",
        ),
        ({"x_amz_trailer": "x-amz-checksum-crc32"}, "MalformedTrailerError", "published schema"),
        (
            chunked(SMALL, "x-amz-checksum-md4:AAAA"),
            "InvalidRequest",
            "The value specified in the x-amz-trailer header is not supported",
        ),
        (
            chunked(SMALL, "x-amz-checksum-crc32:AAAA") | {"x_amz_trailer": "x-amz-checksum-sha1"},
            "MalformedTrailerError",
            "published schema",
        ),
        (
            chunked(SMALL, "x-amz-checksum-crc32:AAAA"),
            "InvalidRequest",
            "Value for x-amz-checksum-crc32 trailing header is invalid.",
        ),
    ],
)
def test_what_is_told_of_a_body_must_be_clear_and_true(
    program: Program, s3: Any, headers: dict[str, Any], code: str, message: str
) -> None:
    sent = {"body": SMALL, **headers}
    status, text = put(program, "unclear", **sent)
    assert (status, f"<Code>{code}</Code>" in text, message in text) == (400, True, True)
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket="uploads", Key="unclear")


def test_a_refused_upload_leaves_no_file_and_the_connection_goes_on(
    program: Program, data_dir: Path
) -> None:
    before = len(files(data_dir))
    place = urlsplit(program.url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port)
    for _ in range(2):
        connection.request("PUT", "/no-such-bucket/k", LARGE, {"Authorization": OWNER})
        answer = connection.getresponse()
        assert (answer.status, b"NoSuchBucket" in answer.read()) == (404, True)
    connection.close()
    assert len(files(data_dir)) == before


@pytest.mark.parametrize(("algorithm", "kind"), KINDS)
def test_the_checksum_of_a_whole_comes_of_those_of_its_parts(
    s3: Any, algorithm: str, kind: str
) -> None:
    bodies, name = (LARGE * 2, SMALL), f"Checksum{algorithm}"
    of = {"Bucket": "uploads", "Key": "whole"}
    upload = s3.create_multipart_upload(**of, ChecksumAlgorithm=algorithm, ChecksumType=kind)
    of["UploadId"] = upload["UploadId"]
    sums, whole = [checksum(algorithm, body) for body in bodies], b"".join(bodies)
    told = [
        s3.upload_part(**of, PartNumber=number, Body=body, **{name: one})
        for number, (body, one) in enumerate(zip(bodies, sums, strict=True), 1)
    ]
    assert [one[name] for one in told] == sums
    wanted = checksum(algorithm, whole)
    if kind == "COMPOSITE":
        ends = [checksums.read(one, checksums.BYTES[algorithm]) or b"" for one in sums]
        wanted = checksum(algorithm, b"".join(ends)) + "-2"
    parts = [
        {"PartNumber": k, "ETag": one["ETag"], name: one[name]} for k, one in enumerate(told, 1)
    ]
    completed = s3.complete_multipart_upload(
        **of, MultipartUpload={"Parts": parts}, ChecksumType=kind, **{name: wanted}
    )
    del of["UploadId"]
    read = s3.get_object(**of, ChecksumMode="ENABLED")
    assert read["Body"].read() == whole
    seen = s3.head_object(**of, ChecksumMode="ENABLED")
    tells = [(one[name], one["ChecksumType"]) for one in (completed, read, seen)]
    assert tells == [(wanted, kind)] * 3
    signed = s3.generate_presigned_url("head_object", {**of, "ChecksumMode": "ENABLED"})
    asked = Request(signed, None, {"x-amz-checksum-mode": "ENABLED"}, method="HEAD")
    with urlopen(asked) as head:  # moto's way
        assert head.headers[checksums.header(algorithm)] == wanted
    s3.copy_object(Bucket="uploads", Key="copy", CopySource="uploads/whole")
    copy = s3.head_object(Bucket="uploads", Key="copy", ChecksumMode="ENABLED")
    assert (copy[name], copy["ChecksumType"]) == (checksum(algorithm, whole), "FULL_OBJECT")
    for key in ("whole", "copy"):
        s3.delete_object(Bucket="uploads", Key=key)


def test_a_copy_lives_on_without_its_original(data_dir: Path, s3: Any) -> None:
    of = {"Bucket": "uploads", "Key": "original"}
    upload = s3.create_multipart_upload(**of)["UploadId"]
    tags = [
        s3.upload_part(**of, UploadId=upload, PartNumber=number, Body=body)["ETag"]
        for number, body in ((1, LARGE * 2), (2, SMALL))
    ]
    parts = [{"PartNumber": k, "ETag": tag} for k, tag in enumerate(tags, 1)]
    s3.complete_multipart_upload(**of, UploadId=upload, MultipartUpload={"Parts": parts})
    whole = LARGE * 2 + SMALL
    for copy in ("first", "second"):
        told = s3.copy_object(Bucket="uploads", Key=copy, CopySource="uploads/original")
        assert told["CopyObjectResult"]["ETag"] == f'"{hashlib.md5(whole).hexdigest()}"'
    s3.delete_object(Bucket="uploads", Key="first")
    assert s3.get_object(**of)["Body"].read() == whole
    assert s3.head_object(**of, PartNumber=2)["ContentLength"] == len(SMALL)
    piece = {"Bucket": "uploads", "Key": "piece"}
    upload = s3.create_multipart_upload(**piece)["UploadId"]
    made = s3.upload_part_copy(
        **piece,
        UploadId=upload,
        PartNumber=1,
        CopySource="uploads/original",
        CopySourceRange="bytes=7-99",
    )["CopyPartResult"]["ETag"]
    assert made == f'"{hashlib.md5(whole[7:100]).hexdigest()}"'
    s3.delete_object(**of)
    parts = [{"PartNumber": 1, "ETag": made}]
    s3.complete_multipart_upload(**piece, UploadId=upload, MultipartUpload={"Parts": parts})
    assert s3.get_object(**piece)["Body"].read() == whole[7:100]
    assert s3.get_object(Bucket="uploads", Key="second")["Body"].read() == whole
    for key in ("second", "piece"):
        s3.delete_object(Bucket="uploads", Key=key)
    assert not files(data_dir)


def test_a_large_upload_does_not_grow_the_server(program: Program, s3: Any) -> None:
    s3.put_object(Bucket="uploads", Key="first", Body=LARGE)  # what is loaded once
    before = peak(program)
    s3.put_object(Bucket="uploads", Key="large", Body=bytes(PART))
    s3.copy_object(Bucket="uploads", Key="copy", CopySource="uploads/large")
    of = {"Bucket": "uploads", "Key": "parts"}
    upload = s3.create_multipart_upload(**of)["UploadId"]
    tag = s3.upload_part(**of, UploadId=upload, PartNumber=1, Body=bytes(PART))["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": tag}]}
    s3.complete_multipart_upload(**of, UploadId=upload, MultipartUpload=parts)
    assert peak(program) - before < PART // 4
    for key in ("first", "large", "copy", "parts"):
        s3.delete_object(Bucket="uploads", Key=key)


def peak(program: Program) -> int:
    """The most memory that the server has had so far, in bytes."""
    told = Path(f"/proc/{program.process.pid}/status").read_text()
    return int(told.partition("VmHWM:")[2].split()[0]) * 1024
