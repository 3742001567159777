"""The outermost wrapping: each request gets its id, and is told of when it has been answered."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from werkzeug.wsgi import ClosingIterator

from gluematch.server.http import Application
from gluematch.server.protocol import identity
from gluematch.server.protocol.dialects import StartResponse

from .asked import Asked, asked

_IDS = frozenset({"x-amzn-requestid", "x-amz-request-id"})


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that has been answered: `seconds` until the last byte was handed on.

    `account` is None where it was refused before anybody asked for whom it speaks.
    """

    request_id: str
    account: str | None
    asked: Asked
    status: int
    seconds: float


def witnessed(
    application: Application, begins: Callable[[], None], tell: Callable[[Seen], None]
) -> Application:
    """The application, whose every request calls `begins`, and `tell` when it has ended."""

    def enter(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        began = time.monotonic()
        request_id = identity.name(environ)
        current = identity.CURRENT.set(request_id)
        status = 500
        begins()

        def begin(line: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            nonlocal status
            status = int(line.split(" ", 1)[0])
            return start_response(line, _renamed(headers, request_id), *rest)

        def end() -> None:
            identity.CURRENT.reset(current)
            who = identity.scope(environ)
            account = None if who is None else who.account
            seconds = time.monotonic() - began
            tell(Seen(request_id, account, asked(environ), status, seconds))

        try:
            body = application(environ, begin)
        except BaseException:
            end()
            raise
        return ClosingIterator(body, [end])

    return enter


def _renamed(headers: list[tuple[str, str]], request_id: str) -> list[tuple[str, str]]:
    """The headers of an answer with our id in place of a neighbour's: the log knows no other."""
    kept = [(name, value) for name, value in headers if name.lower() not in _IDS]
    named = {name for name, _ in headers if name.lower() in _IDS} or {"x-amzn-RequestId"}
    return [*kept, *((name, request_id) for name in sorted(named))]
