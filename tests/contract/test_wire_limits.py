"""What a client can cost before anybody knows it: connections, threads, memory, and time."""

import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from unmeasured import environment
from waiting import until

from gluematch.server.http import limits
from gluematch.server.http.server import HttpServer
from gluematch.server.testing import GlueServer

SOON = 20.0
"""Seconds within which health answers on a busy machine; the faults took minutes, or for ever."""

GLUE = "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AWSGlue.GetDatabases\r\n"
UPLOAD = (
    "PUT /bucket/key HTTP/1.1\r\nHost: localhost\r\nAuthorization: AWS4-HMAC-SHA256 "
    "Credential=210000000077/20260101/us-east-1/s3/aws4_request\r\n"
)


@dataclass
class Limited:
    """`gluematch serve` that may open only so many files, and its log."""

    pid: int
    url: str
    log: Path

    def resident(self) -> float:
        """Megabytes of memory."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024


@contextmanager
def limited(folder: Path, soft: int, hard: int, *flags: str) -> Iterator[Limited]:
    log = folder / "log"
    command = [sys.executable, "-m", "gluematch.server", "serve", "--port", "0"]
    shell = 'ulimit -Sn "$1"; ulimit -Hn "$2"; log=$3; shift 3; exec "$@" 2>"$log"'
    command += ["--data-dir", str(folder / "data"), *flags]
    with subprocess.Popen(
        ["sh", "-c", shell, "sh", str(soft), str(hard), str(log), *command],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        try:
            assert process.stdout is not None
            ready = re.search(r"ready at (\S+)", process.stdout.readline())
            assert ready is not None, log.read_text()
            yield Limited(process.pid, ready[1], log)
        finally:
            process.terminate()
            process.wait(60)


def connected(url: str) -> socket.socket:
    place = urlsplit(url)
    return socket.create_connection((str(place.hostname), place.port), timeout=SOON)


def many(stack: ExitStack, url: str, count: int, beginning: bytes = b"") -> list[socket.socket]:
    """So many connections that have sent a beginning."""
    found = []
    for _ in range(count):
        found.append(stack.enter_context(connected(url)))
        if beginning:
            found[-1].sendall(beginning)
    return found


def healthy(url: str) -> float:
    """The seconds after which the server says that it lives."""
    began = time.monotonic()
    with urlopen(f"{url}/_gluematch/health/live", timeout=SOON) as answer:
        assert answer.status == 200
    return time.monotonic() - began


def answered(url: str, *parts: bytes) -> bytes:
    """What the server says to some bytes."""
    with connected(url) as raw:
        for part in parts:
            raw.sendall(part)
        return raw.recv(65536)


def test_more_idle_connections_than_files_leave_the_server_answering(tmp_path: Path) -> None:
    with limited(tmp_path, 512, 512) as server:
        with ExitStack() as stack:
            many(stack, server.url, 700)
            for _ in range(3):
                assert healthy(server.url) < SOON
        assert healthy(server.url) < SOON
        assert server.log.read_text().count("no more may be") == 1
        assert server.log.stat().st_size < 10_000


def test_connections_that_stopped_within_a_request_make_room_too(tmp_path: Path) -> None:
    with limited(tmp_path, 512, 512) as server, ExitStack() as stack:
        many(stack, server.url, 700, b"GET / HT")
        assert healthy(server.url) < SOON


def test_a_server_opens_as_many_files_as_the_system_allows_it(tmp_path: Path) -> None:
    with limited(tmp_path, 256, 2048) as server:
        text = Path(f"/proc/{server.pid}/limits").read_text()
        assert re.search(r"Max open files\s+2048\s+2048", text)


@pytest.mark.parametrize(
    "beginning",
    [
        "GET / HT",
        f"{GLUE}Content-Length: 1000\r\n\r\n{{",
        f"{GLUE}Content-Length: 1000000\r\n\r\n{'x' * 20_000}",
        f"{GLUE}Transfer-Encoding: chunked\r\n\r\n2\r\n{{",
        f"{UPLOAD}Content-Length: 1000\r\n\r\nx",
        f"{UPLOAD}Content-Length: 1000000\r\n\r\nx",
    ],
    ids=["head", "small body", "large body", "chunks", "small upload", "large upload"],
)
def test_requests_that_stop_halfway_keep_nobody_waiting(
    gluematch_server: GlueServer, beginning: str
) -> None:
    with ExitStack() as stack:
        many(stack, gluematch_server.url, 400, beginning.encode())  # more than there may be threads
        for _ in range(3):
            assert healthy(gluematch_server.url) < SOON
        assert b" 200 " in answered(
            gluematch_server.url, f"{GLUE}Content-Length: 2\r\n\r\n{{}}".encode()
        )


def test_clients_that_take_no_answers_keep_nobody_waiting(gluematch_server: GlueServer) -> None:
    place = urlsplit(gluematch_server.url)
    probe = b"GET /_gluematch/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n" * 500
    with ExitStack() as stack:
        clients = []
        for _ in range(400):  # more than there may be threads
            raw = stack.enter_context(socket.socket())
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            raw.connect((place.hostname, place.port))
            raw.settimeout(0)
            clients.append(raw)
        for _ in range(30):  # until no answer fits between the two any more
            for raw in clients:
                with suppress(BlockingIOError):
                    raw.send(probe)
            assert healthy(gluematch_server.url) < SOON


def test_answers_reach_a_client_that_takes_them_late(gluematch_server: GlueServer) -> None:
    place = urlsplit(gluematch_server.url)
    probe, last = (
        f"GET /_gluematch/health/live HTTP/1.1\r\nHost: localhost\r\nConnection: {wish}\r\n\r\n"
        for wish in ("keep-alive", "close")
    )
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        raw.connect((place.hostname, place.port))
        raw.settimeout(SOON)
        requests = (probe * 9_999 + last).encode()
        sender = threading.Thread(target=raw.sendall, args=(requests,))
        sender.start()
        healthy(gluematch_server.url)
        with raw.makefile("rb") as answers:
            received = answers.read()
        sender.join()
    assert received.count(b"HTTP/1.1 200 OK") == 10_000


def test_bodies_that_stop_halfway_do_not_stay_in_memory(tmp_path: Path) -> None:
    size = 6 * limits.MB
    with limited(tmp_path, 1024, 1024) as server, ExitStack() as stack:
        healthy(server.url)
        before = server.resident()
        head = f"{GLUE}Content-Length: {size}\r\n\r\n".encode()
        for raw in many(stack, server.url, 40, head):
            raw.sendall(bytes(size - 100))
        assert healthy(server.url) < SOON
        assert server.resident() - before < 100


@pytest.mark.parametrize(
    "asked",
    [
        "POST /bucket?delete",
        "POST /bucket/key?uploadId=x",
        "DELETE /bucket/key",
        "PUT /another-bucket",
        "PUT /bucket?policy",
        "PUT /bucket?tagging",
        "PUT /bucket/key?tagging",
        "PUT /bucket/key?acl",
    ],
)
def test_what_is_no_object_may_not_be_as_large_as_one(tmp_path: Path, asked: str) -> None:
    size = 100 * limits.MB
    with limited(tmp_path, 1024, 1024) as server, connected(server.url) as raw:
        raw.sendall(UPLOAD.replace("PUT /bucket/key", "PUT /bucket").encode())
        raw.sendall(b"Content-Length: 0\r\n\r\n")
        assert b" 200 " in raw.recv(65536)
        before = server.resident()
        raw.sendall(UPLOAD.replace("PUT /bucket/key", asked).encode())
        raw.sendall(f"Content-Length: {size}\r\n\r\n".encode())
        with suppress(ConnectionError):
            for _ in range(size // limits.MB):
                raw.sendall(bytes(limits.MB))
        assert b"EntityTooLarge" in raw.recv(65536)
        assert server.resident() - before < 50


def _reads(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    length = len(environ["wsgi.input"].read())
    start_response("200 OK", [("Content-Length", str(len(str(length))))])
    return [str(length).encode()]


def test_a_large_body_waits_for_the_place_of_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BODY_PLACES", 2)
    size = 100_000
    head = f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n\r\n".encode()
    with HttpServer("127.0.0.1", 0) as server, ExitStack() as stack:
        server.start(_reads)
        first, second, third = many(stack, server.url, 3, head + bytes(20_000))
        fourth = stack.enter_context(connected(server.url))
        fourth.sendall(head + bytes(size))  # it comes at once, but after the others
        for raw in (first, second, third):
            raw.sendall(bytes(size - 20_000))
        for raw in (first, second, third, fourth):
            assert raw.recv(1000).endswith(str(size).encode())


def test_a_large_body_that_finds_no_place_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BODY_PLACES", 1)
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
    with HttpServer("127.0.0.1", 0) as server, ExitStack() as stack:

        def tells(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            start_response("503 Slow Down", [("Content-Length", "0")])
            return [environ["gluematch.broken"].message.encode()[:0]]

        server.start(tells)
        many(stack, server.url, 1, head + bytes(20_000))
        until(lambda: server.connections == 1, "the first")
        monkeypatch.setattr(limits, "BODY_SECONDS", 0.3)
        (late,) = many(stack, server.url, 1, head + bytes(20_000))
        assert late.recv(1000).startswith(b"HTTP/1.1 503")


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GlueServer]:
    keys = tmp_path_factory.mktemp("keys") / "credentials"
    keys.write_text(
        "[ann]\naws_access_key_id=AKIAANN\naws_secret_access_key=s\naws_account_id=210000000077\n"
    )
    with GlueServer(credentials=keys) as running:
        yield running


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        ("", b"MissingAuthenticationTokenException"),
        (
            "Authorization: AWS4-HMAC-SHA256 Credential=AKIANOBODY/20260101/us-east-1/glue/"
            f"aws4_request, SignedHeaders=host, Signature={'0' * 64}\r\n"
            "X-Amz-Date: 20260101T000000Z\r\n",
            b"UnrecognizedClientException",
        ),
        (
            "Authorization: AWS4-HMAC-SHA256 Credential=AKIAANN/20260101/us-east-1/glue/"
            f"aws4_request, SignedHeaders=host, Signature={'0' * 64}\r\n"
            "X-Amz-Date: 20260101T000000Z\r\n",
            b"InvalidSignatureException",
        ),
    ],
    ids=["unsigned", "unknown", "expired"],
)
@pytest.mark.parametrize("expect", ["", "Expect: 100-continue\r\n"])
def test_a_body_is_not_waited_for_where_its_head_is_refused(
    signed: GlueServer, authorization: str, code: bytes, expect: str
) -> None:
    head = f"{GLUE}{authorization}{expect}Content-Length: 1000000\r\n\r\n"
    answer = answered(signed.url, head.encode())
    assert answer.startswith(b"HTTP/1.1 400")
    assert code in answer


def test_a_body_is_asked_for_where_its_head_is_good(gluematch_server: GlueServer) -> None:
    with connected(gluematch_server.url) as raw:
        raw.sendall(f"{GLUE}Expect: 100-Continue\r\nContent-Length: 2\r\n\r\n".encode())
        assert raw.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        raw.sendall(b"{}")
        assert raw.recv(1000).startswith(b"HTTP/1.1 200")


def test_what_else_a_client_may_expect_is_refused(gluematch_server: GlueServer) -> None:
    answer = answered(
        gluematch_server.url, f"{GLUE}Expect: 200-ok\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    )
    assert answer.startswith(b"HTTP/1.1 417")


def test_a_path_that_begins_with_two_slashes_is_a_key(gluematch_server: GlueServer) -> None:
    s3 = gluematch_server.client("s3", account="210000000077")
    s3.create_bucket(Bucket="slashes")
    signed_by = UPLOAD.partition("Authorization")[2]
    for number, host in enumerate(("slashes.s3.localhost", "slashes.s3.amazonaws.com")):
        head = f"PUT //a//{number} HTTP/1.1\r\nHost: {host}\r\nAuthorization{signed_by}"
        answer = answered(gluematch_server.url, f"{head}Content-Length: 1\r\n\r\nx".encode())
        assert answer.startswith(b"HTTP/1.1 200")
    found = [one["Key"] for one in s3.list_objects_v2(Bucket="slashes")["Contents"]]
    assert found == ["/a//0", "/a//1"]
    assert s3.get_object(Bucket="slashes", Key="/a//1")["Body"].read() == b"x"


def test_a_query_of_too_many_parameters_is_refused(gluematch_server: GlueServer) -> None:
    query = "&".join(f"a{n}" for n in range(limits.MOST_PARAMETERS + 1))
    answer = answered(
        gluematch_server.url, f"GET /?{query} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    )
    assert b"more than 1000 parameters" in answer


@pytest.mark.parametrize("body", ['{"Name":"a","Name":"b"}', '{"a":{"b":1,"c":2,"b":1}}'])
def test_json_in_which_a_member_is_there_twice_is_refused(
    gluematch_server: GlueServer, body: str
) -> None:
    head = f"{GLUE.replace('GetDatabases', 'GetDatabase')}Content-Length: {len(body)}\r\n\r\n"
    answer = answered(gluematch_server.url, (head + body).encode())
    assert b"SerializationException" in answer
    assert b"is there twice" in answer


def test_health_answers_while_the_largest_json_is_read(tmp_path: Path) -> None:
    members = {f"{n:x}": "" for n in range(400_000)}
    body = json.dumps({"DatabaseName": "d", "TableInput": {"Name": "t", "Parameters": members}})
    assert len(body) < 8 * limits.MB
    head = f"{GLUE.replace('GetDatabases', 'CreateTable')}Content-Length: {len(body)}\r\n\r\n"
    with limited(tmp_path, 1024, 1024) as server, connected(server.url) as raw:
        quiet = healthy(server.url)
        raw.settimeout(0)
        sender = connected(server.url)
        sender.sendall((head + body).encode())
        sender.settimeout(0.01)
        took: list[float] = []
        answer = b""
        while not answer:
            took.append(healthy(server.url))
            try:
                answer = sender.recv(65536)
            except TimeoutError:
                continue
        sender.close()
        assert b"EntityNotFoundException" in answer
        assert sorted(took)[len(took) // 2] < 0.25 + 2 * quiet
        assert max(took) < 3
