"""What every request passes before anything reads it: each check lets it on, or refuses it."""

from collections.abc import Callable, Iterable
from typing import Any

from .protocol import dialects
from .protocol.dialects import Refusal, StartResponse
from .serving import BROKEN, Application

Check = Callable[[dict[str, Any]], None]
"""Raises Refusal for a WSGI environ that must not pass."""


def guarded(application: Application, *checks: Check) -> Application:
    """The application, behind checks that are made in their order; some speak up while it reads."""

    def enter(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        try:
            if BROKEN in environ:
                raise environ[BROKEN]
            for check in checks:
                check(environ)
            return application(environ, start_response)
        except Refusal as refusal:
            return dialects.turn_away(environ, start_response, refusal)

    return enter
