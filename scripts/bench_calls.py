"""How many calls a second the server answers, and moto's own server beside it, in one run.

    scripts/bench --api

Ours keeps all it is told on the disk before it answers; moto's keeps it in memory. Prints calls a
second, milliseconds of the server's processor for each call, and milliseconds from asking to the
end of the answer (half of the calls are quicker, 99 % are quicker): of Glue calls and small S3
objects over 1, 16 and 64 connections, and of large objects over one. The two are asked in turns, so
that what else the machine does hits both. Ends 1 if a figure misses its aim: Glue calls twice as
many as moto's, S3 as many, 1 KB out of 100 MB in 5 ms.
"""

import argparse
import json
import os
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

from own_server import server

CONNECTIONS = (1, 16, 64)
KB, MB = 2**10, 2**20
LARGE = 100 * MB
COLUMNS = [{"Name": f"column_{n}", "Type": "string"} for n in range(20)]
LISTED = 10
ROUNDS = 3
SIGNED = "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/{}/aws4_request, Signature=0"
HEAD = (
    f"{'':18}{'lines':>5}{'ours':>9}{'moto':>9}{'times':>7} |{'ms cpu':>8}{'moto':>8}{'times':>7} |"
    f"{'50 %':>9}{'99 %':>9}{'moto':>9}{'moto':>9}"
)
_numbers = count()


@dataclass(frozen=True)
class Case:
    """Calls of one kind: what is sent each time, and how many times moto's rate is the aim."""

    name: str
    request: Callable[[], bytes]
    aim: float
    connections: tuple[int, ...] = CONNECTIONS


@dataclass(frozen=True)
class Server:
    """A server that is asked, and its process."""

    url: str
    pid: int

    def worked(self) -> float:
        """Milliseconds of a processor that its process has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Measured:
    """Calls a second, the milliseconds of each, and those of the server's processor for one."""

    rate: float
    took: list[float]
    worked: float

    @classmethod
    def joined(cls, rounds: "Sequence[Measured]") -> "Measured":
        """All rounds as one."""
        took = [ms for one in rounds for ms in one.took]
        seconds = sum(len(one.took) / one.rate for one in rounds)
        worked = sum(len(one.took) * one.worked for one in rounds)
        return cls(len(took) / seconds, took, worked / len(took))

    def quantile(self, percent: int) -> float:
        return statistics.quantiles(self.took, n=100)[percent - 1]


class Line:
    """A connection that asks and reads answers; opened anew where a server closes it."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        self._place = (str(place.hostname), place.port)
        self.socket: socket.socket | None = None
        self._said, self._left, self._closes = b"", -1, False

    def ask(self, request: bytes) -> None:
        """Send a request and read its answer. Raises RuntimeError unless it is a success."""
        self.send(request)
        while not self.heard():
            pass

    def send(self, request: bytes) -> None:
        """Send a request."""
        if self.socket is None:
            self.socket = socket.create_connection(self._place)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(request)
        self._said, self._left = b"", -1

    def heard(self) -> bool:
        """Receive once; whether the answer is whole. Raises RuntimeError."""
        assert self.socket is not None
        piece = self.socket.recv(MB)
        if not piece:
            raise RuntimeError(f"no answer but {self._said!r}")
        if self._left < 0:
            self._said += piece
            head, ends, body = self._said.partition(b"\r\n\r\n")
            if not ends:
                return False
            self._left, piece = self._length(head), body
        self._left -= len(piece)
        if self._left == 0 and self._closes:
            self.close()
        return self._left == 0

    def _length(self, head: bytes) -> int:
        status, *lines = head.lower().split(b"\r\n")
        if status.split()[1] not in {b"200", b"206"}:
            raise RuntimeError(head.decode(errors="replace"))
        headers = dict(line.split(b": ", 1) for line in lines)
        self._closes = status.startswith(b"http/1.0") or headers.get(b"connection") == b"close"
        return int(headers[b"content-length"])

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None


def http(method: str, path: str, service: str, body: bytes = b"", **more: str) -> bytes:
    """A request of an AWS client."""
    headers = {
        "Host": "localhost",
        "User-Agent": "Boto3/1.40 Botocore/1.40",
        "Authorization": SIGNED.format(service),
        "X-Amz-Date": "20260101T000000Z",
        "Content-Length": str(len(body)),
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


def glue(operation: str, **members: object) -> bytes:
    return http(
        "POST",
        "/",
        "glue",
        json.dumps(members).encode(),
        X_Amz_Target=f"AWSGlue.{operation}",
        Content_Type="application/x-amz-json-1.1",
    )


def create_database(name: str) -> bytes:
    return glue("CreateDatabase", DatabaseInput={"Name": name, "Description": "Made to be counted"})


def create_table(database: str, name: str) -> bytes:
    location = f"s3://bench-calls/{name}/"
    table = {"Name": name, "StorageDescriptor": {"Columns": COLUMNS, "Location": location}}
    return glue("CreateTable", DatabaseName=database, TableInput=table)


def put(key: str, size: int) -> bytes:
    return http("PUT", f"/bench-calls/{key}", "s3", b"x" * size)


def get(key: str, **more: str) -> bytes:
    return http("GET", f"/bench-calls/{key}", "s3", **more)


CASES = (
    Case("CreateDatabase", lambda: create_database(f"d{next(_numbers)}"), 2),
    Case("GetDatabase", lambda: glue("GetDatabase", Name="few"), 2),
    Case("CreateTable", lambda: create_table("made", f"t{next(_numbers)}"), 2),
    Case("GetTable", lambda: glue("GetTable", DatabaseName="few", Name="t0"), 2),
    Case(f"GetTables of {LISTED}", lambda: glue("GetTables", DatabaseName="few"), 2),
    Case("PutObject 1 KB", lambda: put(f"small/{next(_numbers)}", KB), 1),
    Case("GetObject 1 KB", lambda: get("one"), 1),
    Case("PutObject 100 MB", lambda: put("large", LARGE), 1, (1,)),
    Case("GetObject 100 MB", lambda: get("large"), 1, (1,)),
    Case("1 KB of 100 MB", lambda: get("large", Range="bytes=70000000-70001023"), 1, (1,)),
)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each kind (%(default)s)")
    parser.add_argument("--only", default="", help="kinds whose names begin so: CreateTable")
    options = parser.parse_args()
    missed = []
    with tempfile.TemporaryDirectory() as folder, server(folder) as (process, url), moto() as other:
        servers = Server(url, process.pid), other
        for one in servers:
            furnish(one.url)
        print(HEAD)
        for case in CASES:
            for connections in case.connections if case.name.startswith(options.only) else ():
                ours, theirs = beside(servers, case, connections, options.seconds)
                print(told(f"{case.name:18}{connections:5}", ours, theirs), flush=True)
                slow = case.name.startswith("1 KB") and ours.quantile(50) > 5
                if ours.rate / theirs.rate < case.aim or slow:
                    missed.append(f"{case.name}, {connections}")
    print(f"missed: {'; '.join(missed) or 'none'}")
    return int(bool(missed))


def told(what: str, ours: Measured, theirs: Measured) -> str:
    """A line of the table."""
    rates = f"{ours.rate:9.1f}{theirs.rate:9.1f}{ours.rate / theirs.rate:7.2f}"
    works = f"{ours.worked:8.2f}{theirs.worked:8.2f}{theirs.worked / ours.worked:7.2f}"
    took = "".join(f"{one.quantile(n):9.2f}" for one in (ours, theirs) for n in (50, 99))
    return f"{what}{rates} |{works} |{took}"


def beside(
    servers: Sequence[Server], case: Case, connections: int, seconds: float
) -> list[Measured]:
    """What each server does in so many seconds, in turns."""
    rounds = [
        [measure(one, case, connections, seconds / ROUNDS) for one in servers]
        for _ in range(ROUNDS)
    ]
    return [Measured.joined(of_one) for of_one in zip(*rounds, strict=True)]


def furnish(url: str) -> None:
    """What the calls read."""
    line = Line(url)
    for database in ("made", "few"):
        line.ask(glue("CreateDatabase", DatabaseInput={"Name": database}))
    for number in range(LISTED):
        line.ask(create_table("few", f"t{number}"))
    line.ask(http("PUT", "/bench-calls", "s3"))
    line.ask(put("one", KB))
    line.close()


def measure(server: Server, case: Case, connections: int, seconds: float) -> Measured:
    """The calls of so many connections, one after another on each, all from one thread."""
    took: list[float] = []
    lines = [Line(server.url) for _ in range(connections)]
    with selectors.DefaultSelector() as readable:

        def ask(line: Line) -> None:
            at = time.perf_counter()
            line.send(case.request())
            readable.register(line.socket, selectors.EVENT_READ, (line, at))

        worked, begun = server.worked(), time.perf_counter()
        for line in lines:
            ask(line)
        while readable.get_map():
            for key, _ in readable.select():
                line, at = key.data
                readable.unregister(key.fileobj)
                if not line.heard():
                    readable.register(key.fileobj, selectors.EVENT_READ, key.data)
                    continue
                now = time.perf_counter()
                took.append((now - at) * 1000)
                if now < begun + seconds or len(took) < 2:
                    ask(line)
    spent, worked = time.perf_counter() - begun, server.worked() - worked
    for line in lines:
        line.close()
    return Measured(len(took) / spent, took, worked / len(took))


@contextmanager
def moto() -> Iterator[Server]:
    """Moto's own server, as its users start it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield Server(_answering(f"http://127.0.0.1:{port}", process), process.pid)
        finally:
            process.terminate()


def _answering(url: str, process: "subprocess.Popen[bytes]") -> str:
    while process.poll() is None:
        try:
            with urlopen(f"{url}/moto-api/data.json"):  # our own
                return url
        except OSError:
            continue
    raise RuntimeError("moto's server did not start")


if __name__ == "__main__":
    sys.exit(main())
