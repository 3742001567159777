"""The HTTP server: cheroot, bent to what AWS clients send.

It binds first and serves later, so that the application may know its own address. Header names
keep their underscores, bodies arrive whole or not at all, but those of S3's uploads, which whoever
takes them reads as they arrive; and threads are added while all are busy: a request of ours may
itself wait for the S3 on the same port.
"""

import io
import logging
import shutil
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import IO, Any, Self
from urllib.parse import unquote_to_bytes

from cheroot import wsgi
from cheroot.ssl.builtin import BuiltinSSLAdapter

from . import incoming
from .neighbours import headers
from .protocol import dialects
from .protocol.dialects import Refusal
from .signatures import HEADERS

log = logging.getLogger(__name__)

_THREADS = 16
_MOST_THREADS = 256
_FEW = 3
_SPARE = 4  # a thread that has just taken a connection still counts as idle
_KEEP_ALIVE_SECONDS = 60
_BACKLOG = 128
_IN_MEMORY = 16 * 2**20
_LARGEST = {"s3": 5 * 2**30 + 64 * 2**20, "json": 128 * 2**20, "form": 128 * 2**20}
_PIECE = 256 * 2**10
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # looked up, not bound

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

BROKEN = "gluematch.broken"
"""The WSGI environ's entry that says why a request has no body to speak of: a Refusal."""


class BindError(Exception):
    """The address cannot be bound; the message says which and why."""


class HttpServer:
    """A server that listens from its creation on, and answers once it has an application."""

    def __init__(self, host: str, port: int, tls: tuple[Path, Path] | None = None) -> None:
        """Bind the address; port 0 takes a free one. `tls` is a certificate's file and its key's.

        Raises BindError.
        """
        self._cheroot = _Server(
            (host, port),
            _nothing,
            numthreads=_THREADS,
            max=_MOST_THREADS,
            request_queue_size=_BACKLOG,
            timeout=_KEEP_ALIVE_SECONDS,
        )
        self._cheroot.gateway = _Gateway
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

    def start(self, application: Application) -> None:
        """Answer requests with `application`, in threads of the server's own."""
        self._cheroot.wsgi_app = application
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
    keep_alive_conn_limit = 10_000
    max_request_header_size = incoming.LARGEST_HEAD
    ConnectionClass = incoming.Connection

    def __init__(self, *words: Any, **settings: Any) -> None:
        super().__init__(*words, **settings)
        self.open: set[incoming.Connection] = set()

    @staticmethod
    def bind_socket(socket_: socket.socket, bind_addr: Any) -> socket.socket:
        try:
            socket_.bind(bind_addr)
        except OSError:
            socket_.close()  # cheroot leaves it open
            raise
        return socket_

    def process_conn(self, conn: Any) -> None:
        if conn.last_used is None:  # new: no thread waits for its first byte
            self.put_conn(conn)
            return
        super().process_conn(conn)
        if self.requests.idle < self.requests.qsize + _SPARE:
            self.requests.grow(_SPARE)

    @property
    def can_add_keepalive_connection(self) -> bool:
        """Whether one more connection may stay open; cheroot would lock its selector to count."""
        return len(self.open) < self.keep_alive_conn_limit

    @property
    def can_wait(self) -> bool:
        """Whether a thread may wait for a client to ask again: few threads have anything to do.

        Where many have, they would only take the interpreter from each other.
        """
        threads: int = len(self.requests._threads)
        return self.ready and threads - self.requests.idle <= _FEW

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


class _Gateway(wsgi.Gateway_10):
    """One request as WSGI."""

    def get_environ(self) -> dict[str, Any]:  # type: ignore[override]  # cheroot's stub lacks it
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]  # so here
        sent = [(_text(name), _text(value)) for name, value in self.req.inheaders.items()]
        headers.keep_names(environ, sent)
        environ[HEADERS] = {name.lower(): value for name, value in sent}
        # cheroot leaves %2F in the path; moto reads the undecoded path elsewhere
        path = environ["REQUEST_URI"].partition("?")[0]
        environ["PATH_INFO"] = _text(unquote_to_bytes(path.encode("latin-1")))
        environ["RAW_URI"] = environ["REQUEST_URI"]
        return environ

    def respond(self) -> None:
        dialect = dialects.of(self.env)
        arriving = incoming.Arriving(self.req, _LARGEST[dialect])
        if dialect == "s3" and self.env["REQUEST_METHOD"] == "PUT":
            self.env["wsgi.input"] = io.BufferedReader(arriving, _PIECE)
            super().respond()
            arriving.pass_over()
            return
        with _room(self.req) as body:
            try:
                shutil.copyfileobj(arriving, body, _PIECE)
            except Refusal as refusal:  # what breaks off must not become a shorter body
                self.env[BROKEN] = refusal
                body.seek(0)
                body.truncate()
            if self.req.chunked_read or BROKEN in self.env:
                self.env.pop("HTTP_TRANSFER_ENCODING", None)
                self.env["CONTENT_LENGTH"] = str(body.tell())
            body.seek(0)
            self.env["wsgi.input"] = body
            self.req.conn.allow(incoming.BODY_SECONDS)
            super().respond()

    def write(self, chunk: bytes) -> None:
        for piece in _pieces(chunk):
            with self.req.conn.wfile.together():  # the headers, if they were not sent
                super().write(piece)
            if self.remaining_bytes_out is not None:
                self.remaining_bytes_out -= len(piece)


def _room(request: Any) -> IO[bytes]:
    """Where a request's body is put."""
    empty = not request.chunked_read and not int(request.inheaders.get(b"Content-Length", 0))
    return io.BytesIO() if empty else SpooledTemporaryFile(max_size=_IN_MEMORY)


def _pieces(chunk: bytes) -> Iterator[bytes]:
    if len(chunk) <= _PIECE:
        yield chunk
        return
    view = memoryview(chunk)
    for start in range(0, len(view), _PIECE):
        yield bytes(view[start : start + _PIECE])


def _text(raw: bytes) -> str:
    return raw.decode("latin-1")


def _nothing(_environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("503 Service Unavailable", [("Content-Length", "0")])
    return []
