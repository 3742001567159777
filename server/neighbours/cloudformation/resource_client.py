"""How a stack asks for its resources: by boto3, as whoever asked for the stack, without a network.

Each call is a request to this server's own application, so that it is checked, allowed, kept and
refused as one that the client had sent.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.loaders import Loader
from moto.core.model import ServiceModel
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from gluematch.models.scope import Scope
from gluematch.server.neighbours.headers import keep_names
from gluematch.server.signatures import HEADERS

from .conversion import convert
from .errors import ResourceFailed

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_HERE = "http://127.0.0.1"
_OF_THE_SENDER = ("REMOTE_ADDR", "HTTP_USER_AGENT", "wsgi.url_scheme")
_GONE = ("NotFound", "NotFoundException", "NonExistentQueue", "QueueDoesNotExist")
_NOT_THERE = frozenset({"NoSuchBucket", "NoSuchBucketPolicy", "NoSuchEntity", "NoSuchKey"})


class ResourceNotFound(ResourceFailed):
    """What was to be changed or deleted is gone."""


@dataclass(slots=True)
class ResourceClient:
    """The services of one account and region, for whoever sent the request `environ`."""

    application: Application
    who: Scope
    access_key: str
    token: str | None
    environ: Mapping[str, Any]
    _clients: dict[str, Any] = field(default_factory=dict)

    def call(self, service: str, operation: str, members: Mapping[str, Any]) -> dict[str, Any]:
        """What a service answers. Raises ResourceFailed with its message."""
        client = self._clients.get(service) or self._client(service)
        shape = client.meta.service_model.operation_model(operation).input_shape
        sent = convert(shape, members)
        try:
            answer: dict[str, Any] = client._make_api_call(operation, sent)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            said = error.response["Error"].get("Message", "")
            kind = (
                ResourceNotFound if code in _NOT_THERE or code.endswith(_GONE) else ResourceFailed
            )
            status = error.response["ResponseMetadata"].get("HTTPStatusCode")
            id_ = client.meta.service_model.service_id
            raise kind(
                f"{said} (Service: {id_}, Status Code: {status}, Error Code: {code})"
            ) from None
        except BotoCoreError as error:
            raise ResourceFailed(f"Properties validation failed: {error}") from None
        return answer

    def _client(self, service: str) -> Any:
        client = _session().create_client(
            service,
            region_name=self.who.region,
            endpoint_url=self._endpoint(service),
            aws_access_key_id=self.access_key,
            aws_secret_access_key="-",  # noqa: S106  # who asks was checked before
            aws_session_token=self.token,
            config=Config(
                retries={"mode": "standard", "total_max_attempts": 5},
                s3={"addressing_style": "path"},
                signature_version="s3v4" if service == "s3" else "v4",
            ),
        )
        client.meta.events.register("before-send", self._sent)
        self._clients[service] = client
        return client

    def _endpoint(self, service: str) -> str:
        """Where a client believes the service to be: URLs of queues are made of that."""
        if service != "sqs" or "HTTP_HOST" not in self.environ:
            return _HERE
        return f"{self.environ['wsgi.url_scheme']}://{self.environ['HTTP_HOST']}"

    def _sent(self, request: Any, **_more: Any) -> AWSResponse:
        """Answer a request of botocore's by the application."""
        body = request.body
        data = body.read() if hasattr(body, "read") else body
        headers = Headers([(name, _plain(value)) for name, value in request.headers.items()])
        url = urlsplit(request.url)
        made = EnvironBuilder(
            path=url.path or "/",
            base_url=f"{url.scheme}://{url.netloc}",
            query_string=url.query,
            method=request.method,
            headers=headers,
            data=data or b"",
        ).get_environ()
        made.update({name: self.environ[name] for name in _OF_THE_SENDER if name in self.environ})
        keep_names(made, [*headers.items()])
        made[HEADERS] = {name.lower(): value for name, value in headers.items()}
        parts, status, found = run_wsgi_app(self.application, made, buffered=True)
        with_body = _Raw(b"".join(parts))
        return AWSResponse(
            request.url, int(status.split(" ", 1)[0]), dict(found.items()), with_body
        )


class _Raw(BytesIO):
    """A body as botocore reads it."""

    def stream(self, **_more: Any) -> Iterable[bytes]:
        """All of it at once."""
        yield self.read()


def _plain(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


@cache
def _session() -> Any:
    return botocore.session.Session()


@cache
def model() -> ServiceModel:
    """CloudFormation's own service model, as moto's codec wants it."""
    return ServiceModel(
        Loader().load_service_model("cloudformation", "service-2"), "cloudformation"
    )
