"""Requests that no client library makes, on raw sockets: none is taken for two, none takes the
server along, none leads out of where it should stay."""

import re
import socket
import threading
import time
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from gluematch.server.http import limits
from gluematch.server.http.server import HttpServer

OWNER = "AWS4-HMAC-SHA256 Credential=210000000077/20260101/us-east-1/s3/aws4_request"
GLUE = "Host: localhost\r\nX-Amz-Target: AWSGlue.GetDatabases\r\n"


def connected(url):
    place = urlsplit(url)
    return socket.create_connection((place.hostname, place.port), timeout=30)


def told(url, *parts, shut=True):
    """Everything that the server answers to bytes until it closes the connection."""
    with connected(url) as raw:
        for part in parts:
            raw.sendall(part if isinstance(part, bytes) else part.encode("latin-1"))
        if shut:
            raw.shutdown(socket.SHUT_WR)
        found = b""
        try:
            while piece := raw.recv(65536):
                found += piece
        except ConnectionResetError:
            assert found
        return found


def statuses(answer):
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3})", answer)]


SMUGGLED = "GET /_gluematch/health HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize(
    "headers",
    [
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n",
        "Content-Length: 2\r\nContent-Length: 60\r\n",
        "Content-Length: 2\r\nContent-Length: 2\r\n",
        "content-length: 2\r\nContent-Length: 60\r\n",
        "Content-Length: 2, 60\r\n",
        "Content-Length: +2\r\n",
        "Content-Length: 0x2\r\n",
        "Content-Length: 1_0\r\n",
        "Content-Length : 2\r\n",
        " Content-Length: 2\r\n",
        "Content-Length: 2\r\n 60\r\n",
        "Content-Length: 99999999999999999999\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: \x0bchunked\r\n",
        "Transfer-Encoding\x00: chunked\r\n",
        "Transfer-Encoding\r\n",
        ": nothing\r\n",
        "X-Y: a\x00b\r\n",
        "X-Y: a\rTransfer-Encoding: chunked\r\n",
        "X-Y: a\nTransfer-Encoding: chunked\r\n",
        "Host: elsewhere\r\n",
    ],
)
def test_a_request_of_two_meanings_is_refused_and_nothing_after_it_is_read(
    gluematch_server, headers
):
    answer = told(gluematch_server.url, f"POST / HTTP/1.1\r\n{GLUE}{headers}\r\n{{}}{SMUGGLED}")
    assert statuses(answer) == [400]


def test_a_coding_that_http_1_0_does_not_know_is_refused(gluematch_server):
    head = f"POST / HTTP/1.0\r\n{GLUE}Transfer-Encoding: chunked\r\nConnection: Keep-Alive\r\n\r\n"
    assert statuses(told(gluematch_server.url, f"{head}2\r\n{{}}\r\n0\r\n\r\n{SMUGGLED}")) == [400]


@pytest.mark.parametrize(
    "body",
    [
        "zz\r\n{}\r\n0\r\n\r\n",
        "-1\r\n{}\r\n0\r\n\r\n",
        "+2\r\n{}\r\n0\r\n\r\n",
        "0x2\r\n{}\r\n0\r\n\r\n",
        "2_0\r\n{}\r\n0\r\n\r\n",
        "2\n{}\r\n0\r\n\r\n",
        "2\r\n{}0\r\n\r\n",
        "2\r\n{}XX0\r\n\r\n",
        "2;a\x00b\r\n{}\r\n0\r\n\r\n",
        "2;" + "x" * 5000 + "\r\n{}\r\n0\r\n\r\n",
        "fffffffffffffffff\r\n{}\r\n0\r\n\r\n",
        "fffffffffffffff\r\n{}\r\n0\r\n\r\n",
        "2\r\n{}\r\n",
        "5\r\n{}",
        "2\r\n{}\r\n0\r\nTrailer: x\n\r\n",
        "2\r\n{}\r\n0\r\n" + "T: x\r\n" * 20_000 + "\r\n",
        "",
    ],
)
def test_a_broken_chunk_ends_the_connection(gluematch_server, body):
    head = f"POST / HTTP/1.1\r\n{GLUE}Transfer-Encoding: chunked\r\n\r\n"
    answer = told(gluematch_server.url, head, body, SMUGGLED if body else "")
    assert statuses(answer) in ([400], [413])
    assert b"SerializationException" in answer or b"TooLarge" in answer


def test_a_whole_chunked_body_is_one_and_the_next_request_is_read(gluematch_server):
    head = f"POST / HTTP/1.1\r\n{GLUE}Transfer-Encoding: chunked\r\n\r\n"
    body = "1;name=x\r\n{\r\n1\r\n}\r\n0\r\nTrailer: x\r\n\r\n"
    assert statuses(told(gluematch_server.url, f"{head}{body}{SMUGGLED}")) == [200, 200]


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        ("GET //[ HTTP/1.1", 400),
        ("GET /\xff HTTP/1.1", 200),
        ("GET /a b HTTP/1.1", 400),
        ("get / HTTP/1.1", 400),
        ("GET / HTTP/2.0", 505),
        ("GET / HTTP/x.y", 400),
        ("GET /", 400),
        ("\x16\x03\x01\x02\x00", 400),
        ("GET http://elsewhere/ HTTP/1.1", 400),
        ("CONNECT localhost:22 HTTP/1.1", 405),
        ("GET /" + "a" * limits.LARGEST_HEAD + " HTTP/1.1", 414),
    ],
)
def test_a_request_line_is_answered_whatever_it_says(gluematch_server, request_line, status):
    answer = told(gluematch_server.url, f"{request_line}\r\nHost: localhost\r\n\r\n")
    found = statuses(answer)
    assert found[0] < 500 or found == [505]
    assert status in (found[0], 200)


def test_headers_larger_than_they_may_be_are_refused(gluematch_server):
    many = "".join(f"X-{number}: {'v' * 100}\r\n" for number in range(1000))
    assert statuses(told(gluematch_server.url, f"POST / HTTP/1.1\r\n{GLUE}{many}\r\n")) == [413]
    long = f"X-Long: {'v' * limits.LARGEST_HEAD}\r\n"
    assert statuses(told(gluematch_server.url, f"POST / HTTP/1.1\r\n{GLUE}{long}\r\n")) == [413]


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (f"POST / HTTP/1.1\r\n{GLUE}", b"RequestEntityTooLargeException"),
        (
            f"PUT /b/k HTTP/1.1\r\nHost: localhost\r\nAuthorization: {OWNER}\r\n",
            b"<Code>EntityTooLarge</Code>",
        ),
    ],
)
def test_a_body_larger_than_it_may_be_is_refused_before_it_is_sent(gluematch_server, head, code):
    answer = told(gluematch_server.url, f"{head}Content-Length: {10**11}\r\n\r\n", shut=False)
    assert code in answer
    chunked = f"{head}Transfer-Encoding: chunked\r\n\r\n{10**11:x}\r\n"
    assert code in told(gluematch_server.url, chunked, shut=False)


@pytest.mark.parametrize(
    "path",
    [
        "/../../../../etc/passwd",
        "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2f..%2fetc%2fpasswd",
        "/..%5c..%5cetc%5cpasswd",
        "/%00/etc/passwd",
        "/bucket/../../../etc/passwd",
        "/bucket/%2e%2e%2f%2e%2e%2fetc/passwd",
        "/_gluematch/../etc/passwd",
        "/_gluematch/%2e%2e/%2e%2e/etc/passwd",
        "/_gluematch/transforms/..%2f..%2fetc%2fpasswd/metrics",
        "/_gluematch/transforms/%00/metrics",
        "/moto-api/../etc/passwd",
        "/static/../../etc/passwd",
        "/\xc0\xae\xc0\xae/etc/passwd",
    ],
)
def test_no_path_leads_out(gluematch_server, path):
    for method in ("GET", "HEAD", "PUT", "DELETE", "POST"):
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {OWNER}\r\n"
        answer = told(gluematch_server.url, f"{head}Content-Length: 0\r\n\r\n")
        assert statuses(answer)[0] < 500, answer[:300]
        assert b"root:" not in answer


def test_an_object_whose_key_climbs_stays_where_objects_are(gluematch_server):
    s3 = gluematch_server.client("s3", account="210000000077")
    s3.create_bucket(Bucket="climbing")
    key = "../../../../../../tmp/gluematch-climbed"
    head = f"Host: localhost\r\nAuthorization: {OWNER}\r\nContent-Length: 1\r\n\r\nx"
    answer = told(gluematch_server.url, f"PUT /climbing/{key} HTTP/1.1\r\n{head}")
    assert statuses(answer) == [200]
    assert s3.get_object(Bucket="climbing", Key=key)["Body"].read() == b"x"


def application(environ, start_response):
    environ["wsgi.input"].read()
    start_response("204 No Content", [])
    return []


@pytest.mark.parametrize(
    "beginning",
    ["", "GET / HT", "GET / HTTP/1.1\r\nHo", "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nab"],
)
def test_a_client_that_dawdles_is_cut_off(monkeypatch, beginning):
    monkeypatch.setattr(limits, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.3)
    with HttpServer("127.0.0.1", 0) as server:
        server.start(application)
        with closing(connected(server.url)) as raw:
            raw.sendall(beginning.encode() or b"G")
            assert raw.recv(1000).startswith(b"HTTP/1.1 408")
            assert raw.recv(1000) == b""


def test_a_client_that_sends_a_byte_now_and_then_is_cut_off_all_the_same(monkeypatch):
    monkeypatch.setattr(limits, "HEAD_SECONDS", 0.5)
    with HttpServer("127.0.0.1", 0) as server:
        server.start(application)
        with closing(connected(server.url)) as raw:
            raw.settimeout(0.02)
            began, found = time.monotonic(), b""
            while not found and time.monotonic() < began + 20:
                try:
                    raw.sendall(b"G")
                    found = raw.recv(1000)
                except TimeoutError:
                    pass
            assert found.startswith(b"HTTP/1.1 408")


def test_a_client_that_takes_no_answer_is_cut_off(monkeypatch):
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.3)
    ended = threading.Event()

    class Endless:
        def __iter__(self):
            while True:
                yield bytes(2**20)

        def close(self):
            ended.set()

    def pours(_environ, start_response):
        start_response("200 OK", [])
        return Endless()

    with HttpServer("127.0.0.1", 0) as server:
        server.start(pours)
        with closing(connected(server.url)) as raw:
            raw.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert ended.wait(30)


def test_an_answer_that_takes_its_time_is_not_the_clients_fault(monkeypatch):
    monkeypatch.setattr(limits, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.2)
    pause = threading.Event()

    def thinks(_environ, start_response):
        pause.wait(0.5)
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]

    with HttpServer("127.0.0.1", 0) as server:
        server.start(thinks)
        head = f"GET / HTTP/1.1\r\n{GLUE}Connection: close\r\n\r\n"
        assert told(server.url, head, shut=False).endswith(b"ok")
