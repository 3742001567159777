"""Crawls that would never end: another account's crawl ends meanwhile, and so do they.

An Avro schema whose record types name one another, a glob that backtracks, and a grok pattern that
unfolds to hundreds of megabytes.
"""

import json
import time
from random import Random
from typing import Any

from botocore.exceptions import ClientError

from soak.hostile.attack import Attack, Figures
from soak.hostile.crawls import last_error, seconds_until_ready, start_crawl
from soak.hostile.server import OTHER, Server

OTHER_SECONDS = 45.0
OWN_SECONDS = 60.0
STOP_SECONDS = 15.0
CLASSIFIER_SECONDS = 2.0
"""Processor seconds of the server for one classifier."""

_LEVELS = 11
_FIELDS = 10


def prepare(server: Server, _random: Random) -> None:
    """The objects of both accounts, and a crawl, so that what crawls load is loaded."""
    s3 = server.client("s3")
    s3.put_object(Bucket="kept", Key="avro/bomb.avro", Body=avro_header(schema()))
    s3.put_object(Bucket="kept", Key="glob/" + "a" * 900, Body=b"id,name\n1,Ann\n2,Bob\n")
    other = server.client("s3", OTHER)
    other.create_bucket(Bucket="others")
    other.put_object(Bucket="others", Key="people/p.csv", Body=b"id,name\n1,Ann\n2,Bob\n")
    glue = server.client("glue", OTHER)
    start_crawl(glue, "first", "s3://others/people/")
    seconds_until_ready(glue, "first", OTHER_SECONDS)


def run(server: Server, _random: Random) -> Figures:
    """Two of each kind, one after the other, in one account."""
    figures = Figures()
    glue, others = server.client("glue"), server.client("glue", OTHER)
    spent = server.processor_seconds()
    figures.call(glue.create_classifier, GrokClassifier=_unfolding())
    if (spent := server.processor_seconds() - spent) > CLASSIFIER_SECONDS:
        figures.faults.append(f"a classifier takes {spent:.1f} processor seconds of the server")
    for kind, path, exclusions in (
        ("avro", "s3://kept/avro/", ()),
        ("glob", "s3://kept/glob/", ("*a" * 20 + "b",)),
    ):
        names = _start(glue, kind, path, exclusions, figures)
        if not names:
            continue
        start_crawl(others, f"beside-{kind}", "s3://others/people/")
        if seconds_until_ready(others, f"beside-{kind}", OTHER_SECONDS) is None:
            figures.faults.append(
                f"another account's crawl does not end in {OTHER_SECONDS:.0f} s beside {kind}"
            )
        _end(glue, kind, names, figures)
    _range(glue, figures)
    return figures


def _start(
    glue: Any, kind: str, path: str, exclusions: tuple[str, ...], figures: Figures
) -> list[str]:
    """Two crawlers; none where the server refuses to make them."""
    names = [f"{kind}-{number}" for number in range(2)]
    try:
        for name in names:
            start_crawl(glue, name, path, exclusions)
    except ClientError as error:
        figures.count([error.response["ResponseMetadata"]["HTTPStatusCode"]])
        return []
    return names


def _end(glue: Any, kind: str, names: list[str], figures: Figures) -> None:
    """They end by themselves in time; else they are stopped."""
    end = time.monotonic() + OWN_SECONDS
    for name in names:
        if seconds_until_ready(glue, name, max(end - time.monotonic(), 1.0)) is None:
            figures.faults.append(f"a crawl ({kind}) does not end in {OWN_SECONDS:.0f} seconds")
            glue.stop_crawler(Name=name)
            if seconds_until_ready(glue, name, STOP_SECONDS) is None:
                figures.faults.append(f"a crawl ({kind}) cannot be stopped")


def _range(glue: Any, figures: Figures) -> None:
    """A range that ends before it begins is refused or taken literally."""
    try:
        start_crawl(glue, "range", "s3://kept/people/", ("[z-a]",))
    except ClientError as error:
        figures.count([error.response["ResponseMetadata"]["HTTPStatusCode"]])
        return
    seconds_until_ready(glue, "range", OWN_SECONDS)
    if "report" in (said := last_error(glue, "range")):
        figures.faults.append(f"the exclusion [z-a] ends in: {said}")


def _unfolding() -> dict[str, str]:
    """A classifier whose pattern unfolds to 228 million characters."""
    lines = ("A0 " + "x" * 100, "A1 " + "%{A0}" * 1900, "A2 " + "%{A1}" * 1200)
    return {
        "Name": "unfolding",
        "Classification": "unfolding",
        "GrokPattern": "%{A2}",
        "CustomPatterns": "\n".join(lines),
    }


def schema(level: int = 0) -> dict[str, Any]:
    """A record whose fields are all of the next level's type: few characters, endless columns."""
    inner: Any = "string" if level == _LEVELS else schema(level + 1)
    again = inner if isinstance(inner, str) else inner["name"]
    fields = [{"name": f"f{n}", "type": inner if n == 0 else again} for n in range(_FIELDS)]
    return {"type": "record", "name": f"R{level}", "fields": fields}


def avro_header(described: dict[str, Any]) -> bytes:
    """An Avro file without rows."""
    members = {"avro.schema": json.dumps(described), "avro.codec": "null"}
    body = b"".join(_text(name) + _text(value) for name, value in members.items())
    return b"Obj\x01" + _number(len(members)) + body + b"\x00" + bytes(16)


def _text(value: str) -> bytes:
    return _number(len(value.encode())) + value.encode()


def _number(value: int) -> bytes:
    """Avro's long: zigzag, then seven bits a byte."""
    rest, found = value << 1, bytearray()
    while rest > 0x7F:
        found.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*found, rest])


ATTACK = Attack(name="endless_crawls", run=run, prepare=prepare)
