"""Objects whose bytes are not all there: a refusal at once, a line in the log, no silence."""

import http.client
import logging
import re
import time
from urllib.parse import urlsplit

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from waiting import until

from gluematch.server.neighbours.s3.body import Body, File
from gluematch.server.neighbours.s3.files import NotWhole
from gluematch.server.neighbours.s3.sights import Sight
from gluematch.server.testing import GlueServer

ACCOUNT, BUCKET = "350000000001", "damaged"
DATA = bytes(range(256)) * 8192  # 2 MB: a file of its own
ROLE = "arn:aws:iam::350000000001:role/crawls"
ONCE = Config(retries={"total_max_attempts": 1})
SELECT = {
    "Expression": "select * from s3object",
    "ExpressionType": "SQL",
    "InputSerialization": {"CSV": {}},
    "OutputSerialization": {"CSV": {}},
}


@pytest.fixture(params=["short", "missing"])
def damaged(request, tmp_path):
    """A server, and a client of the bucket whose object `a.csv` is damaged."""
    with GlueServer(data_dir=tmp_path) as server:
        s3 = server.client("s3", account=ACCOUNT)
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key="a.csv", Body=DATA)
        (file,) = (tmp_path / "objects").glob("*/*")
        if request.param == "short":
            with file.open("r+b") as body:
                body.truncate(len(DATA) // 2)
        else:
            file.unlink()
        yield server, s3


def got(server, **headers):
    """Status, code, and the seconds that it took, of one request without a retry."""
    place = urlsplit(server.url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    signed = f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/us-east-1/s3/aws4_request, Signed"
    begun = time.monotonic()
    connection.request("GET", f"/{BUCKET}/a.csv", None, {"Authorization": signed, **headers})
    answer = connection.getresponse()
    code = re.search(b"<Code>(.*?)</Code>", answer.read())
    connection.close()
    return answer.status, code and code[1], time.monotonic() - begun


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-9"}, {"Range": "bytes=-9"}])
def test_reading_a_damaged_object_is_refused_at_once(damaged, caplog, headers):
    server, _ = damaged
    with caplog.at_level(logging.ERROR):
        status, code, seconds = got(server, **headers)
    assert (status, code) == (500, b"InternalError")
    assert seconds < 10
    (line,) = [each.getMessage() for each in caplog.records if "is damaged" in each.getMessage()]
    assert f"/{BUCKET}/a.csv" in line


def test_a_damaged_object_is_neither_copied_nor_selected_from(damaged, caplog):
    server, _ = damaged
    once = server.client("s3", account=ACCOUNT, config=ONCE)
    source = {"CopySource": f"{BUCKET}/a.csv", "Bucket": BUCKET, "Key": "copy"}
    upload = once.create_multipart_upload(Bucket=BUCKET, Key="copy")["UploadId"]
    for call in (
        lambda: once.copy_object(**source),
        lambda: once.upload_part_copy(**source, UploadId=upload, PartNumber=1),
        lambda: once.select_object_content(Bucket=BUCKET, Key="a.csv", **SELECT),
    ):
        with pytest.raises(ClientError, match="InternalError"):
            call()
    assert [each["Key"] for each in once.list_objects_v2(Bucket=BUCKET)["Contents"]] == ["a.csv"]
    assert once.list_parts(Bucket=BUCKET, Key="copy", UploadId=upload).get("Parts", []) == []
    assert f"{BUCKET}/a.csv (copied)" in caplog.text
    assert "Exception ignored" not in caplog.text


def test_a_crawl_of_a_damaged_object_ends_and_says_so(damaged):
    server, _ = damaged
    glue = server.client("glue", account=ACCOUNT)
    glue.create_database(DatabaseInput={"Name": "d"})
    targets = {"S3Targets": [{"Path": f"s3://{BUCKET}/"}]}
    glue.create_crawler(Name="c", Role=ROLE, DatabaseName="d", Targets=targets)
    glue.start_crawler(Name="c")

    def last():
        return glue.get_crawler(Name="c")["Crawler"].get("LastCrawl")

    assert until(last, "the end of the crawl", patience=60)["Status"] == "FAILED"


def test_an_object_that_breaks_while_it_is_sent_closes_the_connection(tmp_path):
    path = tmp_path / "body"
    path.write_bytes(DATA)
    sight = Sight(*Body("body", File(path), 0, len(DATA)).opened())
    pieces = iter(sight)
    next(pieces)
    path.write_bytes(b"")
    with pytest.raises(NotWhole, match="bytes are missing"):
        list(pieces)
    sight.close()


def test_a_part_of_a_body_needs_all_of_it(tmp_path):
    path = tmp_path / "body"
    path.write_bytes(DATA[:-1])
    with pytest.raises(NotWhole, match=f"has {len(DATA) - 1} bytes of {len(DATA)}"):
        Body("body", File(path), 0, len(DATA)).part(0, 10).read()
