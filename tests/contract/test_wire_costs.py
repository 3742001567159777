"""The processor time of a request that nobody has signed: it grows with its size, and no faster."""

import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from gluematch.server import gate
from gluematch.server.browsers import Names
from gluematch.server.http.server import HttpServer
from gluematch.server.keys import Key
from gluematch.server.protocol import documents, sigv4
from gluematch.server.protocol.dialects import Refusal
from gluematch.server.protocol.sigv4 import Signed
from gluematch.server.signatures import Signatures

AT = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
SCOPE = f"{AT[:8]}/us-east-1/glue/aws4_request"
SMALL, LARGE = 14_000, 56_000
ROUNDS = 10

TIMES = LARGE / SMALL
SLACK = 2.5
"""How many times dearer than in proportion a large request may be: a fault that is quadratic makes
it TIMES times dearer."""


def authorization(credential: str = f"AKIAANN/{SCOPE}", names: str = "host") -> str:
    return (
        f"Authorization: AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, "
        f"Signature={'0' * 64}\r\nX-Amz-Date: {AT}\r\n"
    )


def request(target: str = "/", headers: str = "", body: str = "") -> str:
    length = "" if "Transfer-Encoding" in headers else f"Content-Length: {len(body)}\r\n"
    host = "" if "Host:" in headers else "Host: localhost\r\n"
    return f"POST {target} HTTP/1.1\r\n{host}{headers}{length}\r\n{body}"


def repeated(text: str, size: int) -> str:
    """`text`, its # replaced by numbers, until it is so long."""
    pieces, length, number = [], 0, 0
    while length < size:
        pieces.append(text.replace("#", f"{number:05}"))
        length += len(pieces[-1])
        number += 1
    return "".join(pieces)


SHAPES: dict[str, Callable[[int], str]] = {
    "parameters of a signature": lambda n: request(
        f"/b/k?X-Amz-Algorithm=x&a&a{repeated('&X-Amz-#', n)}"
    ),
    "few long parameters": lambda n: request(f"/?X-Amz-Algorithm={'%41' * (n // 3)}"),
    "credentials in the query": lambda n: request(
        f"/?{repeated('&X-Amz-Credential=/s3/aws4_reques', n)}"
    ),
    "ampersands": lambda n: request(f"/?{'&' * n}"),
    "slashes": lambda n: request("/" * n, authorization()),
    "dots": lambda n: request("/a/.." * (n // 5), authorization()),
    "escapes": lambda n: request("/%2f" * (n // 4), authorization()),
    "headers": lambda n: request(headers=repeated("X-Amz-#: a\r\n", n) + authorization()),
    "one header, repeated": lambda n: request(headers=repeated("Via: a\r\n", n)),
    "spaces in a header": lambda n: request(
        headers=f"X-A: {'a ' * (n // 2)}\r\n{authorization(names='host;x-a;x-amz-date')}"
    ),
    "names of signed headers": lambda n: request(
        headers=repeated("X-Amz-#: a\r\n", 5000) + authorization(names=repeated("h#;", n) + "host")
    ),
    "slashes in a credential": lambda n: request(headers=authorization("/" * n)),
    "commas in the authorization": lambda n: request(
        headers=f"Authorization: AWS4-HMAC-SHA256 {'Credential=a,' * (n // 13)}\r\n"
    ),
    "a long host": lambda n: request(headers=f"Host: {'.s3' * (n // 3)}\r\n"),
    "a long origin": lambda n: request(headers=f"Origin: http://{'a.' * (n // 2)}\r\n"),
    "a long target": lambda n: request(headers=f"X-Amz-Target: AWSGlue.{'a.' * (n // 2)}\r\n"),
    "a long type": lambda n: request(headers=f"Content-Type: {'a;' * (n // 2)}\r\n"),
    "an unsigned body": lambda n: request(
        headers="X-Amz-Target: AWSGlue.GetTable\r\n", body="[" * n
    ),
    "small chunks": lambda n: request(
        headers="Transfer-Encoding: chunked\r\n", body="1\r\na\r\n" * (n // 6) + "0\r\n\r\n"
    ),
    "trailers": lambda n: request(
        headers="Transfer-Encoding: chunked\r\n",
        body=f"0\r\n{repeated('T#: a' + chr(13) + chr(10), n)}\r\n",
    ),
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server behind all that judges a request before it is let in."""

    def application(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("204 No Content", [])
        return []

    key = Key("s", "210000000077")
    signatures = Signatures(lambda name: key if name == "AKIAANN" else None)
    checks = Names("127.0.0.1").check, signatures.check, documents.check_counts
    with HttpServer("127.0.0.1", 0) as server:
        server.start(gate.guarded(application, *checks), gate.together(*checks[:1]))
        yield server.url


def spent(url: str, text: str) -> float:
    """The least processor time of this process for a request, of some rounds."""
    place = urlsplit(url)
    took = []
    for _ in range(ROUNDS):
        with socket.create_connection((str(place.hostname), place.port), timeout=60) as raw:
            began = time.process_time()
            raw.sendall(text.encode())
            raw.shutdown(socket.SHUT_WR)
            while raw.recv(65536):
                pass
            took.append(time.process_time() - began)
    return min(took)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_request_four_times_as_long_costs_about_four_times_as_much(url: str, shape: str) -> None:
    small, large = (spent(url, SHAPES[shape](size)) for size in (SMALL, LARGE))
    assert large < SLACK * TIMES * small + 0.005
    assert large < 0.25


def test_who_repeats_parameters_of_a_signature_costs_no_more_than_others() -> None:
    def judged(count: int) -> float:
        query = "X-Amz-Algorithm=x&a&a" + repeated("&X-Amz-#", 12 * count)
        began = time.process_time()
        with pytest.raises(Refusal):
            sigv4.claim(Signed("GET", "/", query, {}))
        return time.process_time() - began

    assert min(judged(8000) for _ in range(3)) < SLACK * 4 * min(judged(2000) for _ in range(3))
