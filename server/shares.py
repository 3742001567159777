"""Places for requests that are answered at a time, shared fairly between accounts."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from werkzeug.wsgi import ClosingIterator

from gluematch.models.shares import may_have_one_more

from .http import Application
from .protocol import dialects, identity
from .protocol.dialects import Fault, Refusal, StartResponse
from .protocol.faults import RETRY_AFTER

THROTTLED = Fault(json=("ThrottlingException", 400), form=("Throttling", 400), s3=("SlowDown", 503))


@dataclass(slots=True)
class Shares:
    """`places` for all accounts together. Safe to share between threads."""

    places: int
    _held: Counter[str] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    def take(self, account: str) -> bool:
        """Take a place for the account; whether it may have one more."""
        with self._lock:
            if not may_have_one_more(self._held[account], self._held.total(), self.places):
                return False
            self._held[account] += 1
            return True

    def give_back(self, account: str) -> None:
        """Give back a place that was taken."""
        with self._lock:
            self._held[account] -= 1
            if not self._held[account]:
                del self._held[account]


def shared(application: Application, shares: Shares, refused: Callable[[], None]) -> Application:
    """The application, for requests that find a place of their account's; `refused` counts others.

    A place is held until the answer has ended.
    """

    def enter(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        who = identity.scope(environ)
        account = "" if who is None else who.account
        if not shares.take(account):
            refused()
            refusal = Refusal(THROTTLED, "Rate exceeded: too many requests at a time.", RETRY_AFTER)
            return dialects.turn_away(environ, start_response, refusal)
        try:
            answer = application(environ, start_response)
        except BaseException:
            shares.give_back(account)
            raise
        return ClosingIterator(answer, [lambda: shares.give_back(account)])

    return enter
