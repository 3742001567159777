"""The processes that a benchmark started, and what those started: what they use, and ending one.

It reads /proc, so elsewhere than on Linux it knows of none.
"""

import os
import signal
from pathlib import Path

_EXECUTOR = b"CoarseGrainedExecutorBackend"


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


def usage(process: int) -> tuple[float, float]:
    """Seconds of processor that the process and its descendants have used, and the sum of the
    most memory that each has held, in GB."""
    ticks, kilobytes = 0, 0
    for pid in descendants(process):
        ticks += sum(map(int, _read(pid, "stat").rpartition(b")")[2].split()[11:15]))
        most = _read(pid, "status").partition(b"VmHWM:")[2].split()
        kilobytes += int(most[0]) if most else 0
    return ticks / os.sysconf("SC_CLK_TCK"), kilobytes / 1e6


def _read(process: int, name: str) -> bytes:
    """What the system tells of a process; nothing where it has ended."""
    try:
        return Path(f"/proc/{process}/{name}").read_bytes()
    except OSError:
        return b""
