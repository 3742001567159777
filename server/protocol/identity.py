"""Who asks, and under which id: noted in a request's WSGI environ, for all that it passes."""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from gluematch.models import ids
from gluematch.models.scope import Scope

_REQUEST_ID = "gluematch.request_id"
_SCOPE = "gluematch.scope"

CURRENT: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the request that this thread answers."""


def name(environ: dict[str, Any]) -> str:
    """Give the request its id."""
    request_id = environ[_REQUEST_ID] = ids.unique()
    return request_id


def request_id(environ: Mapping[str, Any]) -> str:
    """The request's id; a fresh one for a request that nobody has named."""
    return environ.get(_REQUEST_ID) or ids.unique()


def note(environ: dict[str, Any], who: Scope) -> None:
    """Keep for whom the request speaks."""
    environ[_SCOPE] = who


def scope(environ: Mapping[str, Any]) -> Scope | None:
    """For whom the request speaks; None where it was refused before anybody asked."""
    return environ.get(_SCOPE)
