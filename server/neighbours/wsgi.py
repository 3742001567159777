"""Moto's services behind one WSGI callable: the account is ours to say, errors are never HTML."""

import logging
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from flask import Flask
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import BackendRequest, create_backend_app

from gluematch.models.scope import Scope
from gluematch.server import settings
from gluematch.server.protocol import destination
from gluematch.server.protocol.dialects import (
    Fault,
    Refusal,
    StartResponse,
    refuse,
    turn_away,
)

from . import bucket_access, deliveries, matching, nesting, owners, requests, served
from .actions import asked, is_unknown, names_nothing, only_reads
from .headers import speak_for, take_regions
from .moto_errors import place_in_moto
from .s3.files import NotKept
from .s3.receiving import NOT_KEPT

if TYPE_CHECKING:
    from .s3.plain import Found

log = logging.getLogger(__name__)

Environ = dict[str, Any]

_UNKNOWN_OPERATION = Fault(
    ("UnknownOperationException", 400), ("InvalidAction", 400), ("InvalidRequest", 400)
)
_NOT_UNDERSTOOD = Fault(
    ("ValidationException", 400), ("ValidationError", 400), ("InvalidRequest", 400)
)
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


class Kept(Protocol):
    """What keeps S3: a request is done inside of one of these."""

    def keeping(self, who: Scope, environ: Environ) -> AbstractContextManager[None]:
        """For one that may change something: at its end that is kept, or NotKept is raised."""

    def reading(self) -> AbstractContextManager[None]:
        """For one that may not."""


class Services:
    """Every AWS service but ours. A service is imported when it is first asked for."""

    def __init__(
        self, kept: Kept | None, changing: Callable[[str, str], AbstractContextManager[None]]
    ) -> None:
        """What may change a service of an account is done inside of `changing`, except for plain
        writes of S3: at its end the change is kept, or NotKept is raised."""
        settings.keep_buckets_apart()
        self._moto = _Applications()
        self._kept = kept
        self._changing = changing

    def respond(
        self, who: Scope, environ: dict[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer one WSGI request on behalf of `who`. Raises Refusal."""
        _check(environ)
        if names_nothing(environ):
            why = "The specified method is not allowed against this resource."
            return refuse(environ, start_response, 405, "MethodNotAllowed", why)
        if (found := self._read(who, environ)) is not None:
            start_response(found.status, found.headers)
            return found.body
        speak_for(environ, who, destination.of(environ))
        begun: list[tuple[str, list[tuple[str, str]]]] = []

        def begin(status: str, headers: list[tuple[str, str]], *_rest: Any) -> None:
            begun.append((status, headers))

        body: Iterable[bytes]
        try:
            with self._turn(who, environ):
                if (found := self._written(who, environ)) is not None:
                    begin(found.status, found.headers)
                    body = found.body
                else:
                    body = self._done(who, environ, begin)
        except Refusal as refusal:
            return turn_away(environ, start_response, refusal)
        except NotImplementedError as error:
            return refuse(environ, start_response, 501, "NotImplemented", str(error))
        except NotKept as error:
            log.error("a change cannot be kept: %s", error)
            why = NOT_KEPT.format(error)
            return refuse(environ, start_response, 503, "ServiceUnavailable", why)
        except Exception as error:  # whatever moto's code may raise
            return _failed(environ, start_response, error)
        status, headers = begun[-1]
        if _is_html_error(status, headers):
            _close(body)
            number = int(status.split(" ", 1)[0])
            return refuse(environ, start_response, number, "NotFound", "There is nothing here.")
        start_response(status, headers)
        return body

    def _done(self, who: Scope, environ: Environ, begin: StartResponse) -> Iterable[bytes]:
        """What moto's own application answers."""
        service, operation = asked(environ)
        with nullcontext() if only_reads(operation) else self._changing(service, who.account):
            body: Iterable[bytes] = self._moto(environ, begin)
        return body

    def _read(self, who: Scope, environ: Environ) -> "Found | None":
        """The answer to a plain read of S3."""
        if environ["REQUEST_METHOD"] not in _READS or destination.of(environ).service != "s3":
            return None
        with nullcontext() if self._kept is None else self._kept.reading():
            return _short_ways().reads(who.account, environ)

    def _written(self, who: Scope, environ: Environ) -> "Found | None":
        """The answer to a plain write of S3."""
        if environ["REQUEST_METHOD"] != "PUT" or destination.of(environ).service != "s3":
            return None
        return _short_ways().writes(who.account, environ)

    def _turn(self, who: Scope, environ: Environ) -> AbstractContextManager[None]:
        if destination.of(environ).service != "s3":
            return nullcontext()
        _short_ways()
        if self._kept is None:
            return nullcontext()
        if environ["REQUEST_METHOD"] in _READS:
            return self._kept.reading()
        return self._kept.keeping(who, environ)


@dataclass(frozen=True, slots=True)
class _ShortWays:
    """Answers to plain requests of S3, without moto's web application."""

    reads: Callable[[str, Environ], "Found | None"]
    writes: Callable[[str, Environ], "Found | None"]


@cache
def _short_ways() -> _ShortWays:
    """The short ways to objects; asked for where moto's S3 would be imported anyway, which is set
    up to our ways then."""
    from .s3 import completing, gathered, listings, reads, sums, writes  # noqa: PLC0415
    from .s3.requests import answering  # noqa: PLC0415

    listings.write_directly()
    gathered.stand_in()
    completing.stand_in()
    sums.stand_in()
    answering.stand_in()
    return _ShortWays(reads.answer, writes.answer)


def _failed(environ: Environ, start_response: StartResponse, error: Exception) -> Iterable[bytes]:
    """The answer where an exception ended a request: moto's is the request's fault."""
    service, operation = asked(environ)
    place = None if isinstance(error, OSError) else place_in_moto(error)
    if place is None:
        log.error("%s of %s failed", operation, service, exc_info=error)
        return refuse(environ, start_response, 500, "InternalFailure", "The service failed.")
    kind = type(error).__name__
    log.warning("%s of %s is not understood: %s at %s", operation, service, kind, place)
    why = "The request is not well-formed, or asks for what this server does not do."
    return turn_away(environ, start_response, Refusal(_NOT_UNDERSTOOD, why))


def _check(environ: Environ) -> None:
    """Raise Refusal for a request that no service here takes."""
    requests.check(environ)
    if is_unknown(environ):
        raise _unknown_operation(environ)
    nesting.check(environ)


def _unknown_operation(environ: Environ) -> Refusal:
    service, operation = asked(environ)
    return Refusal(_UNKNOWN_OPERATION, f"Could not find operation {operation} of {service}.")


def empty() -> None:
    """Forget every resource of every account, of all services that have been imported."""
    moto_api_backend.reset()


class _Applications:
    """Moto's web applications, one for each service; it is made when it is first asked for."""

    def __init__(self) -> None:
        self._made: dict[str, Flask] = {}
        self._lock = Lock()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        name = served.backend(destination.of(environ))
        application = self._made.get(name)
        if application is None:
            with self._lock:
                application = self._made.get(name) or _service(name)
                self._made[name] = application
        return application(environ, start_response)


class _Asked(BackendRequest):
    """Moto's view of a request: a form is POSTed, what is PUT is an object of whatever type."""

    @property
    def want_form_data_parsed(self) -> bool:
        return self.method == "POST" and super().want_form_data_parsed


class _AskedOfS3(_Asked):
    """S3 knows forms that browsers post in several parts, and no others."""

    @property
    def want_form_data_parsed(self) -> bool:
        return self.mimetype == "multipart/form-data" and super().want_form_data_parsed


def _service(name: Any) -> Flask:
    if name == "cloudformation":  # moto's reads templates by a loader that runs what they name
        raise NotImplementedError("CloudFormation wants a signed request for cloudformation.")
    if name == "s3":
        from .s3.requests import keys  # noqa: PLC0415  # it imports moto's S3

        keys.take_all()
    take_regions()
    matching.replace_patterns(name)
    bucket_access.ask_for_policies(name)
    if name in {"events", "logs", "sns"}:
        deliveries.stay_inside()
    if name == "dynamodb":
        nesting.bound_items()
    if name == "sts":
        owners.watch_sessions()
    app: Flask = create_backend_app(name)
    app.request_class = _AskedOfS3 if name == "s3" else _Asked
    return app


def _is_html_error(status: str, headers: list[tuple[str, str]]) -> bool:
    kinds = [value for name, value in headers if name.lower() == "content-type"]
    return status[:3] in {"404", "405", "500"} and any("text/html" in kind for kind in kinds)


def _close(body: Iterable[bytes]) -> None:
    close = getattr(body, "close", None)
    if close is not None:
        close()
