"""A listener on loopback that records whatever a server sends it."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Dialogue = Callable[[socket.socket], bytes]
"""Speaks on an accepted connection, and returns all that it received."""


@dataclass
class Listener:
    """Its port, and what each connection sent."""

    port: int
    received: list[bytes] = field(default_factory=list)


@contextmanager
def listening(dialogue: Dialogue) -> Iterator[Listener]:
    """A listener for as long as the block lasts; each connection is spoken to in its turn."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = Listener(server.getsockname()[1])

        def accept() -> None:
            with suppress(OSError):  # closed at the end
                while True:
                    connection, _ = server.accept()
                    with connection:
                        connection.settimeout(5)
                        found.received.append(dialogue(connection))

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield found
        server.shutdown(socket.SHUT_RDWR)
    thread.join(10)


def read_some(connection: socket.socket) -> bytes:
    """What comes first; nothing where nothing comes."""
    try:
        return connection.recv(65536)
    except OSError:
        return b""
