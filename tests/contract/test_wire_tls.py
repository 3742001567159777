"""A server that speaks TLS, through unmodified clients and its own runs."""

import io
import socket
import ssl
import urllib.request
from contextlib import ExitStack
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError, SSLError
from self_signed import self_signed
from waiting import until

from gluematch.models.datasets import routes
from gluematch.server import running
from gluematch.server.__main__ import main
from gluematch.server.http.server import HttpServer
from gluematch.server.testing import GlueServer

ACCOUNT = "486000000001"


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """The files of a certificate for 127.0.0.1 and of its key."""
    return self_signed(tmp_path_factory.mktemp("tls"), "127.0.0.1")


@pytest.fixture(scope="module")
def server(tls, tmp_path_factory):
    keys = tmp_path_factory.mktemp("keys") / "credentials"
    keys.write_text(
        f"[ann]\naws_access_key_id=AKIAANN\naws_secret_access_key=s\naws_account_id={ACCOUNT}\n"
    )
    with GlueServer(tls=tls, credentials=keys) as running:
        yield running


@pytest.fixture
def client(server, tls):
    def make(service, *, secret="s", verify=tls[0]):
        return boto3.client(
            service,
            endpoint_url=server.url,
            region_name="us-east-1",
            aws_access_key_id="AKIAANN",
            aws_secret_access_key=secret,
            verify=verify and str(verify),
        )

    return make


def test_boto3_speaks_tls_and_trusts_only_what_it_is_told(server, client):
    assert server.url.startswith("https://127.0.0.1:")
    assert client("glue").get_databases()["DatabaseList"] == []
    with pytest.raises(SSLError):
        client("glue", verify=None).get_databases()
    with pytest.raises(ClientError, match="InvalidSignatureException"):
        client("glue", secret="wrong").get_databases()


def test_bodies_in_chunks_arrive(client):
    s3 = client("s3")
    s3.create_bucket(Bucket="tls-chunked")
    for algorithm in ("CRC32", "SHA256"):
        body = io.BytesIO(b"x" * 300_000)
        s3.put_object(Bucket="tls-chunked", Key="k", Body=body, ChecksumAlgorithm=algorithm)
        assert s3.get_object(Bucket="tls-chunked", Key="k")["Body"].read() == body.getvalue()


def test_runs_reach_their_data_behind_tls(client):
    s3, glue = client("s3"), client("glue")
    s3.create_bucket(Bucket="tls-crawled")
    s3.put_object(Bucket="tls-crawled", Key="people/p.csv", Body=b"id,name\n1,ann\n2,bob\n")
    targets = {"S3Targets": [{"Path": "s3://tls-crawled/people/"}]}
    glue.create_crawler(Name="people", Role="any", DatabaseName="crawled", Targets=targets)
    glue.start_crawler(Name="people")
    until(lambda: glue.get_crawler(Name="people")["Crawler"]["State"] == "READY", "the crawl")
    assert glue.get_table(DatabaseName="crawled", Name="people")


def test_the_door_of_the_servers_own_runs_opens_to_nobody_else(tls, monkeypatch):
    doors = []

    class Watched(HttpServer):
        def start(self, application, judge):
            doors.append(self.url)
            super().start(application, judge)

    monkeypatch.setattr(running, "HttpServer", Watched)
    with GlueServer(tls=tls):
        ours = [url for url in doors if url.startswith("http://")]
        assert len(ours) == 1
        glue = boto3.client(
            "glue",
            endpoint_url=ours[0],
            region_name="us-east-1",
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="test",
        )
        with pytest.raises(ClientError, match="InvalidSignatureException"):
            glue.get_databases()


def test_connections_that_do_not_shake_hands_keep_nobody_waiting(server, tls):
    place = urlsplit(server.url)
    trusting = ssl.create_default_context(cafile=str(tls[0]))
    with ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(socket.create_connection((place.hostname, place.port)))
        health = f"{server.url}/_gluematch/health"
        with urllib.request.urlopen(health, context=trusting, timeout=10) as answer:
            assert answer.status == 200


def test_plain_http_is_not_answered_and_harms_nobody(server, client):
    place = urlsplit(server.url)
    with socket.create_connection((place.hostname, place.port), timeout=10) as raw:
        raw.sendall(b"GET /_gluematch/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200 OK" not in raw.recv(1000)
    client("glue").get_databases()


def test_the_commands_trust_what_aws_settings_trust(server, tls, monkeypatch):
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tls[0]))
    url = f"{server.url}/_gluematch/find-matches"
    status, told = routes.ask("POST", url, "us-east-1", None, "{}")
    assert (status, told["__type"]) == (400, "MissingAuthenticationTokenException")


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["--tls-cert", "c.pem"], 2, "go together"),
        (["--tls-cert", "c.pem", "--tls-key", "k.pem"], 1, "cannot use the certificate c.pem"),
    ],
)
def test_certificates_that_make_no_sense_are_one_clear_line(words, code, complaint, capsys):
    assert main(["serve", "--ephemeral", "--port", "0", *words]) == code
    told = capsys.readouterr()
    assert complaint in told.err
    assert told.err.count("\n") == 1
