"""What every request passes before anything reads it: each check lets it on, or refuses it."""

import logging
from collections.abc import Iterable
from typing import Any

from .http import Application, Check
from .http.gateway import BROKEN
from .protocol import dialects, identity
from .protocol.dialects import Refusal, StartResponse

log = logging.getLogger(__name__)


def guarded(application: Application, *checks: Check) -> Application:
    """The application, behind checks that are made in their order; some speak up while it reads.

    What fails in them or in it is answered as the caller speaks, and told in the log.
    """

    def enter(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        try:
            if BROKEN in environ:
                raise environ[BROKEN]
            for check in checks:
                check(environ)
            start = _Start(start_response)
            answer = application(environ, start)
            start.send()
            return answer
        except Refusal as refusal:
            return dialects.turn_away(environ, start_response, refusal)
        except Exception as error:  # of a check, or of whatever the application is made of
            request_id = identity.request_id(environ)
            log.error("request %s failed", request_id, exc_info=error)
            return dialects.fail(environ, start_response)

    return enter


def together(*checks: Check) -> Check:
    """All checks, in their order, as one."""

    def check(environ: dict[str, Any]) -> None:
        for each in checks:
            each(environ)

    return check


class _Start:
    """The start_response of an application that may yet fail: an answer begins when it returns."""

    def __init__(self, start_response: StartResponse) -> None:
        self._start_response, self._begun, self._sends = start_response, list[Any](), False

    def __call__(self, *begun: Any) -> None:
        self._begun = [*begun]
        if self._sends:  # an application that begins with its first piece
            self.send()

    def send(self) -> None:
        """Begin the answer, or let it begin as soon as the application does."""
        self._sends = True
        if self._begun:
            self._start_response(*self._begun)
