"""The kept S3 under many hands: nothing acknowledged is lost, nobody who reads is failed."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from programs import serving

ME = "111122223333"
LEAST = 5 * 2**20


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with serving(tmp_path_factory.mktemp("kept")) as program:
        yield program.client("s3", account=ME)


def test_first_buckets_made_at_once_are_all_there(s3: Any) -> None:
    names = [f"first-{k}" for k in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: s3.create_bucket(Bucket=name), names))
    assert {*names} <= {found["Name"] for found in s3.list_buckets()["Buckets"]}


def test_versions_put_at_once_are_all_there(s3: Any) -> None:
    s3.create_bucket(Bucket="at-once")
    s3.put_bucket_versioning(Bucket="at-once", VersioningConfiguration={"Status": "Enabled"})

    def put(number: int) -> str:
        return s3.put_object(Bucket="at-once", Key="k", Body=b"%d" % number)["VersionId"]

    with ThreadPoolExecutor(8) as pool:
        said = set(pool.map(put, range(40)))
    found = s3.list_object_versions(Bucket="at-once")["Versions"]
    assert {version["VersionId"] for version in found} == said


def test_an_object_is_read_whole_while_it_is_overwritten_and_others_come_and_go(s3: Any) -> None:
    s3.create_bucket(Bucket="busy")
    bodies = [bytes([letter]) * 50_000 for letter in b"abcdefgh"]
    s3.put_object(Bucket="busy", Key="k", Body=bodies[0])

    def work(number: int) -> int:
        """Put, read, list, delete; how many bytes were not as somebody wrote them."""
        strange = 0
        for _ in range(12):
            s3.put_object(Bucket="busy", Key="k", Body=bodies[number])
            strange += s3.get_object(Bucket="busy", Key="k")["Body"].read() not in bodies
            s3.put_object(Bucket="busy", Key=f"other/{number % 3}", Body=b"x")
            s3.list_objects_v2(Bucket="busy")
            doomed = [{"Key": f"other/{k}"} for k in range(3)]
            s3.delete_objects(Bucket="busy", Delete={"Objects": doomed})
        return strange

    attempts = s3.meta.events
    repeated: list[int] = []
    attempts.register("needs-retry.s3.*", lambda attempts, **_: repeated.append(attempts))
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(work, range(8))) == 0
    assert max(repeated) == 1, "a call failed and was repeated"


def test_parts_sent_at_once_make_the_object_and_are_still_known(s3: Any) -> None:
    s3.create_bucket(Bucket="in-parts")
    of = {"Bucket": "in-parts", "Key": "k"}
    upload = s3.create_multipart_upload(**of)["UploadId"]
    bodies = [bytes([letter]) * LEAST for letter in b"abcd"] + [b"end"]

    def send(number: int) -> dict[str, Any]:
        sent = s3.upload_part(**of, UploadId=upload, PartNumber=number + 1, Body=bodies[number])
        return {"PartNumber": number + 1, "ETag": sent["ETag"]}

    with ThreadPoolExecutor(8) as pool:
        parts = [*pool.map(send, range(5))]
    s3.complete_multipart_upload(**of, UploadId=upload, MultipartUpload={"Parts": parts})
    assert s3.head_object(**of, PartNumber=2)["ContentLength"] == LEAST
    assert s3.get_object(**of)["Body"].read() == b"".join(bodies)
    (version,) = s3.list_object_versions(Bucket="in-parts")["Versions"]
    assert version["Size"] == 4 * LEAST + 3


def test_a_bucket_is_deleted_or_written_to_but_not_both(s3: Any) -> None:
    def put(name: str) -> bool:
        try:
            s3.put_object(Bucket=name, Key="a/k", Body=b"1")
        except s3.exceptions.NoSuchBucket:
            return False
        return True

    def delete(name: str) -> bool:
        try:
            s3.delete_bucket(Bucket=name)
        except ClientError as error:
            if error.response["Error"]["Code"] != "BucketNotEmpty":
                raise
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        for number in range(10):
            name = f"brief-{number}"
            s3.create_bucket(Bucket=name)
            wrote, deleted = pool.submit(put, name), pool.submit(delete, name)
            assert wrote.result() != deleted.result()


def test_no_body_is_left_behind_by_many_hands(tmp_path: Path) -> None:
    with serving(tmp_path) as program:
        s3 = program.client("s3", account=ME)
        s3.create_bucket(Bucket="bodies")

        def put(number: int) -> None:
            s3.put_object(Bucket="bodies", Key=f"k{number % 2}", Body=b"%4d" % number * 5000)
            s3.get_object(Bucket="bodies", Key=f"k{number % 2}")["Body"].read()

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(put, range(40)))
        for key in ("k0", "k1"):
            s3.put_object(Bucket="bodies", Key=key, Body=b"last" * 5000)
        bodies = [path for path in (tmp_path / "objects").rglob("*") if path.is_file()]
        assert [path.read_bytes() for path in bodies] == [b"last" * 5000] * 2


def test_a_copy_writes_nothing_of_what_it_is_copied_from(tmp_path: Path) -> None:
    """Somebody else may be about to put that object: what the copy has seen may be half of it."""
    with serving(tmp_path) as program:
        s3 = program.client("s3", account=ME)
        s3.create_bucket(Bucket="copies")
        s3.put_object(Bucket="copies", Key="from", Body=b"1", Metadata={"a": "b"})
        half = "of another request"
        with closing(sqlite3.connect(tmp_path / "catalog.sqlite")) as catalog, catalog:
            catalog.execute("UPDATE kept_objects SET document = ? WHERE name = 'from'", (half,))
        source = {"Bucket": "copies", "Key": "from"}
        s3.copy_object(Bucket="copies", Key="to", CopySource=source)
        with closing(sqlite3.connect(tmp_path / "catalog.sqlite")) as catalog:
            found = dict(catalog.execute("SELECT name, document FROM kept_objects"))
        assert found["from"] == half
        assert found["to"].startswith("{")
        s3.copy_object(Bucket="copies", Key="from", CopySource=source, MetadataDirective="REPLACE")
    with serving(tmp_path) as program:
        s3 = program.client("s3", account=ME)
        assert s3.head_object(Bucket="copies", Key="from")["Metadata"] == {}
        assert s3.head_object(Bucket="copies", Key="to")["Metadata"] == {"a": "b"}
