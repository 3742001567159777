"""What every request passes before anything reads it: each check lets it on, or refuses it."""

from collections.abc import Iterable
from typing import Any

from .http import Application, Check
from .http.gateway import BROKEN
from .protocol import dialects
from .protocol.dialects import Refusal, StartResponse


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


def together(*checks: Check) -> Check:
    """All checks, in their order, as one."""

    def check(environ: dict[str, Any]) -> None:
        for each in checks:
            each(environ)

    return check
