"""Which service a request is for, in which form it wants its answer, and who signs it.

Read once from the request, before anything else; guard, S3 and moto go by this value and never
read the client's text again. Whether that service is served is asked elsewhere (server.served).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl

from . import scope, spec
from .own import ROOT
from .scope import Signer

Dialect = Literal["json", "form", "s3"]

_NOTED = "gluematch.destination"
_FORM = "application/x-www-form-urlencoded"
_IN_FORMS = frozenset({"cloudformation", "iam", "sns", "sts"})
"""Services that know no other way of asking."""

TARGETS: Mapping[str, str] = {
    "AWSEvents": "events",
    "AmazonSQS": "sqs",
    "DynamoDBStreams_20120810": "dynamodb",
    "DynamoDB_20120810": "dynamodb",
    "Logs_20140328": "logs",
    "TrentService": "kms",
    "secretsmanager": "secretsmanager",
}
"""What `X-Amz-Target` begins with, up to its first dot (targetPrefix in botocore's models)."""

GLUE = spec.TARGET.rstrip(".")
"""What targets of Glue begin with."""

_S3_HOSTS = ("s3-accesspoint", "s3-control", "s3-object-lambda", "s3-outposts")


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a request goes.

    `service` is the name of the credential scope, letter by letter; without a signature it is what
    the request can only be for. `target` is the part of X-Amz-Target before its first dot; our own
    paths count as Glue's.
    """

    service: str
    dialect: Dialect
    signer: Signer
    target: str = ""

    @property
    def is_ours(self) -> bool:
        """Whether it is for Glue."""
        return self.service == "glue"

    @property
    def fits(self) -> bool:
        """Whether nothing else in the request names another service than the signature.

        S3 and the services that are asked by forms know no targets, and get none.
        """
        if self.is_ours or self.target == GLUE:
            return self.is_ours and self.target == GLUE
        if self.dialect != "json" or not self.target:
            return True
        named = TARGETS.get(self.target)
        return named == (self.service if self.service in TARGETS.values() else None)


def of(environ: Mapping[str, Any]) -> Destination:
    """The destination of a request, which is read when it is first asked for."""
    found: Destination | None = environ.get(_NOTED)
    if found is None:
        found = _read(environ)
        if isinstance(environ, dict):
            environ[_NOTED] = found
    return found


def _read(environ: Mapping[str, Any]) -> Destination:
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    query = {} if "Credential=" in authorization else _query(environ)
    signer = scope.signer(authorization, query)
    own = environ.get("PATH_INFO", "").startswith(ROOT)
    target = GLUE if own else environ.get("HTTP_X_AMZ_TARGET", "").partition(".")[0]
    service = signer.service
    if service is None and target == GLUE:
        service = "glue"
    elif service is None:  # a credential that is none names no service; nor does the rest then
        service = "" if "Credential=" in authorization else _unsigned(environ, target)
    elif service == "s3":
        service = _of_s3(environ)
    return Destination(service, _dialect(environ, service, target), signer, target)


def _unsigned(environ: Mapping[str, Any], target: str) -> str:
    """What a request without a signature can be for: S3, STS by a form, a service by its target.

    Of services that are asked by forms, STS alone has operations that nobody signs.
    """
    if target:
        return TARGETS.get(target, target)
    if _posts_form(environ) and environ.get("PATH_INFO") == "/" and not environ.get("QUERY_STRING"):
        return "sts"
    return _of_s3(environ)


def _of_s3(environ: Mapping[str, Any]) -> str:
    """S3, or one of the services that are signed for in its name: they have hosts of their own."""
    host = environ.get("HTTP_HOST", "").lower()
    if ".amazonaws.com" in host:
        found = next((name for name in _S3_HOSTS if name in host.split(".")), None)
        if found is not None:
            return found.replace("s3-control", "s3control")
    if environ.get("PATH_INFO", "").startswith("/v20180820/"):
        return "s3control"
    return "s3"


def _dialect(environ: Mapping[str, Any], service: str, target: str) -> Dialect:
    if service == "glue" or target == GLUE:
        return "json"
    if service.startswith("s3"):
        return "s3"
    if service in _IN_FORMS or (_posts_form(environ) and not target):
        return "form"
    return "json"


def _posts_form(environ: Mapping[str, Any]) -> bool:
    posted = environ.get("REQUEST_METHOD", "POST") == "POST"
    kind: str = environ.get("CONTENT_TYPE", "")
    return posted and kind.startswith(_FORM)


def _query(environ: Mapping[str, Any]) -> Mapping[str, str]:
    """The first value of each name of the query."""
    query = environ.get("QUERY_STRING", "")
    if not query:
        return {}
    return dict(reversed(parse_qsl(query, keep_blank_values=True)))
