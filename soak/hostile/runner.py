"""Runs one attack against a server of its own, and holds its figures to the bounds."""

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from .attack import SILENT, Attack, Figures, Skipped
from .health import percentile
from .ordinary_calls import answers_ordinary_calls, furnish
from .server import Server

MOST_LATENCY = 0.250
"""Seconds within which health answers, at p99."""

MOST_GROWTH = 1.20
"""The server's memory after an attack, as a share of that before."""

_SETTLE_SECONDS = 3


@dataclass(frozen=True)
class Memory:
    """Megabytes of the server's process before an attack, at most, and after it."""

    before: float
    peak: float
    after: float


@dataclass(frozen=True)
class Result:
    """What one attack showed; `memory` is None where the server was started again."""

    name: str
    figures: Figures
    latencies: list[float]
    memory: Memory | None
    answers: bool
    seconds: float

    def broken_bounds(self, *, damages_disk: bool) -> list[str]:
        """What the server did not hold, in sentences."""
        figures, faults = self.figures, [*self.figures.faults]
        if figures.server_errors and not damages_disk:
            faults.append(f"{figures.server_errors} of {figures.requests} requests were a 5xx")
        if silent := figures.statuses[SILENT]:
            faults.append(f"{silent} of {figures.requests} requests had no answer in time")
        if figures.lost:
            faults.append(f"{figures.lost} of {figures.acknowledged} acknowledged changes are lost")
        if (p99 := percentile(self.latencies, 0.99)) > MOST_LATENCY:
            faults.append(f"health took {1000 * p99:.0f} ms at p99")
        if self.memory and self.memory.after > MOST_GROWTH * self.memory.before:
            faults.append(
                f"memory grew from {self.memory.before:.0f} to {self.memory.after:.0f} MB"
            )
        if not self.answers:
            faults.append("the server does not answer an ordinary call afterwards")
        return faults


def run(attack: Attack, seed: int) -> Result:
    """Raises Skipped, NotStarted."""
    random, begun = Random(f"{seed} {attack.name}"), time.monotonic()
    with tempfile.TemporaryDirectory() as name, _disk(Path(name) / "disk", attack.disk_mb) as disk:
        server = Server(Path(name), disk / "data", attack.open_files)
        server.start()
        try:
            furnish(server)
            attack.prepare(server, random)
            pid, before = server.pid, _settled_memory(server)
            server.forget_peak()
            server.probe()
            figures = attack.run(server, random)
            server.stop_probing()
            answers = server.running and answers_ordinary_calls(server)
            memory = None
            if server.running and server.pid == pid:
                memory = Memory(before, server.peak_memory(), _settled_memory(server))
            seconds = time.monotonic() - begun
            return Result(attack.name, figures, server.latencies, memory, answers, seconds)
        finally:
            server.kill()


def _settled_memory(server: Server) -> float:
    """The least of some moments: what a request has just freed may take one to be given back."""
    pause, found = threading.Event(), [server.memory()]
    for _ in range(_SETTLE_SECONDS):
        pause.wait(1)
        found.append(server.memory())
    return min(found)


@contextmanager
def _disk(where: Path, megabytes: int | None) -> Iterator[Path]:
    """A folder; with a size, on a file system of its own."""
    where.mkdir()
    if megabytes is None:
        yield where
        return
    if os.geteuid() != 0:
        raise Skipped("only root can mount a small disk")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(where)]
    done = subprocess.run(mount, capture_output=True, text=True)
    if done.returncode:
        raise Skipped(f"a small disk cannot be mounted: {done.stderr.strip()}")
    try:
        yield where
    finally:
        subprocess.run(["umount", "-l", str(where)], check=True)
