"""300 connections that send one byte of a body and wait, then 40 that send 14 MB of 15, unsigned.

The server runs at `ulimit -n 1024`. Ordinary calls and health must be answered meanwhile, and the
bodies of requests that nobody has signed must not fill its memory.
"""

import socket
import threading
from random import Random

from soak.hostile.attack import Attack, Figures
from soak.hostile.ordinary_calls import answers_ordinary_calls
from soak.hostile.server import Server

SLOW = 300
LARGE = 40
SECONDS = 15.0
MOST_PEAK_MB = 250.0
_MB = 1024 * 1024


def run(server: Server, _random: Random) -> Figures:
    """Both kinds, one after the other."""
    figures, before = Figures(), server.memory()
    head = _head(server, 1000)
    slow = [_connection(server, head + b"{") for _ in range(SLOW)]
    threading.Event().wait(SECONDS)
    if not answers_ordinary_calls(server):
        figures.faults.append(f"no ordinary call is answered beside {SLOW} half-sent bodies")
    _close(slow)
    large = [_connection(server, _head(server, 15 * _MB), 14 * _MB) for _ in range(LARGE)]
    threading.Event().wait(SECONDS / 3)
    if (grown := server.memory() - before) > MOST_PEAK_MB:
        figures.faults.append(f"{LARGE} unsigned, unfinished bodies of 15 MB take {grown:.0f} MB")
    if not answers_ordinary_calls(server):
        figures.faults.append(f"no ordinary call is answered beside {LARGE} large half-sent bodies")
    _close(large)
    return figures


def _head(server: Server, length: int) -> bytes:
    host = "{}:{}".format(*server.address)
    target = "X-Amz-Target: AWSGlue.GetDatabases\r\nContent-Type: application/x-amz-json-1.1"
    return (
        f"POST / HTTP/1.1\r\nHost: {host}\r\n{target}\r\nContent-Length: {length}\r\n\r\n".encode()
    )


def _connection(server: Server, sent: bytes, more: int = 0) -> socket.socket | None:
    """A connection on which so much was sent; None where the server took no more."""
    connection = socket.socket()
    connection.settimeout(2.0)
    try:
        connection.connect(server.address)
        connection.sendall(sent)
        for _ in range(more // _MB):
            connection.sendall(b" " * _MB)
    except OSError:
        pass  # a server may refuse it or leave the rest in the socket; what it took still counts
    return connection


def _close(connections: list[socket.socket | None]) -> None:
    for connection in connections:
        if connection is not None:
            connection.close()


ATTACK = Attack(name="half_sent_bodies", run=run, open_files=1024)
