"""Requests as bytes: signed for any service name, or unsigned, and what comes back."""

import http.client
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .attack import CLOSED, SILENT
from .server import OWNER, REGION, Key, Server

FORM = "application/x-www-form-urlencoded"
JSON = "application/x-amz-json-1.1"


@dataclass(frozen=True)
class Request:
    """A request; header values are text or the bytes to send."""

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str | bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What came back; the status is CLOSED or SILENT where there is none."""

    status: int
    body: bytes = b""

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300


def signed(
    server: Server, service: str, request: Request, key: Key = OWNER, host: str = ""
) -> Request:
    """The request with a signature of version 4 for that service name."""
    host = host or "{}:{}".format(*server.address)
    headers = {"Host": host, **request.headers}
    unsigned = AWSRequest(request.method, f"http://{host}{request.path}", headers, request.body)
    signer: Any = S3SigV4Auth if service.startswith("s3") else SigV4Auth
    signer(Credentials(key.id, key.secret), service, REGION).add_auth(unsigned)
    found = {name: _bytes(value) for name, value in unsigned.headers.items()}
    return Request(request.method, request.path, request.body, found)


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()


def send(server: Server, request: Request, patience: float = 30.0) -> Answer:
    """Send a request on a connection of its own."""
    connection = http.client.HTTPConnection(*server.address, timeout=patience)
    try:
        connection.putrequest(
            request.method, request.path, skip_host=True, skip_accept_encoding=True
        )
        headers: dict[str, str | bytes] = {"Host": "{}:{}".format(*server.address)}
        headers |= {"Connection": "close", **request.headers}
        headers["Content-Length"] = str(len(request.body))
        for name, value in headers.items():
            connection.putheader(name, value)
        # a server that refuses a long body answers before it has read all of it
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.endheaders(request.body or None)
        answer = connection.getresponse()
        return Answer(answer.status, answer.read())
    except TimeoutError:
        return Answer(SILENT)
    except (OSError, http.client.HTTPException):
        return Answer(CLOSED)
    finally:
        connection.close()
