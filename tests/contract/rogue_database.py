"""A host that says it is a PostgreSQL server, asks for the password as clear text, and keeps all
that it was sent."""

import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SSL_REQUEST, GSS_REQUEST = 80877103, 80877104
CLEAR_TEXT = b"R" + struct.pack("!ii", 8, 3)
ERROR = b"SFATAL\0C28P01\0Mwho are you\0\0"


class RogueDatabase:
    """With `tls`, the files of a certificate and its key, it speaks TLS."""

    def __init__(self, tls: tuple[Path, Path] | None = None) -> None:
        self.received = b""
        self._context = None
        if tls is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*tls)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        return f"jdbc:postgresql://127.0.0.1:{self.port}/db"

    def serve(self) -> None:
        """Until the listener is closed."""
        with suppress(OSError):
            while True:
                peer, _ = self._listener.accept()
                with suppress(OSError, struct.error), peer:
                    peer.settimeout(10)
                    self._talk(peer)

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _talk(self, peer: socket.socket) -> None:
        (length,) = struct.unpack("!i", self._read(peer, 4))
        rest = self._read(peer, length - 4)
        (code,) = struct.unpack("!i", rest[:4])
        if code == SSL_REQUEST and self._context is not None:
            peer.sendall(b"S")
            with self._context.wrap_socket(peer, server_side=True) as safe:
                self._talk(safe)
        elif code in {SSL_REQUEST, GSS_REQUEST}:
            peer.sendall(b"N")
            self._talk(peer)
        else:
            peer.sendall(CLEAR_TEXT)
            self._read(peer, 1)
            (length,) = struct.unpack("!i", self._read(peer, 4))
            self._read(peer, length - 4)
            peer.sendall(b"E" + struct.pack("!i", len(ERROR) + 4) + ERROR)

    def _read(self, peer: socket.socket, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = peer.recv(count - len(data))
            if not more:
                raise OSError("it hung up")
            data += more
        self.received += data
        return data


@contextmanager
def rogue_database(tls: tuple[Path, Path] | None = None) -> Iterator[RogueDatabase]:
    """One that listens on a free port meanwhile."""
    rogue = RogueDatabase(tls)
    thread = threading.Thread(target=rogue.serve, daemon=True)
    thread.start()
    try:
        yield rogue
    finally:
        rogue.close()
        thread.join(10)
