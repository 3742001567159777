"""Hypothesis asks a server for everything that it does, well, nearly well, and by noise: no answer
may be a 5xx or fail to come, its memory may not grow, and its catalog has to fit together."""

import argparse
import http.client
import re
import socket
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote, urlsplit

import boto3
from botocore.exceptions import ClientError
from hostile_bodies import bodies
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from own_server import memory, server
from soaked import Clients, Lost, furnish

import gluematch.handlers.all  # noqa: F401  # the handlers register themselves
from gluematch.handlers.registry import OPERATIONS, ROUTES
from gluematch.server.protocol import own, spec

QUERIES = st.sampled_from(
    (
        "",
        "?ids=1",
        "?ids=1,2",
        "?OutputS3Path=s3://plain/script.py",
        "?ids=%00&x=%ff",
        "?" + "a=b&" * 99,
    )
)
IDS = """SELECT transform_id FROM (SELECT transform_id FROM transforms LIMIT 3)
    UNION SELECT task_run_id FROM (SELECT task_run_id FROM task_runs LIMIT 3)
    UNION SELECT run_id FROM (SELECT run_id FROM job_runs LIMIT 3)"""
PATIENCE = 120.0
AT_EASE: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "max_examples": 20,
    "suppress_health_check": list(HealthCheck),
}
HEADS = (
    b"POST / HTTP/1.1",
    b"Host: localhost",
    b"Content-Length: 5",
    b"Transfer-Encoding: chunked",
    b"X-Amz-Target: AWSGlue.GetDatabases",
    b"",
    b"5",
)
MOST_GROWTH = 1.2
WARM_UP = 0.25
ACCOUNT = "123456789012"
SIGNED = f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/us-east-1/glue/aws4_request"

ORPHANS: Mapping[str, str] = {
    "tables without a database": """
        SELECT count(*) FROM tables t WHERE NOT EXISTS (SELECT 1 FROM databases d
        WHERE (d.account, d.region, d.name) = (t.account, t.region, t.database))""",
    "partitions without a table": """
        SELECT count(*) FROM partitions p WHERE NOT EXISTS (SELECT 1 FROM tables t WHERE
        (t.account, t.region, t.database, t.name) =
        (p.account, p.region, p.database, p."table"))""",
    "functions without a database": """
        SELECT count(*) FROM functions f WHERE NOT EXISTS (SELECT 1 FROM databases d
        WHERE (d.account, d.region, d.name) = (f.account, f.region, f.database))""",
    "crawls without a crawler": """
        SELECT count(*) FROM crawls c WHERE NOT EXISTS (SELECT 1 FROM crawlers w
        WHERE (w.account, w.region, w.name) = (c.account, c.region, c.crawler))""",
    "schedules without a crawler": """
        SELECT count(*) FROM schedules s WHERE kind = 'CRAWLER' AND NOT EXISTS (SELECT 1 FROM
        crawlers w WHERE (w.account, w.region, w.name) = (s.account, s.region, s.name))""",
    "crawlers at rest with a crawl, or at work without one": """
        SELECT count(*) FROM crawlers w WHERE (w.state <> 'READY') <> EXISTS (SELECT 1 FROM crawls c
        WHERE c.state = 'RUNNING' AND
        (c.account, c.region, c.crawler) = (w.account, w.region, w.name))""",
    "runs without a transform": """
        SELECT count(*) FROM task_runs r WHERE NOT EXISTS (SELECT 1 FROM transforms t WHERE
        (t.account, t.region, t.transform_id) = (r.account, r.region, r.transform_id))""",
    "transforms whose labels are miscounted": """
        SELECT count(*) FROM transforms t WHERE label_count <> (SELECT count(*) FROM labels l WHERE
        (l.account, l.region, l.transform_id) = (t.account, t.region, t.transform_id))""",
    "runs of jobs without a job": """
        SELECT count(*) FROM job_runs r WHERE NOT EXISTS (SELECT 1 FROM jobs j WHERE
        (j.account, j.region, j.name) = (r.account, r.region, r.job_name))""",
}
"""What the catalog must have none of."""

OPEN = """SELECT (SELECT count(*) FROM task_runs
    WHERE status IN ('STARTING', 'RUNNING', 'STOPPING'))
    + (SELECT count(*) FROM crawls WHERE state = 'RUNNING') + (SELECT count(*) FROM job_runs
    WHERE status IN ('WAITING', 'STARTING', 'RUNNING', 'STOPPING'))"""


@dataclass(frozen=True)
class Asks:
    """How an operation is asked for: the method, its paths and its bodies."""

    method: str
    paths: st.SearchStrategy[str]
    bodies: st.SearchStrategy[bytes]


@dataclass
class Asked:
    """What was asked and answered: how often by status, and all that may not be."""

    answers: Counter[int] = field(default_factory=Counter)
    successes: Counter[str] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)

    def note(self, operation: str, status: int, answer: bytes, body: bytes) -> None:
        """Remember an answer. 505 is what HTTP has for versions that nobody speaks."""
        self.answers[status] += 1
        self.successes[operation] += status == 200
        if status >= 500 and status != 505:
            what = f"{body[:400]!r} -> {answer[:300]!r}"
            self.faults.setdefault(f"{operation} {status}", what)


class Peer:
    """The server at an address; Lost is raised where no answer comes."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        self._address = place.hostname or "", place.port or 0
        self._connection = http.client.HTTPConnection(*self._address, timeout=PATIENCE)

    def answer(self, method: str, path: str, body: bytes, target: str) -> tuple[int, bytes]:
        """Status and body of the answer to a request."""
        headers = {"Authorization": SIGNED}
        if path == "/":
            headers["X-Amz-Target"] = target
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Lost(f"no answer to {target} {path}: {body[:400]!r}: {error!r}") from error

    def raw_answer(self, sent: bytes) -> tuple[int, bytes]:
        """The same for bytes on a connection of their own, which may be closed without a word."""
        with socket.create_connection(self._address, timeout=PATIENCE) as raw:
            try:
                raw.sendall(sent)
                raw.shutdown(socket.SHUT_WR)
                found = raw.recv(1000)
            except ConnectionError:
                return 0, b""
            except TimeoutError as error:
                raise Lost(f"no answer to {sent!r}") from error
        return (int(found[9:12]) if found.startswith(b"HTTP/1.1 ") else 0), found


def main(words: Sequence[str] | None = None) -> int:
    """0 if the server stood it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(words)
    print(f"seed {given.seed}, {given.seconds:.0f} seconds", flush=True)
    try:
        hostile(given.seconds, given.seed)
    except Lost as error:
        print(f"FAULTS:\n{error}")
        return 1
    return 0


def hostile(seconds: float, number: int) -> None:
    """Ask for so many seconds. Raises Lost for what may not be."""
    asked = Asked()
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder) / "data"
        with server(str(data_dir), GLUEMATCH_STRICT="true") as (process, url):
            clients = Clients(_client("s3", url), _client("glue", url))
            furnish(clients)
            peer = Peer(url)
            began, before = time.monotonic(), 0.0
            while (spent := time.monotonic() - began) < seconds:
                if not before and spent > WARM_UP * seconds:
                    before = memory(process.pid)
                furnish_again(clients)
                asks = operations(known(data_dir))
                ask_all(peer, asks, asked, number)
                number += 1
            after = memory(process.pid)
            look_at_crawlers(clients)
            wait_until_idle(data_dir)
        told = ", ".join(f"{count} of {status}" for status, count in sorted(asked.answers.items()))
        print(f"{asked.answers.total()} requests, answered by {told}")
        never = [name for name in asks if not asked.successes[name]]
        print(f"{len(asks)} operations, {len(never)} of which never succeeded: {never}")
        print(f"memory {before:.0f} MB, then {after:.0f} MB")
        faults = [f"{name}: {what}" for name, what in asked.faults.items()]
        faults += broken(data_dir)
        if 0 < MOST_GROWTH * before < after:
            faults.append(f"memory grew from {before:.0f} to {after:.0f} MB")
    if faults:
        raise Lost("\n".join(faults))


def furnish_again(clients: Clients) -> None:
    """Put a database, its table and a transform where others have been deleted meanwhile."""
    glue = clients.glue
    found = glue.get_ml_transforms(Filter={"Name": "people"})["Transforms"]
    doomed = [partial(glue.delete_ml_transform, TransformId=one["TransformId"]) for one in found]
    for step in (*doomed, partial(glue.delete_database, Name="people"), partial(furnish, clients)):
        with suppress(ClientError):
            step()


def operations(ids: tuple[str, ...]) -> dict[str, Asks]:
    """How to ask for each operation of ours, by name; `ids` are some that the server knows."""
    found = {}
    for name in sorted(spec.names()):
        operation = spec.operation(name)
        if operation.handler in OPERATIONS:
            found[name] = Asks("POST", st.just("/"), bodies(operation.input, ids))
    texts = st.sampled_from(ids or ("none",)) | st.text(max_size=8)
    for name in sorted(ROUTES):
        method, _, path = name.partition(" ")
        template = own.ROOT + re.sub(r"\{.*?\}", "{}", path)
        filled = st.builds(_filled, st.just(template), texts, texts, QUERIES)
        shape = spec.route(method, path).operation.input if method == "POST" else None
        found[name] = Asks(method, filled, bodies(shape, ids))
    return found


def _filled(template: str, first: str, second: str, query: str) -> str:
    return template.format(quote(first, ""), quote(second, "")) + query


def ask_all(peer: Peer, asks: dict[str, Asks], asked: Asked, number: int) -> None:
    """One run of Hypothesis for each operation, in some order, and one for noise."""
    for name in Random(number).sample(sorted(asks), len(asks)):
        ask(peer, name, asks[name], asked, number)
    send(peer, asked, number)


def ask(peer: Peer, name: str, asks: Asks, asked: Asked, number: int) -> None:
    """So many requests of one operation."""

    @seed(number)
    @settings(**AT_EASE)
    @given(asks.paths, asks.bodies)
    def once(path: str, body: bytes) -> None:
        answer = peer.answer(asks.method, path, body, spec.TARGET + name)
        asked.note(name, *answer, body)

    once()


def send(peer: Peer, asked: Asked, number: int) -> None:
    """Bytes that are hardly HTTP."""

    @seed(number)
    @settings(**AT_EASE)
    @given(st.lists(st.sampled_from(HEADS) | st.binary(max_size=30), max_size=8))
    def once(lines: list[bytes]) -> None:
        sent = b"\r\n".join([*lines, b"", b""])
        asked.note("noise", *peer.raw_answer(sent), sent)

    once()


def known(data_dir: Path) -> tuple[str, ...]:
    """Some ids of transforms and runs."""
    with catalog(data_dir) as connection:
        return tuple(name for (name,) in connection.execute(IDS))


def look_at_crawlers(clients: Clients) -> None:
    """See each crawler: the crawl of one without targets goes on until somebody does."""
    for page in clients.glue.get_paginator("get_crawlers").paginate():
        assert "Crawlers" in page


def wait_until_idle(data_dir: Path) -> None:
    """Raises Lost if a run does not end."""
    end = time.monotonic() + PATIENCE
    with catalog(data_dir) as connection:
        while (number := connection.execute(OPEN).fetchone()[0]) and time.monotonic() < end:
            time.sleep(0.5)
    if number:
        raise Lost(f"{number} runs do not end")


def broken(data_dir: Path) -> Iterator[str]:
    """What does not fit together in the catalog."""
    with catalog(data_dir) as connection:
        (whole,) = connection.execute("PRAGMA integrity_check").fetchone()
        if whole != "ok":
            yield f"SQLite: {whole}"
        for name, query in ORPHANS.items():
            if number := connection.execute(query).fetchone()[0]:
                yield f"{number} {name}"


@contextmanager
def catalog(data_dir: Path) -> Iterator[sqlite3.Connection]:
    """The catalog's file, beside the server."""
    with closing(sqlite3.connect(data_dir / "catalog.sqlite", timeout=30)) as connection:
        yield connection


def _client(service: str, url: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="soak",
    )


if __name__ == "__main__":
    sys.exit(main())
