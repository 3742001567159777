"""The processes that a benchmark started, and what those started: what they use, and ending one.

It reads /proc, so elsewhere than on Linux it knows of none.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from own_server import memory

_EXECUTOR = b"CoarseGrainedExecutorBackend"
_SECONDS = 2.0


def end_an_executor() -> int:
    """End an executor of Spark that descends from this process, as a crash would: which."""
    found = next(pid for pid in descendants(os.getpid()) if _EXECUTOR in _read(pid, "cmdline"))
    os.kill(found, signal.SIGKILL)
    return found


def descendants(process: int) -> list[int]:
    """The process, and all that it started, and what those started."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*"):
        if words := _read(int(path.name), "stat").rpartition(b")")[2].split():
            parents[int(path.name)] = int(words[1])
    found = [process]
    for one in found:
        found += [pid for pid, parent in parents.items() if parent == one]
    return found


def processor_seconds(process: int) -> float:
    """What the process and its descendants have used."""
    ticks = 0
    for pid in descendants(process):
        ticks += sum(map(int, _read(pid, "stat").rpartition(b")")[2].split()[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def weighed(process: int) -> Iterator[Callable[[], float]]:
    """What tells the most memory, in GB, that the process and its descendants have held together
    since it was last asked, pages that they share counted once; they are weighed every other
    second."""
    held = [memory(process)]
    over = threading.Event()

    def weigh() -> None:
        while not over.wait(_SECONDS):
            held.append(memory(process))

    def most() -> float:
        held.append(memory(process))
        found = max(held) / 1024
        del held[:-1]
        return found

    weighing = threading.Thread(target=weigh)
    weighing.start()
    try:
        yield most
    finally:
        over.set()
        weighing.join()


def _read(process: int, name: str) -> bytes:
    """What the system tells of a process; nothing where it has ended."""
    try:
        return Path(f"/proc/{process}/{name}").read_bytes()
    except OSError:
        return b""
