"""CloudFormation on the wire: forms are read and answers written by moto's codec of the query
protocol, by botocore's service model.
"""

import logging
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from moto.core.parse import QueryParser
from moto.core.serialize import QuerySerializer, SerializationContext
from werkzeug.datastructures import MultiDict

from gluematch.models.catalog.store import Catalog
from gluematch.models.errors import GlueError
from gluematch.models.scope import Scope
from gluematch.server.protocol import destination, identity
from gluematch.server.protocol.dialects import StartResponse, refuse

from . import change_set_operations, describe_operations, stack_operations  # noqa: F401  # they register themselves
from .errors import InvalidAction, StackError
from .kinds import glue, messaging, rights, storage  # noqa: F401  # the same
from .requests import OPERATIONS, Call
from .resource_client import Application, ResourceClient, model
from .stacks import StackStore, end_what_was_left

log = logging.getLogger(__name__)

BODY_LIMIT = 4 * 1024 * 1024
"""Bytes of a form: a TemplateBody has 51,200 at most, parameters and tags as many again."""

FIELDS_LIMIT = 1_000
"""200 parameters and 50 tags are the most that CloudFormation takes."""


class Stacks:
    """CloudFormation, for every account and region.

    `server` is this server's name among those of the catalog. Resources are asked for at the
    application that `enter_by` names, as whoever sent the request.
    """

    def __init__(self, catalog: Catalog, server: str) -> None:
        """Let the stacks that this server was working on when it stopped say so."""
        self._catalog, self._server = catalog, server
        self._application: Application | None = None
        end_what_was_left(catalog, server)

    def enter_by(self, application: Application) -> None:
        """Ask this application for resources: it trusts who its requests say that they are from."""
        self._application = application

    def respond(
        self, who: Scope, environ: dict[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer one WSGI request."""
        try:
            name, form = _form(environ)
            answer = self._answer(who, environ, name, form)
            body = _written(name, answer, identity.request_id(environ))
        except StackError as error:
            return refuse(environ, start_response, 400, error.code, error.message)
        except GlueError as error:  # the catalog does not answer
            log.error("the stacks cannot be read or kept: %s", error.message)
            return refuse(environ, start_response, 503, "ServiceUnavailable", error.message)
        headers = [("Content-Type", "text/xml"), ("Content-Length", str(len(body)))]
        start_response("200 OK", headers)
        return [body]

    def _answer(
        self, who: Scope, environ: dict[str, Any], name: str, form: MultiDict[str, str]
    ) -> Mapping[str, Any]:
        handler = OPERATIONS.get(name)
        if handler is None:
            known = name in model().operation_names
            why = (
                "this server does not build it" if known else "CloudFormation has no such operation"
            )
            raise InvalidAction(f"Could not find operation {name}: {why}.")
        members = _members(name, form)
        application = self._application
        if application is None:
            raise RuntimeError("the stacks have no application to ask")
        signer = destination.of(environ).signer
        token = environ.get("HTTP_X_AMZ_SECURITY_TOKEN")
        client = ResourceClient(application, who, signer.access_key or who.account, token, environ)
        store = StackStore(self._catalog.within(who), self._server)
        return handler(Call(store, client, environ.get("HTTP_HOST", "")), members)


def _form(environ: dict[str, Any]) -> tuple[str, MultiDict[str, str]]:
    """The operation and the form of a request. Raises StackError."""
    body = environ["wsgi.input"].read(BODY_LIMIT + 1)
    if len(body) > BODY_LIMIT:
        raise StackError(f"The request is larger than {BODY_LIMIT} bytes.")
    parts = environ.get("QUERY_STRING", ""), body.decode("utf-8", "replace")
    try:
        pairs = [
            pair
            for part in parts
            for pair in parse_qsl(part, keep_blank_values=True, max_num_fields=FIELDS_LIMIT)
        ]
    except ValueError:
        raise StackError(f"The request has more than {FIELDS_LIMIT} fields.") from None
    form = MultiDict(pairs)
    names = form.getlist("Action")
    if len(names) != 1:
        raise InvalidAction("The request must name one Action.")
    return names[0], form


def _members(name: str, form: MultiDict[str, str]) -> dict[str, Any]:
    shape = model().operation_model(name)
    try:
        members: dict[str, Any] = QueryParser(shape).parse({"values": form})  # type: ignore[typeddict-item]  # nothing else of the request is read
    except (ValueError, RecursionError):
        raise StackError("1 validation error detected: a value has not its member's type") from None
    for required in () if shape.input_shape is None else shape.input_shape.required_members:
        if not isinstance(members.get(required), bool) and not members.get(required):
            label = required[0].lower() + required[1:]
            raise StackError(
                f"1 validation error detected: Value null at '{label}' failed to satisfy"
                " constraint: Member must not be null"
            )
    return members


def _written(name: str, answer: Mapping[str, Any], request_id: str) -> bytes:
    context = SerializationContext(request_id)
    found = QuerySerializer(model().operation_model(name), context).serialize(answer)
    body = found["body"]
    return body.encode() if isinstance(body, str) else body
