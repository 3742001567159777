"""A refusal before anything else has read the request, in the dialect of whoever asks.

S3 wants XML of one form, the services that take forms XML of another, all others JSON.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from . import destination, identity
from .destination import Dialect

StartResponse = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """An error as each dialect writes it: code and HTTP status."""

    json: tuple[str, int]
    form: tuple[str, int]
    s3: tuple[str, int]


_FAILED = Fault(("InternalServiceException", 500), ("InternalFailure", 500), ("InternalError", 500))


class Refusal(Exception):
    """A request is not let in; the message explains it. The answer bears the headers."""

    def __init__(self, fault: Fault, message: str, *headers: tuple[str, str]) -> None:
        super().__init__(message)
        self.fault = fault
        self.message = message
        self.headers = headers


def of(environ: Mapping[str, Any]) -> Dialect:
    """The dialect of a request."""
    return destination.of(environ).dialect


def turn_away(
    environ: Mapping[str, Any], start_response: StartResponse, refusal: Refusal
) -> Iterable[bytes]:
    """Answer with a refusal."""
    code, status = getattr(refusal.fault, of(environ))
    return refuse(environ, start_response, status, code, refusal.message, *refusal.headers)


def fail(environ: Mapping[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Answer that the server failed."""
    request_id = identity.request_id(environ)
    why = f"Something failed inside the server; its log tells more under {request_id}."
    return turn_away(environ, start_response, Refusal(_FAILED, why))


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
    glue = destination.of(environ).is_ours
    return "application/x-amz-json-1.1" if glue else "application/json"
