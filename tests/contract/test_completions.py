"""CompleteMultipartUpload compares what the client says of parts and of the whole."""

from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.exceptions import ClientError

from gluematch.server.protocol import checksums

ME, BUCKET, BODY = "470000000001", "completions", b"what was uploaded"
INVALID_PART = "One or more of the specified parts could not be found"


@pytest.fixture(scope="module")
def s3(gluematch_server: Any) -> Iterator[Any]:
    client = gluematch_server.client("s3", account=ME)
    client.create_bucket(Bucket=BUCKET)
    return client


def checksum(algorithm: str, body: bytes = BODY) -> str:
    made = checksums.ALGORITHMS[algorithm]()
    made.update(body)
    return checksums.written(made.digest())


def complete(
    s3: Any, key: str, begin: dict[str, str], part: dict[str, Any], whole: dict[str, Any]
) -> Any:
    """Upload one part and complete; `part` and `whole` are what is said of each."""
    of = {"Bucket": BUCKET, "Key": key}
    of["UploadId"] = s3.create_multipart_upload(**of, **begin)["UploadId"]
    made = s3.upload_part(**of, PartNumber=1, Body=BODY)
    parts = {"Parts": [{"PartNumber": 1, "ETag": made["ETag"], **part}]}
    try:
        return s3.complete_multipart_upload(**of, MultipartUpload=parts, **whole)
    finally:
        left = s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
        told = [upload for upload in left if upload["UploadId"] == of["UploadId"]]
        assert len(told) == (0 if key == "right" else 1)


@pytest.mark.parametrize("algorithm", checksums.ALGORITHMS)
def test_a_part_that_came_without_its_checksum_is_compared(s3: Any, algorithm: str) -> None:
    begin, name = {"ChecksumAlgorithm": algorithm}, f"Checksum{algorithm}"
    with pytest.raises(ClientError, match=INVALID_PART) as caught:
        complete(s3, "wrong", begin, {name: checksum(algorithm, b"another")}, {})
    assert caught.value.response["Error"]["Code"] == "InvalidPart"
    complete(s3, "right", begin, {name: checksum(algorithm)}, {})


CRC32, WHOLE = {"ChecksumAlgorithm": "CRC32"}, {"ChecksumType": "FULL_OBJECT"}
REFUSED: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any], str, str]] = [
    (
        {**CRC32, **WHOLE},
        {},
        {"ChecksumCRC32": checksum("CRC32", b"another")},
        "BadDigest",
        "The crc32 you specified did not match the calculated checksum.",
    ),
    (
        CRC32,
        {},
        {"ChecksumCRC32": checksum("CRC32") + "-1"},
        "BadDigest",
        "The crc32 you specified did not match the calculated checksum.",
    ),
    (
        CRC32,
        {"ChecksumSHA1": checksum("SHA1")},
        {},
        "BadDigest",
        "The sha1 you specified for part 1 did not match what we received.",
    ),
    ({}, {"ChecksumCRC32": checksum("CRC32")}, {}, "InvalidPart", INVALID_PART),
    (CRC32, {"ChecksumCRC32": "no checksum"}, {}, "InvalidPart", INVALID_PART),
    (
        {"ChecksumAlgorithm": "SHA256"},
        {},
        {"ChecksumCRC32": checksum("CRC32")},
        "InvalidRequest",
        "expected checksum Type: sha256, actual checksum Type: crc32",
    ),
    (
        {},
        {},
        {"ChecksumCRC32": checksum("CRC32")},
        "InvalidRequest",
        "expected checksum Type: null, actual checksum Type: crc32",
    ),
    (
        CRC32,
        {},
        {"ChecksumCRC32": "no checksum"},
        "InvalidRequest",
        "Value for x-amz-checksum-crc32 header is invalid.",
    ),
    (
        CRC32,
        {},
        {"ChecksumCRC32": checksum("CRC32"), "ChecksumSHA1": checksum("SHA1")},
        "InvalidRequest",
        "Expecting a single x-amz-checksum- header.",
    ),
    (
        CRC32,
        {},
        WHOLE,
        "InvalidRequest",
        "The upload was created using the COMPOSITE checksum mode.",
    ),
    (
        {},
        {},
        {"MpuObjectSize": 3},
        "InvalidRequest",
        "header value 3 does not match what was computed: 17",
    ),
]


@pytest.mark.parametrize(("asked", "code", "why"), [(row[:3], *row[3:]) for row in REFUSED])
def test_what_does_not_fit_is_refused_and_the_upload_stays(
    s3: Any, asked: tuple[dict[str, Any], dict[str, Any], dict[str, Any]], code: str, why: str
) -> None:
    begin, part, whole = asked
    with pytest.raises(ClientError) as caught:
        complete(s3, "wrong", begin, part, whole)
    error = caught.value.response["Error"]
    assert error["Code"] == code
    assert why in error["Message"]


def test_what_fits_is_complete(s3: Any) -> None:
    told = {**WHOLE, "ChecksumCRC32": checksum("CRC32"), "MpuObjectSize": len(BODY)}
    complete(s3, "right", {**CRC32, **WHOLE}, {}, told)
    assert s3.get_object(Bucket=BUCKET, Key="right")["Body"].read() == BODY


@pytest.mark.parametrize(
    ("begin", "why"),
    [
        ({"ChecksumAlgorithm": "SHA1", **WHOLE}, "The FULL_OBJECT checksum type cannot be used"),
        (
            {"ChecksumAlgorithm": "CRC64NVME", "ChecksumType": "COMPOSITE"},
            "The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm.",
        ),
        (WHOLE, "can only be used with the x-amz-checksum-algorithm header."),
        ({"ChecksumAlgorithm": "MD4"}, "Checksum algorithm provided is unsupported."),
    ],
)
def test_an_upload_begins_with_a_checksum_that_there_is(
    s3: Any, begin: dict[str, str], why: str
) -> None:
    with pytest.raises(ClientError, match=why):
        s3.create_multipart_upload(Bucket=BUCKET, Key="never", **begin)


ROOT = "CompleteMultipartUpload"
PART = "<Part><PartNumber>{}</PartNumber><ETag>x</ETag></Part>"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "MalformedXML"),
        (f"<{ROOT}/>", "MalformedXML"),
        (f"<a>{PART.format(1)}</a>", "MalformedXML"),
        (f"<{ROOT}><Part></{ROOT}>", "MalformedXML"),
        (f"<{ROOT}>{PART.format('x')}</{ROOT}>", "MalformedXML"),
        (f"<!DOCTYPE {ROOT}><{ROOT}>{PART.format(1)}</{ROOT}>", "MalformedXML"),
        (f"<!DOCTYPE {ROOT}><{ROOT}>{PART.format(1)}</{ROOT}>".encode("utf-16"), "MalformedXML"),
        (f"<{ROOT}>{PART.format(2)}{PART.format(1)}</{ROOT}>", "InvalidPartOrder"),
        (f"<{ROOT}>{PART.format(1)}{PART.format(1)}</{ROOT}>", "InvalidPartOrder"),
        (f"<{ROOT}>{PART.format(1)}</{ROOT}>", "InvalidPart"),
    ],
)
def test_a_list_of_parts_that_is_none_is_refused(s3: Any, body: str | bytes, code: str) -> None:
    sent = body.encode() if isinstance(body, str) else body
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="list")["UploadId"]
    of = {"Bucket": BUCKET, "Key": "list", "UploadId": upload}
    url = s3.generate_presigned_url("complete_multipart_upload", of)
    with pytest.raises(HTTPError) as caught:
        urlopen(Request(url, sent, {"Content-Type": "application/xml"}))
    with caught.value as answer:
        assert (answer.code, f"<Code>{code}</Code>" in answer.read().decode()) == (400, True)


def test_only_an_upload_of_that_key_is_completed(s3: Any) -> None:
    of = {"Bucket": BUCKET, "Key": "mine"}
    upload = s3.create_multipart_upload(**of)["UploadId"]
    tag = s3.upload_part(**of, UploadId=upload, PartNumber=1, Body=BODY)["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": tag}]}
    for wrong in ({"UploadId": "never"}, {"UploadId": upload, "Key": "another"}):
        with pytest.raises(s3.exceptions.NoSuchUpload):
            s3.complete_multipart_upload(**{**of, **wrong}, MultipartUpload=parts)
    for _ in range(2):
        made = s3.complete_multipart_upload(**of, UploadId=upload, MultipartUpload=parts)
        assert made["ETag"] == s3.head_object(**of)["ETag"]


def test_the_transfers_of_boto3_are_compared_and_complete(s3: Any, tmp_path: Any) -> None:
    body = bytes(9 * 2**20)
    (tmp_path / "large").write_bytes(body)
    name = checksum("CRC32", body)
    s3.upload_file(str(tmp_path / "large"), BUCKET, "large")
    told = s3.head_object(Bucket=BUCKET, Key="large", ChecksumMode="ENABLED")
    assert told["ChecksumType"] == "COMPOSITE"
    given = {"ExtraArgs": {"ChecksumCRC32": name}}
    s3.upload_file(str(tmp_path / "large"), BUCKET, "large", **given)
    told = s3.head_object(Bucket=BUCKET, Key="large", ChecksumMode="ENABLED")
    assert (told["ChecksumCRC32"], told["ChecksumType"]) == (name, "FULL_OBJECT")
    wrong = {"ExtraArgs": {"ChecksumCRC32": checksum("CRC32")}}
    with pytest.raises(boto3.exceptions.S3UploadFailedError, match="BadDigest"):
        s3.upload_file(str(tmp_path / "large"), BUCKET, "large", **wrong)
