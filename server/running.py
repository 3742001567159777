"""A whole server that listens and answers: sockets, TLS, and the application behind them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from .app import build
from .http.server import HttpServer
from .settings import Settings, SettingsError


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers: where programs on this machine reach it, and where its data lies."""

    url: str
    data_dir: Path


@contextmanager
def running(settings: Settings) -> Iterator[Running]:
    """A server for as long as the block lasts.

    With TLS its own runs come in by a second door: plain HTTP at a free port of loopback, which
    opens to the server's own keys only. No certificate could be valid for them everywhere.

    Raises BindError, DataDirectoryError, CatalogError, NotRead, SettingsError; at the end of the
    block ChangesLost.
    """
    with ExitStack() as stack:
        door = stack.enter_context(HttpServer(settings.host, settings.port, _tls(settings)))
        own = door if settings.tls_cert is None else stack.enter_context(HttpServer(_HERE, 0))
        doors = {door, own}
        connections = lambda: sum(each.connections for each in doors)  # noqa: E731
        app = stack.enter_context(build(settings, own.url, connections))
        door.start(app.wsgi, app.judge)
        stack.callback(door.stop)
        if own is not door:
            own.start(app.wsgi_of_its_own, app.judge_of_its_own)
            stack.callback(own.stop)
        yield Running(door.url, app.data_dir)


_HERE = "127.0.0.1"


def _tls(settings: Settings) -> tuple[Path, Path] | None:
    if settings.tls_cert is not None and settings.tls_key is not None:
        return settings.tls_cert, settings.tls_key
    if settings.tls_cert is not None or settings.tls_key is not None:
        raise SettingsError("--tls-cert and --tls-key go together")
    return None
