"""The one WSGI application: ours and our neighbours' requests on the same port.

Calls of Glue go straight to dispatch, a Flask application answers `/_gluematch/`, and everything
else passes both by on the way to the other AWS services, body unread.
"""

import ipaddress
import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Request as Incoming

from .caller_identity import IdentityOf, answering
from .dispatch import Dispatch, Request
from .http import Application
from .neighbours.cloudformation.query_protocol import Stacks
from .neighbours.services import Neighbours
from .permissions import Sender
from .protocol import destination, faults, identity, spec
from .protocol.faults import Answer
from .protocol.own import ROOT
from .shares import Shares, shared
from .telemetry import routes
from .telemetry.asked import SEEING
from .telemetry.health import Health
from .telemetry.metrics import Metrics

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
HIDDEN = ("/moto-api", "/favicon.ico")
RESET = "/moto-api/reset"


PLACES = 120
"""Requests that are answered at a time, of ours, of neighbours and of stacks each: a request of
ours may wait for one of a neighbour's, and a stack for both, so they must not take each other's
places."""
STACKS = "cloudformation"


def application(
    dispatch: Dispatch,
    neighbours: Neighbours,
    health: Health,
    metrics: Metrics,
    *,
    identity_of: IdentityOf,
    empty: Callable[[], None] | None,
    stacks: Stacks,
) -> Flask:
    """The application; its `wsgi_app` is what a server runs.

    `identity_of` says who an access key is of. `empty` throws away all that the server holds; it is
    None where clients may not ask for that.
    """
    app = Flask(__name__, static_folder=None)

    @app.get("/")
    def about() -> Response:
        return _json({"service": "gluematch", "version": _version(), "health": f"{ROOT}health"})

    app.register_blueprint(routes.routes(health, metrics))

    @app.post(RESET)
    def reset() -> Response:
        if empty is None:
            why = "This server keeps its data: start it with --allow-reset to have it emptied."
            return _response(faults.answer(faults.Forbidden(why), ""))
        empty()
        return _json({"status": "ok"})

    @app.route(f"{ROOT}<path:path>", methods=METHODS)
    def own_route(path: str) -> Response:
        if path in SEEING:
            raise MethodNotAllowed
        method = "GET" if request.method == "HEAD" else request.method
        response = _answered(dispatch, request, route=(method, path))
        response.content_type = "application/json"
        return response

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        return _response(_unrouted(error))

    flask = app.wsgi_app

    def own(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        calls = _calls_glue(environ) and environ["REQUEST_METHOD"] == "POST"
        return (glue if calls else flask)(environ, start_response)

    def glue(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        response = _answered(dispatch, Incoming(environ), target=environ["HTTP_X_AMZ_TARGET"])
        return response(environ, start_response)

    ours = shared(own, Shares(PLACES), metrics.throttled)
    beside = answering(_neighbourly(dispatch, neighbours), identity_of, dispatch.default)
    beside = _received(shared(beside, Shares(PLACES), metrics.throttled), neighbours)
    stacked = shared(_stacking(dispatch, stacks), Shares(PLACES), metrics.throttled)
    beside = _by_service({STACKS: stacked}, beside)

    def fork(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        identity.note(environ, dispatch.scope_of(destination.of(environ).signer))
        way = flask if _looks_only(environ) else ours if _is_ours(environ) else beside
        return way(environ, start_response)

    app.wsgi_app = fork  # type: ignore[method-assign]  # Flask's documented way to wrap it
    return app


def _neighbourly(dispatch: Dispatch, neighbours: Neighbours) -> Application:
    def respond(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO", "").startswith(HIDDEN):
            return hidden(environ, start_response)
        who = identity.scope(environ) or dispatch.default
        return neighbours.respond(who, environ, start_response)

    def hidden(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = faults.answer(faults.NotFound("There is nothing here."), "")
        return _response(answer)(environ, start_response)

    return respond


def _by_service(applications: Mapping[str, Application], others: Application) -> Application:
    """The application of the service that a request is for."""

    def choose(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        service = destination.of(environ).service
        return applications.get(service, others)(environ, start_response)

    return choose


def _stacking(dispatch: Dispatch, stacks: Stacks) -> Application:
    def respond(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        who = identity.scope(environ) or dispatch.default
        return stacks.respond(who, environ, start_response)

    return respond


def _received(application: Application, neighbours: Neighbours) -> Application:
    """The application, for requests whose uploads have arrived: it takes no place before."""

    def enter(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with neighbours.receiving(environ):
            return application(environ, start_response)

    return enter


def _looks_only(environ: dict[str, Any]) -> bool:
    path = environ.get("PATH_INFO", "")
    return path.startswith(ROOT) and path.removeprefix(ROOT) in SEEING


def _is_ours(environ: dict[str, Any]) -> bool:
    path = environ.get("PATH_INFO", "")
    if path.startswith(ROOT) or path == RESET or _calls_glue(environ):
        return True
    plain = not environ.get("HTTP_AUTHORIZATION") and not environ.get("QUERY_STRING")
    asks = environ.get("REQUEST_METHOD") in {"GET", "HEAD"}
    return path == "/" and plain and asks and _names_no_bucket(environ.get("HTTP_HOST", ""))


def _calls_glue(environ: dict[str, Any]) -> bool:
    return bool(environ.get("HTTP_X_AMZ_TARGET", "").startswith(spec.TARGET))


def _names_no_bucket(host: str) -> bool:
    """Whether a Host header leaves no room for a bucket's name before its first dot."""
    name = host.rsplit(":", 1)[0].strip("[]")
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return "." not in name
    return True


def _unrouted(error: HTTPException) -> Answer:
    """The answer to a request that no route takes, or that failed outside of dispatch."""
    request_id = identity.request_id(request.environ)
    cause = getattr(error, "original_exception", None)
    if cause is not None:
        return faults.answer(cause, request_id)
    refusal = faults.MethodNotAllowed if error.code == 405 else faults.NotFound
    message = f"There is no {request.method} {request.path} here."
    return faults.answer(refusal(message), request_id)


def _answered(
    dispatch: Dispatch,
    sent: Incoming,
    *,
    target: str | None = None,
    route: tuple[str, str] | None = None,
) -> Response:
    asked = Request(
        request_id=identity.request_id(sent.environ),
        who=identity.scope(sent.environ) or dispatch.default,
        body=sent.get_data(cache=False),
        target=target,
        route=route,
        sender=Sender(
            access_key=destination.of(sent.environ).signer.access_key or "",
            address=sent.remote_addr or "",
            secure=sent.is_secure,
            agent=sent.user_agent.string,
        ),
        query=sent.args,
    )
    return _response(dispatch.answer(asked))


def _response(answer: Answer) -> Response:
    response = Response(answer.body, answer.status, content_type=faults.CONTENT_TYPE)
    response.headers.extend(answer.headers)
    return response


def _json(value: dict[str, str]) -> Response:
    return Response(json.dumps(value), content_type="application/json")


@cache
def _version() -> str:
    return version("gluematch")
