"""The HTTP server by itself, with applications that are hard on it."""

import http.client
import socket
import threading
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from gluematch.server.http.server import BindError, HttpServer


def get(url, path, method="GET"):
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    connection.request(method, path)
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def test_requests_that_wait_for_requests_of_their_own_all_end():
    def application(environ, start_response):
        inner = environ["PATH_INFO"] == "/inner"
        body = b"inner" if inner else get(server.url, "/inner")[1]
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    with HttpServer("127.0.0.1", 0) as server:
        server.start(application)
        answers = []
        ask = lambda: answers.append(get(server.url, "/outer"))
        threads = [threading.Thread(target=ask) for _ in range(60)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == [(200, b"inner")] * 60


def test_the_path_reaches_the_application_decoded_and_as_it_was():
    seen = {}

    def application(environ, start_response):
        seen.update(environ)
        start_response("204 No Content", [])
        return []

    with HttpServer("127.0.0.1", 0) as server:
        server.start(application)
        get(server.url, "/b/a%2Fb%20%C3%BC?x=%2F")
    assert seen["PATH_INFO"].encode("latin-1").decode() == "/b/a/b ü"
    assert seen["RAW_URI"] == "/b/a%2Fb%20%C3%BC?x=%2F"
    assert seen["QUERY_STRING"] == "x=%2F"


def test_an_address_that_cannot_be_bound_is_told():
    with HttpServer("127.0.0.1", 0) as taken:
        port = urlsplit(taken.url).port
        with pytest.raises(BindError, match=f"cannot listen on 127.0.0.1:{port}: another program"):
            HttpServer("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "url"), [("0.0.0.0", "http://127.0.0.1:"), ("localhost", "http://localhost:")]
)
def test_the_url_is_one_that_this_machine_can_reach(host, url):
    with HttpServer(host, 0) as server:
        server.start(lambda _environ, start: start("204 No Content", []) and [])
        assert server.url.startswith(url)
        assert get(server.url, "/")[0] == 204


def test_connections_that_say_nothing_keep_nobody_waiting():
    with HttpServer("127.0.0.1", 0) as server, ExitStack() as stack:
        server.start(lambda _environ, start: start("204 No Content", []) and [])
        place = urlsplit(server.url)
        for _ in range(300):  # more than there may be threads
            stack.enter_context(socket.create_connection((place.hostname, place.port)))
        assert get(server.url, "/")[0] == 204


def test_requests_that_come_before_the_last_was_answered_are_all_answered_in_turn():
    def application(environ, start_response):
        body = environ["wsgi.input"].read() + environ["PATH_INFO"].encode()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    with HttpServer("127.0.0.1", 0) as server:
        server.start(application)
        place = urlsplit(server.url)
        with socket.create_connection((place.hostname, place.port), timeout=30) as raw:
            asked = [
                f"PUT /{n} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab" for n in range(3)
            ]
            raw.sendall("".join(asked).encode())
            raw.sendall(b"GET /end HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            said = b"".join(iter(lambda: raw.recv(4096), b""))
    bodies = [part.partition(b"\r\n\r\n")[2] for part in said.split(b"HTTP/1.1 200 OK\r\n")[1:]]
    assert bodies == [b"ab/0", b"ab/1", b"ab/2", b"/end"]


def test_large_answers_arrive_whole_however_they_are_cut():
    pieces = [b"a", b"b" * 2**20, b"", b"c" * 3]

    def application(environ, start_response):
        length = [("Content-Length", str(sum(map(len, pieces))))]
        start_response("200 OK", length if environ["PATH_INFO"] == "/known" else [])
        return pieces

    with HttpServer("127.0.0.1", 0) as server:
        server.start(application)
        assert get(server.url, "/known") == get(server.url, "/chunked") == (200, b"".join(pieces))


def test_a_server_that_never_served_ends_too():
    HttpServer("127.0.0.1", 0).stop()
