"""1,136 connections that send nothing, to a server at `ulimit -n 1024`."""

import resource
import socket
import threading
from random import Random

from soak.hostile.attack import Attack, Figures, Skipped
from soak.hostile.ordinary_calls import answers_ordinary_calls
from soak.hostile.server import Server

CONNECTIONS = 1136
SECONDS = 10.0
MOST_LOG = 200_000
"""Bytes that the log may grow by."""


def prepare(_server: Server, _random: Random) -> None:
    """Room for the connections in this process. Raises Skipped."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < CONNECTIONS + 200:
        raise Skipped(f"this process may open {hard} files only")
    resource.setrlimit(resource.RLIMIT_NOFILE, (CONNECTIONS + 200, hard))


def run(server: Server, _random: Random) -> Figures:
    """Hold them for a while, and look whether the server answers meanwhile and after."""
    figures, logged = Figures(), server.log.stat().st_size
    connections = []
    for _ in range(CONNECTIONS):
        connection = socket.socket()
        connection.settimeout(0.5)
        try:
            connection.connect(server.address)
        except OSError:
            connection.close()  # the server may refuse any of them
        else:
            connections.append(connection)
    threading.Event().wait(SECONDS)
    if not answers_ordinary_calls(server):
        figures.faults.append(f"no ordinary call is answered beside {len(connections)} idle ones")
    for connection in connections:
        connection.close()
    if (grown := server.log.stat().st_size - logged) > MOST_LOG:
        figures.faults.append(f"the log grew by {grown} bytes in {SECONDS:.0f} seconds")
    return figures


ATTACK = Attack(name="idle_connections", run=run, prepare=prepare, open_files=1024)
