"""A refusal before anything else has read the request, in the dialect of whoever asks.

S3 wants XML of one form, the services that take forms XML of another, all others JSON.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from xml.sax.saxutils import escape

from . import identity, spec
from .own import ROOT

_PRESIGNED = re.compile(r"(?:^|&)X-Amz-Credential=[^&]*(?:%2F|/)s3(?:%2F|/)aws4_request(?:&|$)")
Dialect = Literal["json", "form", "s3"]
StartResponse = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """An error as each dialect writes it: code and HTTP status."""

    json: tuple[str, int]
    form: tuple[str, int]
    s3: tuple[str, int]


class Refusal(Exception):
    """A request is not let in; the message explains it. The answer bears the headers."""

    def __init__(self, fault: Fault, message: str, *headers: tuple[str, str]) -> None:
        super().__init__(message)
        self.fault = fault
        self.message = message
        self.headers = headers


def of(environ: Mapping[str, Any]) -> Dialect:
    """The dialect of a request: what nothing marks as another service's could be S3's.

    What is signed for S3 is S3's, whatever type or target it has: curl says of every body that it
    is a form. Only Glue's own targets are Glue's in any case.
    """
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if environ.get("PATH_INFO", "").startswith(ROOT) or target.startswith(spec.TARGET):
        return "json"
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    signed = "/aws4_request" in authorization
    if signed and "/s3/aws4_request" in authorization:
        return "s3"
    if target:
        return "json"
    form = environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded")
    if form and environ.get("REQUEST_METHOD", "POST") == "POST":
        presigned = not signed and _PRESIGNED.search(environ.get("QUERY_STRING", ""))
        return "s3" if presigned else "form"
    return "json" if signed else "s3"


def turn_away(
    environ: Mapping[str, Any], start_response: StartResponse, refusal: Refusal
) -> Iterable[bytes]:
    """Answer with a refusal."""
    code, status = getattr(refusal.fault, of(environ))
    return refuse(environ, start_response, status, code, refusal.message, *refusal.headers)


def refuse(
    environ: Mapping[str, Any],
    start_response: StartResponse,
    status: int,
    code: str,
    message: str,
    *more: tuple[str, str],
) -> Iterable[bytes]:
    """Answer with an error, and with `more` headers."""
    text = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    dialect = of(environ)
    if dialect == "form":
        kind, body = "text/xml", f"<ErrorResponse>{text}</ErrorResponse>"
    elif dialect == "json":
        kind, body = _json_type(environ), json.dumps({"__type": code, "message": message})
    else:
        kind, body = "application/xml", f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'
    data = body.encode()
    headers = [("Content-Type", kind), ("Content-Length", str(len(data)))]
    headers += [("x-amzn-ErrorType", code), ("x-amzn-RequestId", identity.request_id(environ))]
    headers += more
    start_response(f"{status} {code}", headers)
    return [] if environ.get("REQUEST_METHOD") == "HEAD" else [data]


def _json_type(environ: Mapping[str, Any]) -> str:
    glue = environ.get("HTTP_X_AMZ_TARGET", "").startswith(spec.TARGET)
    return "application/x-amz-json-1.1" if glue else "application/json"
