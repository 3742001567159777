"""The S3 on the port after a kill -9: what was acknowledged is there, whatever it was."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError
from programs import Program, serving

ME, OTHER = "111122223333", "444455556666"
POLICY = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*",'
    '"Resource":["arn:aws:s3:::plain","arn:aws:s3:::plain/*"],'
    '"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}'
)
FORM = "application/x-www-form-urlencoded"  # of curl and others, unless they are told
LARGE = 20_000  # bytes of a body that is a file
BIG = bytes(range(256)) * 2048 * 10  # 5 MB, the least that a part may have


def restarted(program: Program, data_dir: Path) -> Iterator[Any]:
    """A client of the server as it is after a kill."""
    program.process.kill()
    program.process.wait()
    with serving(data_dir) as again:
        yield again.client("s3", account=ME)


@pytest.fixture(scope="module")
def before_and_after(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict, Any]]:
    """What S3 said before it was killed, and a client to ask it again."""
    data_dir = tmp_path_factory.mktemp("kept")
    with serving(data_dir) as program:
        s3 = program.client("s3", account=ME)
        said = filled(s3)
        program.client("s3", account=OTHER).create_bucket(Bucket="theirs")
        yield from ((said, client) for client in restarted(program, data_dir))


def filled(s3: Any) -> dict[str, Any]:
    """Put one of everything; what the answers named."""
    said: dict[str, Any] = {}
    s3.create_bucket(Bucket="plain")
    s3.put_object(
        Bucket="plain",
        Key="a/ä b.csv",
        Body=b"id,name\n1,x\n",
        Metadata={"Who": "me"},
        ContentType="text/csv",
        Tagging="k=v",
    )
    s3.put_object(Bucket="plain", Key="gone", Body=b"1")
    s3.delete_object(Bucket="plain", Key="gone")
    for name in ("one", "two", "three"):
        s3.put_object(Bucket="plain", Key=f"many/{name}", Body=name.encode())
    doomed = [{"Key": "many/one"}, {"Key": "many/two"}]
    s3.delete_objects(Bucket="plain", Delete={"Objects": doomed})
    s3.copy_object(Bucket="plain", Key="copy", CopySource="plain/a/ä b.csv")
    s3.put_object_acl(Bucket="plain", Key="copy", ACL="public-read")
    s3.put_bucket_tagging(Bucket="plain", Tagging={"TagSet": [{"Key": "t", "Value": "w"}]})
    s3.put_bucket_policy(Bucket="plain", Policy=POLICY)
    rule = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "x"}, "Expiration": {"Days": 3}}
    s3.put_bucket_lifecycle_configuration(Bucket="plain", LifecycleConfiguration={"Rules": [rule]})
    s3.create_bucket(Bucket="brief")
    s3.delete_bucket(Bucket="brief")

    s3.create_bucket(Bucket="versions")
    s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
    said["versions"] = [
        s3.put_object(Bucket="versions", Key="k", Body=body)["VersionId"] for body in (b"1", b"22")
    ]
    said["marker"] = s3.delete_object(Bucket="versions", Key="k")["VersionId"]

    said["begun"] = sent_oddly(s3)

    s3.create_bucket(Bucket="parts")
    going = {"Bucket": "parts", "Key": "going"}
    said["going"] = s3.create_multipart_upload(**going)["UploadId"]
    said["part"] = s3.upload_part(**going, UploadId=said["going"], PartNumber=1, Body=BIG)["ETag"]
    done = {"Bucket": "parts", "Key": "done"}
    upload = s3.create_multipart_upload(**done)["UploadId"]
    tags = [
        s3.upload_part(**done, UploadId=upload, PartNumber=number, Body=body)["ETag"]
        for number, body in ((1, BIG), (2, b"the rest"))
    ]
    parts = [{"PartNumber": k + 1, "ETag": tag} for k, tag in enumerate(tags)]
    s3.complete_multipart_upload(**done, UploadId=upload, MultipartUpload={"Parts": parts})
    said["done"] = s3.head_object(**done)["ETag"]
    said["bad"] = s3.put_object(Bucket="plain", Key="again", Body=b"old")["ETag"]
    said["good"] = s3.put_object(Bucket="plain", Key="again", Body=b"new")["ETag"]
    return said


def sent_oddly(s3: Any) -> str:
    """Put things as other clients do; the id of an upload that was begun."""
    s3.create_bucket(Bucket="forms")
    begun = s3.create_multipart_upload(Bucket="forms", Key="begun", ContentType=FORM)
    old = s3.generate_presigned_url("create_multipart_upload", {"Bucket": "forms", "Key": "old"})
    header = {"Authorization": f"AWS {ME}:signature", "Content-Type": FORM}
    with urlopen(Request(old.partition("?")[0] + "?uploads", b"", header)) as answer:
        assert answer.status == 200
    of = {"Bucket": "forms", "Key": "done"}
    of["UploadId"] = s3.create_multipart_upload(**of)["UploadId"]
    tag = s3.upload_part(**of, PartNumber=1, Body=b"done")["ETag"]
    part = f"<Part><PartNumber>1</PartNumber><ETag>{tag}</ETag></Part>"
    part = f"<CompleteMultipartUpload>{part}</CompleteMultipartUpload>"
    url = s3.generate_presigned_url("complete_multipart_upload", of)  # of version 2
    with urlopen(Request(url, part.encode(), {"Content-Type": FORM})) as answer:
        assert answer.status == 200
    aimed = ("before-sign.s3.PutObject", aim_elsewhere)
    s3.meta.events.register(*aimed)
    s3.put_object(Bucket="forms", Key="aimed", Body=b"1")
    s3.meta.events.unregister(*aimed)
    return str(begun["UploadId"])


def aim_elsewhere(request: Any, **_rest: Any) -> None:
    """Name an operation of another service beside what is asked for."""
    request.headers["X-Amz-Target"] = "DynamoDB_20120810.ListTables"


def test_objects_come_back_with_bytes_metadata_and_tags(before_and_after: tuple) -> None:
    said, s3 = before_and_after
    found = s3.get_object(Bucket="plain", Key="a/ä b.csv")
    assert found["Body"].read() == b"id,name\n1,x\n"
    assert (found["Metadata"], found["ContentType"]) == ({"who": "me"}, "text/csv")
    tags = s3.get_object_tagging(Bucket="plain", Key="a/ä b.csv")["TagSet"]
    assert tags == [{"Key": "k", "Value": "v"}]
    again = s3.get_object(Bucket="plain", Key="again", Range="bytes=1-1")
    assert (again["Body"].read(), again["ETag"]) == (b"e", said["good"])


def test_what_was_deleted_stays_so(before_and_after: tuple) -> None:
    _, s3 = before_and_after
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket="plain")["Contents"]]
    assert keys == ["a/ä b.csv", "again", "copy", "many/three"]
    names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert names == ["forms", "parts", "plain", "versions"]


def test_settings_of_buckets_and_objects_come_back(before_and_after: tuple) -> None:
    _, s3 = before_and_after
    assert s3.get_bucket_tagging(Bucket="plain")["TagSet"] == [{"Key": "t", "Value": "w"}]
    assert s3.get_bucket_policy(Bucket="plain")["Policy"] == POLICY
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket="plain")["Rules"]
    assert (rule["ID"], rule["Expiration"]) == ("r", {"Days": 3})
    grants = s3.get_object_acl(Bucket="plain", Key="copy")["Grants"]
    assert any(grant["Permission"] == "READ" for grant in grants)


def test_versions_and_delete_markers_come_back(before_and_after: tuple) -> None:
    said, s3 = before_and_after
    listed = s3.list_object_versions(Bucket="versions")
    assert [v["VersionId"] for v in reversed(listed["Versions"])] == said["versions"]
    assert [m["VersionId"] for m in listed["DeleteMarkers"]] == [said["marker"]]
    first = s3.get_object(Bucket="versions", Key="k", VersionId=said["versions"][0])
    assert first["Body"].read() == b"1"
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.get_object(Bucket="versions", Key="k")


def test_an_upload_in_parts_goes_on_where_it_was(before_and_after: tuple) -> None:
    said, s3 = before_and_after
    going = {"Bucket": "parts", "Key": "going", "UploadId": said["going"]}
    (part,) = s3.list_parts(**going)["Parts"]
    assert (part["ETag"], part["Size"]) == (said["part"], len(BIG))
    more = s3.upload_part(**going, PartNumber=2, Body=b"end")["ETag"]
    parts = [{"PartNumber": 1, "ETag": said["part"]}, {"PartNumber": 2, "ETag": more}]
    s3.complete_multipart_upload(**going, MultipartUpload={"Parts": parts})
    whole = s3.get_object(Bucket="parts", Key="going")["Body"].read()
    assert whole == BIG + b"end"


def test_what_was_sent_as_clients_send_forms_is_kept_as_well(before_and_after: tuple) -> None:
    said, s3 = before_and_after
    uploads = s3.list_multipart_uploads(Bucket="forms")["Uploads"]
    ids = {upload["Key"]: upload["UploadId"] for upload in uploads}
    assert ids == {"begun": said["begun"], "old": ids["old"]}
    assert s3.get_object(Bucket="forms", Key="done")["Body"].read() == b"done"
    assert s3.get_object(Bucket="forms", Key="aimed")["Body"].read() == b"1"


def test_an_object_made_of_parts_still_knows_them(before_and_after: tuple) -> None:
    said, s3 = before_and_after
    assert s3.head_object(Bucket="parts", Key="done")["ETag"] == said["done"]
    part = s3.head_object(Bucket="parts", Key="done", PartNumber=2)
    assert (part["PartsCount"], part["ContentLength"]) == (2, len(b"the rest"))


def test_buckets_of_another_account_stay_theirs(before_and_after: tuple) -> None:
    _, s3 = before_and_after
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.list_objects_v2(Bucket="theirs")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.create_bucket(Bucket="theirs")


def test_bodies_that_nothing_names_are_removed(tmp_path: Path) -> None:
    with serving(tmp_path) as program:
        s3 = program.client("s3", account=ME)
        s3.create_bucket(Bucket="bodies")
        for body in (b"1", b"2", b"3"):
            s3.put_object(Bucket="bodies", Key="k", Body=body * LARGE)
            s3.put_object(Bucket="bodies", Key="small", Body=body)
        bodies = [path for path in (tmp_path / "objects").rglob("*") if path.is_file()]
        assert [path.read_bytes() for path in bodies] == [b"3" * LARGE]
        stray = bodies[0].with_name("0" * 32)
        stray.write_bytes(b"from before a crash")
        for client in restarted(program, tmp_path):
            assert client.get_object(Bucket="bodies", Key="k")["Body"].read() == b"3" * LARGE
            assert client.get_object(Bucket="bodies", Key="small")["Body"].read() == b"3"
            assert not stray.exists()
            assert small_bodies(tmp_path) == [b"3"]
            client.delete_object(Bucket="bodies", Key="k")
            assert not bodies[0].exists()


def small_bodies(data_dir: Path) -> list[bytes]:
    with closing(sqlite3.connect(data_dir / "catalog.sqlite")) as catalog:
        return [data for (data,) in catalog.execute("SELECT bytes FROM kept_bodies")]


def test_a_range_of_a_large_object_reads_that_range_only(tmp_path: Path) -> None:
    with serving(tmp_path) as program:
        s3 = program.client("s3", account=ME)
        s3.create_bucket(Bucket="large")
        body = bytes(range(256)) * (2**20 // 256 * 32)
        s3.put_object(Bucket="large", Key="k", Body=body)
        before = bytes_read(program)
        found = s3.get_object(Bucket="large", Key="k", Range="bytes=20000000-20001023")
        assert found["Body"].read() == body[20_000_000:20_001_024]
        assert found["ContentRange"] == f"bytes 20000000-20001023/{len(body)}"
        assert bytes_read(program) - before < 2**20
        assert s3.get_object(Bucket="large", Key="k")["Body"].read() == body
        last = s3.get_object(Bucket="large", Key="k", Range="bytes=-3")
        assert last["Body"].read() == body[-3:]


def test_an_object_is_sent_whole_though_it_is_deleted_meanwhile(tmp_path: Path) -> None:
    with serving(tmp_path) as program:
        s3 = program.client("s3", account=ME)
        s3.create_bucket(Bucket="large")
        body = bytes(range(256)) * (2**20 // 256 * 32)
        s3.put_object(Bucket="large", Key="k", Body=body)
        found = s3.get_object(Bucket="large", Key="k")["Body"]
        start = found.read(1000)
        s3.delete_object(Bucket="large", Key="k")
        assert start + found.read() == body


def bytes_read(program: Program) -> int:
    """How many bytes the server has read so far, from files and sockets."""
    told = Path(f"/proc/{program.process.pid}/io").read_text()
    return int(told.partition("rchar: ")[2].split()[0])
