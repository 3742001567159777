"""Processes as the operating system sees them: who is below whom, and how to end them all.

Linux tells in /proc. Elsewhere nobody can be found here, and process groups have to do.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
CHILDREN = PROC / "thread-self" / "children"
"""Present where the kernel lists the children of each thread (CONFIG_PROC_CHILDREN)."""
PAGE = os.sysconf("SC_PAGE_SIZE")
CONTAINER_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def machine_memory() -> int:
    """The bytes of memory that this process and all others may use together: of the machine, or of
    the container that it is in."""
    found = [PAGE * os.sysconf("SC_PHYS_PAGES")]
    for path in CONTAINER_LIMITS:
        with suppress(OSError, ValueError):
            found.append(int(path.read_text()))
    return min(found)


def be_expendable() -> None:
    """Have the system, when it runs out of memory, end this process before others (Linux)."""
    with suppress(OSError):
        (PROC / "self" / "oom_score_adj").write_text("500")


def die_with_parent() -> None:
    """Be killed when the thread ends that started this process; it stays so across exec."""
    _prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))


def adopt_orphans() -> None:
    """Become the parent of every process below whose own parent ends, as init is elsewhere."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def children(parent: int) -> set[int]:
    """The living processes that `parent` has started or adopted."""
    return {pid for pid, above in _parents() if above == parent}


def memory(tops: Iterable[int]) -> int:
    """The bytes of these processes and of all below them; what several share is divided."""
    return sum(proportional(pid) for pid in families(tops))


def families(tops: Iterable[int]) -> set[int]:
    """These processes and all below them, as far as they live."""
    return set().union(*families_of(tops).values())


def families_of(tops: Iterable[int]) -> dict[int, set[int]]:
    """Each of these processes, with itself and all below it, as far as they live.

    It reads these processes only, so it costs the same on a machine with many others. A process
    that starts or ends at that moment may be missing.
    """
    if not CHILDREN.exists():
        return _families_by_parents(tops)
    return {top: _family(top) for top in tops}


def proportional(pid: int) -> int:
    """The proportional set size of a process, in bytes; 0 if it has ended or is not ours."""
    with suppress(OSError):
        for line in (PROC / str(pid) / "smaps_rollup").read_bytes().splitlines():
            if line.startswith(b"Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def resident(pid: int) -> int:
    """The resident set size of a process, in bytes; 0 if it has ended."""
    with suppress(OSError):
        return int((PROC / str(pid) / "statm").read_text().split()[1]) * PAGE
    return 0


def living() -> set[int]:
    """Every process of this machine that has not ended."""
    return {pid for pid, _ in _parents()}


def end_descendants() -> None:
    """Kill every process below this one and wait for it, orphans too if they were adopted."""
    me = os.getpid()
    # one look may miss who gets another parent meanwhile
    while found := _living_below(me) or _living_below(me):
        for pid in found:
            kill(pid)
        with suppress(ChildProcessError):
            os.waitpid(-1, 0)


def end_marked(variable: str, value: str) -> int:
    """Kill every process that was started with the variable of that value; how many."""
    mark = f"\0{variable}={value}\0".encode()
    ended: set[int] = set()
    while found := {pid for pid, _ in _parents() if mark in _environment(pid)} - {os.getpid()}:
        for pid in found:
            kill(pid)
        ended |= found
    return len(ended)


def kill(pid: int) -> None:
    """SIGKILL for a process, if it is there and ours."""
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)


def death(what: str, exit_code: int | None) -> str:
    """What to tell a user of a process that ended by `exit_code`, as subprocess has it."""
    if exit_code is None or exit_code >= 0:
        return f"{what} ended early, with exit status {exit_code}."
    name = signal.strsignal(-exit_code)
    if exit_code == -signal.SIGKILL:
        return (
            f"{what} was killed by signal {-exit_code} ({name}). "
            "If nobody ended it, the machine ran out of memory: see its system log."
        )
    return f"{what} was ended by signal {-exit_code} ({name})."


def _living_below(top: int) -> set[int]:
    return _families_by_parents([top])[top] - {top}


def _families_by_parents(tops: Iterable[int]) -> dict[int, set[int]]:
    """The families by the parents of all processes: it misses none that stays where it is."""
    everyone = list(_everyone())
    alive = {pid for pid, _, lives in everyone if lives}
    return {top: (_below(top, everyone) | {top}) & alive for top in tops}


def _family(top: int) -> set[int]:
    """A process and all below it, by the lists of children that the kernel keeps."""
    found, waiting = set[int](), [top]
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting += _children_of(pid)
    return {pid for pid in found if _lives(pid)}


def _children_of(pid: int) -> list[int]:
    """The children of all threads of a process, those that have ended too; none if it is gone."""
    listed: list[int] = []
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):  # paths take ten times longer
            with suppress(OSError), open(f"/proc/{pid}/task/{thread}/children", "rb") as file:
                listed += map(int, file.read().split())
    return listed


def _lives(pid: int) -> bool:
    with suppress(OSError):
        return _state(pid)[0] not in "ZX"
    return False


def _state(pid: int) -> tuple[str, int]:
    """The state and the parent of a process. Raises OSError when it is gone."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        state, parent = file.read().rpartition(b")")[2].split()[:2]
    return state.decode(), int(parent)


def _below(top: int, everyone: Iterable[tuple[int, int, bool]]) -> set[int]:
    """Who is below it, the dead as well."""
    found, level = set[int](), {top}
    while level:
        level = {pid for pid, parent, _ in everyone if parent in level} - found
        found |= level
    return found


def _parents() -> Iterator[tuple[int, int]]:
    """Every living process and its parent."""
    return ((pid, parent) for pid, parent, alive in _everyone() if alive)


def _everyone() -> Iterator[tuple[int, int, bool]]:
    """Every process, its parent, and whether it lives: the dead are there until waited for."""
    if sys.platform != "linux":
        return
    for path in PROC.iterdir():
        if path.name.isdecimal():
            with suppress(FileNotFoundError, ProcessLookupError):
                state, parent = _state(int(path.name))
                yield int(path.name), parent, state not in "ZX"


def _environment(pid: int) -> bytes:
    with suppress(OSError):  # gone, or somebody else's
        return b"\0" + (PROC / str(pid) / "environ").read_bytes() + b"\0"
    return b""


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
