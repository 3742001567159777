"""What a request asks of a neighbouring service, as its own documentation calls it.

Names of buckets, keys and queues are no part of that. Services and the operations of S3 are of a
known set; those of other services are the client's word.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from botocore.loaders import Loader
from botocore.model import ServiceModel

from gluematch.server.protocol import destination

from .served import REVIEWED, backend_of

_WORD = re.compile(r"[A-Za-z0-9]{1,64}")
_ACTION = re.compile(rb"(?:^|&)Action=([A-Za-z0-9]{1,64})(?:&|$)")
_BUCKET_IN_HOST = re.compile(r".+\.s3[.-]|(?!s3[.-])[^.:]+\.(?!localhost)[^.]*[a-z]")
_BEGINNING = 4096
_READING = ("GET", "HEAD", "Get", "Head", "List", "Describe", "BatchGet", "Query", "Scan", "Filter")
UNKNOWN = "-"


@dataclass(frozen=True, slots=True)
class Way:
    """A way to call an operation: what its query and its headers must have."""

    operation: str
    query: frozenset[tuple[str, str | None]]
    headers: frozenset[str]

    def fits(self, given: Mapping[str, str], environ: Mapping[str, Any]) -> bool:
        return all(name in environ for name in self.headers) and all(
            name in given and value in (None, given[name]) for name, value in self.query
        )


def asked(environ: Mapping[str, Any]) -> tuple[str, str]:
    """The service and the operation, `-` where nothing names it."""
    service = destination.of(environ).service
    if service == "s3":
        return "s3", _of_s3(environ)
    return service if backend_of(service) else UNKNOWN, _named(environ)


def only_reads(operation: str) -> bool:
    """Whether an operation leaves everything as it was, as far as its name tells."""
    return operation.startswith(_READING)


def is_unknown(environ: Mapping[str, Any]) -> bool:
    """Whether a reviewed service has no operation of the name that a target or a form says."""
    asked = destination.of(environ)
    named = asked.dialect == "form" or (asked.dialect == "json" and "HTTP_X_AMZ_TARGET" in environ)
    if not named or asked.service not in REVIEWED:
        return False
    return _named(environ) not in _operations(asked.service)


@cache
def _operations(service: str) -> frozenset[str]:
    names = (service, "dynamodbstreams") if service == "dynamodb" else (service,)
    models = [Loader().load_service_model(name, "service-2") for name in names]
    return frozenset(operation for model in models for operation in model["operations"])


def names_nothing(environ: Mapping[str, Any]) -> bool:
    """Whether S3 has no such operation: moto would stumble over a plain POST."""
    asked = destination.of(environ)
    signed = asked.signer.service is not None
    if environ["REQUEST_METHOD"] != "POST" or not signed or asked.service != "s3":
        return False
    return _depth(environ) > 0 and _of_s3(environ) == UNKNOWN


def _named(environ: Mapping[str, Any]) -> str:
    """What the target header or a form's `Action` names; else the HTTP method."""
    dialect, target = destination.of(environ).dialect, environ.get("HTTP_X_AMZ_TARGET")
    if target and dialect == "json":
        name = target.rpartition(".")[2]
        return name if _WORD.fullmatch(name) else UNKNOWN
    if dialect == "form":
        body = environ["wsgi.input"]
        body.seek(0)
        query = environ.get("QUERY_STRING", "").encode("latin-1", "replace")
        found = _ACTION.search(body.read(_BEGINNING)) or _ACTION.search(query)
        body.seek(0)
        return found[1].decode() if found else UNKNOWN
    return str(environ["REQUEST_METHOD"])


def way_of_s3(environ: Mapping[str, Any], depth: int) -> Way | None:
    """How a request calls an operation of S3 on the service (0), a bucket (1) or an object (2)."""
    query = environ.get("QUERY_STRING", "")
    given = dict(parse_qsl(query, keep_blank_values=True)) if query else {}
    ways = ways_of_s3().get((environ["REQUEST_METHOD"], depth), ())
    return next((way for way in ways if way.fits(given, environ)), None)


def _of_s3(environ: Mapping[str, Any]) -> str:
    way = way_of_s3(environ, _depth(environ))
    return UNKNOWN if way is None else way.operation


def _depth(environ: Mapping[str, Any]) -> int:
    """0 for the service, 1 for a bucket, 2 for an object."""
    named = [part for part in environ.get("PATH_INFO", "").lstrip("/").split("/", 1) if part]
    in_host = _BUCKET_IN_HOST.match(environ.get("HTTP_HOST", "").lower()) is not None
    return min(len(named) + in_host, 2)


@cache
def model_of_s3() -> ServiceModel:
    """botocore's model of S3."""
    return ServiceModel(Loader().load_service_model("s3", "service-2"), "s3")


@cache
def ways_of_s3() -> dict[tuple[str, int], list[Way]]:
    """By method and depth, who asks for most first."""
    model = model_of_s3()
    found: dict[tuple[str, int], list[Way]] = {}
    for name in model.operation_names:
        operation = model.operation_model(name)
        if operation.deprecated:  # another one has the same form
            continue
        path, _, query = operation.http["requestUri"].partition("?")
        asks = {(key, value or None) for key, value in parse_qsl(query, keep_blank_values=True)}
        headers = set()
        shape = operation.input_shape
        for member in () if shape is None else shape.required_members:
            written = shape.members[member].serialization
            if written.get("location") == "querystring":
                asks.add((written["name"], None))
            elif written.get("location") == "header" and not query:
                headers.add("HTTP_" + written["name"].upper().replace("-", "_"))
        way = Way(name, frozenset(asks), frozenset(headers))
        found.setdefault((operation.http["method"], path.count("{")), []).append(way)
    for ways in found.values():
        ways.sort(key=lambda way: (-len(way.query) - len(way.headers), way.operation))
    return found
