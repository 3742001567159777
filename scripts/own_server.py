"""A server in a process of its own, for benchmarks, and the memory that it takes."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def server(
    data_dir: str | None = None, **environment: str
) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A server that keeps all in a directory or else nothing, and its URL once it is ready."""
    command = [sys.executable, "-m", "gluematch.server", "serve", "--port", "0"]
    command += ["--ephemeral"] if data_dir is None else ["--data-dir", data_dir]
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL  # a line of the log for each request
    env = {**os.environ, **environment}
    with subprocess.Popen(command, stdout=pipe, stderr=nowhere, text=True, env=env) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"ready at (\S+)", process.stdout.readline())
            assert found is not None, "the server did not start"
            yield process, found.group(1)
        finally:
            process.terminate()


def memory(pid: int) -> float:
    """Megabytes of proportional set size of a process and all that it has started."""
    total = 0
    for one in family(pid):
        with suppress(FileNotFoundError, ProcessLookupError):
            rollup = Path(f"/proc/{one}/smaps_rollup").read_text()
            found = re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)
            total += int(found.group(1)) if found else 0
    return total / 1024


def family(pid: int) -> set[int]:
    """The process and its descendants."""
    fathers = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            fields = path.read_text().rpartition(")")[2].split()
            fathers[int(path.parent.name)] = int(fields[1])
    found = {pid}
    while fresh := {one for one, father in fathers.items() if father in found} - found:
        found |= fresh
    return found
