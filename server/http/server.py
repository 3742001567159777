"""The HTTP server: cheroot, with our own threads and selector.

It binds first and serves later, so that the application may know its own address.
"""

import logging
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cheroot import wsgi
from cheroot.ssl.builtin import BuiltinSSLAdapter

from . import Application, Check, limits
from .connection import Connection
from .connections import Connections
from .workers import Workers

log = logging.getLogger(__name__)

_BACKLOG = 1024
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # looked up, not bound


class BindError(Exception):
    """The address cannot be bound; the message says which and why."""


def _let_in(_environ: dict[str, Any]) -> None:
    """Judge a request by its answer."""


class HttpServer:
    """A server that listens from its creation on, and answers once it has an application."""

    def __init__(self, host: str, port: int, tls: tuple[Path, Path] | None = None) -> None:
        """Bind the address; port 0 takes a free one. `tls` is a certificate's file and its key's.

        Raises BindError.
        """
        self._cheroot = _Server(
            (host, port),
            _nothing,
            request_queue_size=_BACKLOG,
            timeout=limits.KEEP_ALIVE_SECONDS,
        )
        self._scheme = "http" if tls is None else "https"
        if tls is not None:
            self._cheroot.ssl_adapter = _adapter(*tls)
        try:
            self._cheroot.prepare()
        except OSError as error:
            taken = "already in use" in str(error)
            why = "another program uses it" if taken else str(error)
            raise BindError(f"cannot listen on {host}:{port}: {why}") from None
        self._thread = threading.Thread(target=self._cheroot.serve, name="http")
        self._host = host

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._cheroot.open)

    @property
    def url(self) -> str:
        """Where programs on this machine reach the server."""
        bound, port = self._cheroot.bind_addr
        host = _LOOPBACK.get(bound, self._host)
        return f"{self._scheme}://{f'[{host}]' if ':' in host else host}:{port}"

    def start(self, application: Application, judge: Check = _let_in) -> None:
        """Answer requests with `application`, in threads of the server's own.

        `judge` may refuse a request by its head, where its body does not come along with it.
        """
        self._cheroot.wsgi_app, self._cheroot.judge = application, judge
        self._thread.start()

    def stop(self) -> None:
        """Answer what has begun, close every connection, free the port."""
        self._cheroot.stop()
        if self._thread.ident is not None:
            self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class _Server(wsgi.Server):
    max_request_header_size = limits.LARGEST_HEAD
    can_add_keepalive_connection = True
    """The oldest idle connection makes room for another one."""

    judge: Check
    _connections: Any  # of cheroot's own until the address is bound

    def __init__(self, *words: Any, **settings: Any) -> None:
        super().__init__(*words, **settings)
        self.requests = Workers(self)
        self.open: set[Connection] = set()

    def prepare(self) -> None:
        """Bind the address."""
        super().prepare()
        self._connections.close()
        self._connections = Connections(self, limits.most_connections())

    @staticmethod
    def bind_socket(socket_: socket.socket, bind_addr: Any) -> socket.socket:
        try:
            socket_.bind(bind_addr)
        except OSError:
            socket_.close()  # cheroot leaves it open
            raise
        return socket_

    def connection(self, sock: socket.socket, address: tuple[Any, ...]) -> Connection:
        """A connection that was accepted. Raises OSError."""
        tls: dict[str, str] = {}
        if self.ssl_adapter is not None:
            sock, tls = self.ssl_adapter.wrap(sock)
        conn = Connection(self, sock, address)
        conn.ssl_env = tls
        return conn

    def give_back_place(self, conn: Connection) -> None:
        """Give back the place that a body had."""
        self._connections.give_back(conn)

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:  # noqa: FBT001, FBT002  # cheroot's signature
        log.log(level, "%s", msg, exc_info=traceback)


class _Tls(BuiltinSSLAdapter):
    """TLS whose handshakes are the business of the connection's thread: none keeps others out."""

    def wrap(self, sock: socket.socket) -> tuple[socket.socket, dict[str, str]]:
        wrapped = self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        return wrapped, {"wsgi.url_scheme": "https", "HTTPS": "on"}


def _adapter(certificate: Path, key: Path) -> _Tls:
    try:
        return _Tls(str(certificate), str(key))
    except OSError as error:  # ssl.SSLError is one
        why = f"cannot use the certificate {certificate} with the key {key}: {error}"
        raise BindError(why) from None


def _nothing(_environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("503 Service Unavailable", [("Content-Length", "0")])
    return []
