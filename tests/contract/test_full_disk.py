"""A data directory on a disk that is full or may not be written: clear words, nothing lost."""

from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from programs import Program, serving
from small_disks import fill

ME = "111122223333"


def client(program: Program, service: str) -> Any:
    """A client that shows a failure at once."""
    return program.client(service, account=ME, config=Config(retries={"max_attempts": 0}))


def describe_until_refused(glue: Any) -> None:
    """Make databases: the last page of the log may have room for the first of them."""
    for number in range(200):
        told = {"Name": f"d{number}", "Description": "x" * 2000}
        glue.create_database(DatabaseInput=told)


def test_a_full_disk_is_named_and_loses_nothing(small_disk: Path) -> None:
    data_dir = small_disk / "data"
    with serving(data_dir) as program:
        s3, glue = client(program, "s3"), client(program, "glue")
        s3.create_bucket(Bucket="kept")
        s3.put_object(Bucket="kept", Key="k", Body=b"old")
        glue.create_database(DatabaseInput={"Name": "kept"})
        filler = fill(small_disk)
        with pytest.raises(ClientError, match=r"No space left|disk is full") as refused:
            s3.put_object(Bucket="kept", Key="k", Body=bytes(100_000))
        assert refused.value.response["Error"]["Code"] == "ServiceUnavailable"
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
        with pytest.raises(glue.exceptions.InternalServiceException, match="disk"):
            describe_until_refused(glue)
        assert s3.get_object(Bucket="kept", Key="k")["Body"].read() == b"old"
        assert glue.get_database(Name="kept")["Database"]["Name"] == "kept"
        assert not [*(data_dir / "objects").rglob("*.new")]
        filler.unlink()
        s3.put_object(Bucket="kept", Key="k", Body=b"new")
        glue.create_database(DatabaseInput={"Name": "later"})
    with serving(data_dir) as program:
        s3, glue = client(program, "s3"), client(program, "glue")
        assert s3.get_object(Bucket="kept", Key="k")["Body"].read() == b"new"
        found = {database["Name"] for database in glue.get_databases()["DatabaseList"]}
        assert {"kept", "later"} <= found


def test_an_upload_goes_on_when_the_disk_had_no_room_for_the_whole(small_disk: Path) -> None:
    with serving(small_disk / "data") as program:
        s3 = client(program, "s3")
        s3.create_bucket(Bucket="kept")
        upload = s3.create_multipart_upload(Bucket="kept", Key="k")["UploadId"]
        whole = {"Bucket": "kept", "Key": "k", "UploadId": upload}
        tag = s3.upload_part(**whole, PartNumber=1, Body=b"x" * 100_000)["ETag"]
        parts = {"Parts": [{"PartNumber": 1, "ETag": tag}]}
        filler = fill(small_disk)
        with pytest.raises(ClientError, match="No space left"):
            s3.complete_multipart_upload(**whole, MultipartUpload=parts)
        assert [part["ETag"] for part in s3.list_parts(**whole)["Parts"]] == [tag]
        filler.unlink()
        s3.put_object(Bucket="kept", Key="other", Body=b"there is room again")
    with serving(small_disk / "data") as program:
        s3 = client(program, "s3")
        s3.complete_multipart_upload(**whole, MultipartUpload=parts)
        assert s3.get_object(Bucket="kept", Key="k")["Body"].read() == b"x" * 100_000


def test_half_written_bodies_are_swept_at_the_start(tmp_path: Path) -> None:
    with serving(tmp_path) as program:
        s3 = client(program, "s3")
        s3.create_bucket(Bucket="kept")
        s3.put_object(Bucket="kept", Key="k", Body=b"whole" * 5000)
    (whole,) = [path for path in (tmp_path / "objects").rglob("*") if path.is_file()]
    half = whole.with_name("0" * 32 + ".new")
    half.write_bytes(b"ha")
    with serving(tmp_path) as program:
        found = client(program, "s3").get_object(Bucket="kept", Key="k")["Body"].read()
        assert found == b"whole" * 5000
        assert not half.exists()


def test_a_body_that_finds_no_room_is_refused_in_the_words_of_its_service(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(small_disk))
    with serving(tmp_path / "data") as program:
        s3, glue, sqs = (client(program, service) for service in ("s3", "glue", "sqs"))
        s3.create_bucket(Bucket="kept")
        queue = sqs.create_queue(QueueName="q")["QueueUrl"]
        large = {"Name": "d", "Parameters": {f"k{n}": "v" * 1000 for n in range(1000)}}
        glue.create_database(DatabaseInput={**large, "Name": "before"})  # Python chooses where
        glue.get_databases()  # over the same connection: the first body has gone
        filler = fill(small_disk)
        with pytest.raises(glue.exceptions.InternalServiceException, match="No space left"):
            glue.create_database(DatabaseInput=large)
        keys = [{"Key": f"{number}{'k' * 1000}"} for number in range(1000)]
        for ask in (
            lambda: s3.delete_objects(Bucket="kept", Delete={"Objects": keys}),
            lambda: sqs.send_message(QueueUrl=queue, MessageBody="x" * 1_000_000),
        ):
            with pytest.raises(ClientError, match="No space left") as refused:
                ask()
            assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] >= 500
        filler.unlink()
        glue.create_database(DatabaseInput=large)
        s3.delete_objects(Bucket="kept", Delete={"Objects": keys})
