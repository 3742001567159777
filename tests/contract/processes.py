"""The processes of a server's runs, as the operating system knows them (Linux)."""

import os
import signal
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from waiting import until


def fork_server(parent: int | None = None, others: Collection[int] = ()) -> int:
    """The fork server that was started last by `parent`, or by this process, once it is there.

    `others` are those of other servers in the same process.
    """

    def found() -> list[int]:
        return [
            pid
            for pid in children(os.getpid() if parent is None else parent)
            if pid not in others and b"fork_server" in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]

    return max(until(found, "a fork server"), key=lambda pid: int(_stat(pid)[19]))


def children(parent: int) -> list[int]:
    """The living child processes of a process."""
    found = []
    for path in Path("/proc").iterdir():
        if path.name.isdecimal():
            try:
                state, father = _stat(int(path.name))[:2]
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(father) == parent and state not in "ZX":
                found.append(int(path.name))
    return found


def halted_child(server: int) -> int:
    """The one child of a fork server, stopped in the midst of its run."""
    (child,) = until(lambda: children(server), "a child", longest=0.02)
    os.kill(child, signal.SIGSTOP)
    return child


@contextmanager
def no_new_children(server: int) -> Iterator[None]:
    """Meanwhile the fork server does not answer: runs are claimed and do not go on."""
    os.kill(server, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server, signal.SIGCONT)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
