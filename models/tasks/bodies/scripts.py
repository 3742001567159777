"""Running a job's script: its process and all that it starts, until the last of them has ended."""

import os
import selectors
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import FrameType
from typing import IO

from gluematch.models import processes
from gluematch.models.datasets.access import Access
from gluematch.models.jobs import launching, staging
from gluematch.models.jobs.launching import Process, Script
from gluematch.models.jobs.staging import ERRORS, OUTPUT, CannotRun, Order
from gluematch.models.tasks.work import Channel, LogLine, WorkError

from .printing import QUIET_SECONDS, Lines

CONTINUOUS = "/aws-glue/jobs/logs-v2"
CHUNK = 64 * 2**10


def run(order: Order, channel: Channel) -> None:
    """Run the script to its end. Raises WorkError with the reason of a failure."""
    access = Access(channel.objects.access, channel.services.access)
    try:
        there = staging.spark_is_there()
        script = staging.stage(order, channel.objects, access, has_spark=there)
        processes.adopt_orphans()
        signal.signal(signal.SIGTERM, _left_to_the_script)
        reason = _follow(_started(script), _streams(order, channel))
    except CannotRun as error:
        raise WorkError(str(error)) from error
    finally:
        shutil.rmtree(order.directory, ignore_errors=True)
    if reason is not None:
        raise WorkError(reason)


def _started(script: Script) -> Process:
    try:
        return launching.start(script, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except (OSError, ValueError) as error:  # arguments that no process can be given
        raise CannotRun(f"The script could not be started: {error}.") from error


def _streams(order: Order, channel: Channel) -> Mapping[str, Lines]:
    """Where standard output and error go: to their log groups, and to a common one if asked."""
    said, stream = order.arguments, order.job.run_id
    more = []
    if said.get("--enable-continuous-cloudwatch-log", "").lower() == "true":
        group = said.get("--continuous-log-logGroup") or CONTINUOUS
        prefix = said.get("--continuous-log-logStreamPrefix") or stream
        more.append(partial(channel.write, group, f"{prefix}-driver"))
    return {
        name: Lines(_all([partial(channel.write, group, stream), *more]))
        for name, group in (("stdout", OUTPUT), ("stderr", ERRORS))
    }


def _all(
    writers: Sequence[Callable[[Sequence[LogLine]], None]],
) -> Callable[[Sequence[LogLine]], None]:
    def write(lines: Sequence[LogLine]) -> None:
        for one in writers:
            one(lines)

    return write


def _follow(process: Process, streams: Mapping[str, Lines]) -> str | None:
    """Pass on what is printed until the script ends, then end what it has left running.

    None if it succeeded, else the reason.
    """
    files: dict[IO[bytes], Lines] = {
        getattr(process.popen, name): lines for name, lines in streams.items()
    }
    ended, end = os.pipe()

    def wait() -> None:
        process.popen.wait()
        os.close(end)

    threading.Thread(target=wait, name="script", daemon=True).start()
    with selectors.DefaultSelector() as selector:
        selector.register(ended, selectors.EVENT_READ)
        for file in files:
            selector.register(file, selectors.EVENT_READ)
        while _read(selector, files):
            pass
    processes.end_descendants()
    os.close(ended)
    for file, lines in files.items():
        _drain(file, lines)
    return process.wait()


def _read(selector: selectors.BaseSelector, files: Mapping[IO[bytes], Lines]) -> bool:
    """Take what there is to read, or pause until lines may wait no longer; false at the end."""
    goes_on, pending = True, any(lines.pending for lines in files.values())
    for key, _ in selector.select(QUIET_SECONDS if pending else None):
        lines = files.get(key.fileobj)  # type: ignore[call-overload]  # the end has no lines
        if lines is None:
            goes_on = False
        elif data := os.read(key.fd, CHUNK):
            lines.feed(data)
        else:
            selector.unregister(key.fileobj)
    for lines in files.values():
        lines.tick()
    return goes_on


def _drain(file: IO[bytes], lines: Lines) -> None:
    """The rest of what was printed; a process that nobody found may have the pipe open still."""
    os.set_blocking(file.fileno(), False)
    try:
        while data := os.read(file.fileno(), CHUNK):
            lines.feed(data)
    except BlockingIOError:
        pass
    file.close()
    lines.close()


def _left_to_the_script(_number: int, _frame: FrameType | None) -> None:
    """The whole group gets SIGTERM: the script ends by it, and its last lines are passed on."""
