"""Requests that a web page may have caused are refused; AWS clients are not."""

import http.client
import json
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config

from gluematch.server.browsers import Names, is_loopback
from gluematch.server.protocol.dialects import Refusal

TARGET = {"X-Amz-Target": "AWSGlue.GetDatabases"}


def ask(url, method, path="/", body=None, **headers):
    """Status, the error's code, and whether a browser may show the answer to a page."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, named)
    answer = connection.getresponse()
    answer.read()
    shown = answer.getheader("Access-Control-Allow-Origin") is not None
    found = answer.status, answer.getheader("x-amzn-ErrorType"), shown
    connection.close()
    return found


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site", "Referer": "http://localhost:1/page"},
        {"Host": "evil.example"},
        {"Host": "b.s3.evil.example:4566"},
        {"Host": "localhost.evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "s3.amazonaws.com.evil.example"},
        {"Host": "10.0.0.1"},
        {"Host": "x"},
    ],
)
def test_what_a_foreign_page_sends_is_refused_by_every_service(gluematch_server, headers):
    url = gluematch_server.url
    assert ask(url, "POST", body=b"{}", **TARGET, **headers) == (
        403,
        "AccessDeniedException",
        False,
    )
    assert ask(url, "PUT", "/bucket-of-a-page", **headers) == (403, "AccessDenied", False)
    assert ask(url, "OPTIONS", "/bucket", **headers) == (403, "AccessDenied", False)
    assert ask(url, "GET", "/_gluematch/health", **headers)[:2] == (403, "AccessDeniedException")
    form = "application/x-www-form-urlencoded"
    assert ask(url, "POST", body=b"Action=ListUsers", Content_Type=form, **headers) == (
        403,
        "AccessDenied",
        False,
    )
    buckets = gluematch_server.client("s3").list_buckets()["Buckets"]
    assert "bucket-of-a-page" not in {bucket["Name"] for bucket in buckets}


def test_the_refusal_of_a_glue_call_reads_as_glues_own(gluematch_server):
    place = urlsplit(gluematch_server.url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    connection.request("POST", "/", b"{}", {**TARGET, "Origin": "https://evil.example"})
    told = json.loads(connection.getresponse().read())
    connection.close()
    assert told["__type"] == "AccessDeniedException"
    assert "--allow-origin" in told["message"]


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost:4566",
        "[::1]:4566",
        "bucket.localhost:4566",
        "bucket.s3.localhost:4566",
        "bucket.s3.amazonaws.com",
        "a.dotted.bucket.s3.eu-west-1.amazonaws.com",
        "s3-us-west-2.amazonaws.com",
        "glue.us-east-1.amazonaws.com",
        "LOCALHOST.",
    ],
)
def test_names_that_aws_clients_call_by_are_known(host):
    Names("127.0.0.1").check({"HTTP_HOST": host})


def test_the_servers_own_pages_may_call_it(gluematch_server):
    url = gluematch_server.url
    assert ask(url, "GET", "/_gluematch/health", Origin=url)[0] == 200
    assert ask(url, "GET", "/_gluematch/health", Sec_Fetch_Site="none")[0] == 200


def test_names_and_origins_can_be_allowed():
    names = Names("127.0.0.1", ("glue.test",), ("http://localhost:3000",))
    names.check({"HTTP_HOST": "bucket.glue.test:4566", "HTTP_ORIGIN": "http://localhost:3000"})
    with pytest.raises(Refusal):
        names.check({"HTTP_HOST": "notglue.test"})
    linked = {"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_REFERER": "http://localhost:3000/a/b"}
    names.check({"HTTP_HOST": "localhost", **linked})


def test_a_server_for_others_may_be_called_by_its_addresses_and_its_name():
    names = Names("0.0.0.0")
    names.check({"HTTP_HOST": "192.168.1.5:4566"})
    with pytest.raises(Refusal):
        names.check({"HTTP_HOST": "evil.example"})
    Names("glue.lan").check({"HTTP_HOST": "glue.lan:4566"})


def by_its_address(request, **_):
    """Reach a name below localhost, which not every system resolves, by the address."""
    place = urlsplit(request.url)
    request.headers["Host"] = place.netloc
    request.url = place._replace(netloc=f"127.0.0.1:{place.port}").geturl()


def test_virtual_hosted_buckets_at_localhost_work_through_boto3(gluematch_server, account):
    s3 = boto3.client(
        "s3",
        endpoint_url=gluematch_server.url.replace("127.0.0.1", "localhost"),
        region_name="us-east-1",
        aws_access_key_id=account,
        aws_secret_access_key="test",
        config=Config(s3={"addressing_style": "virtual"}),
    )
    s3.meta.events.register("before-send", by_its_address)
    s3.create_bucket(Bucket=f"virtual-{account}")
    s3.put_object(Bucket=f"virtual-{account}", Key="k", Body=b"hosted")
    assert s3.get_object(Bucket=f"virtual-{account}", Key="k")["Body"].read() == b"hosted"


@pytest.mark.parametrize(
    ("host", "only_here"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("", False)],
)
def test_loopback_is_told_from_what_others_reach(host, only_here):
    assert is_loopback(host) is only_here
