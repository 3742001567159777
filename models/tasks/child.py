"""What happens inside a child process: it runs one body and leaves the outcome in a file.

The file holds the pickled job at first and the pickled outcome at last. Log lines and
progress go through the channel meanwhile. A child that dies leaves no outcome: its exit
status then tells the supervisor what to say.
"""

import importlib
import os
import pickle
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from gluematch.models import clock, processes
from gluematch.models.datasets.access import Access, AwsServices, SourceError
from gluematch.models.datasets.objects import ObjectStore

from .work import Body, Failed, LogLine, Outcome, Succeeded, WorkError

DONE, BROKEN = 0, 70
NICENESS = 5
QUIET_SECONDS = 0.2
TENTH = 0.1


@dataclass(frozen=True, slots=True)
class Job:
    """What a child is to do: the body's name, its inputs, and how to reach AWS services."""

    body: str
    inputs: Any
    access: Access


@dataclass(frozen=True, slots=True)
class Said:
    """A log line on its way to the server."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Reached:
    """Progress on its way to the server."""

    fraction: float
    stage: str


@dataclass(frozen=True, slots=True)
class Printed:
    """Lines on their way to a stream of CloudWatch Logs."""

    group: str
    stream: str
    lines: tuple[LogLine, ...]


Message = Said | Reached | Printed


def run(channel_fd: int, file_fd: int, parent: int) -> None:
    """Be the child: settle, run the job in the file, write the outcome, exit. Never returns."""
    _settle(parent)
    with open(file_fd, "r+b") as file, Connection(channel_fd) as connection:
        job: Job = pickle.load(file)  # noqa: S301 - written by our own server
        channel = PipeChannel(job.access, connection.send)
        outcome = _outcome(job, channel)
        _leave(file, outcome)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(DONE)


class PipeChannel:
    """The channel of a body: S3, and small messages to the server."""

    def __init__(self, access: Access, send: Callable[[Message], None]) -> None:
        self._objects = ObjectStore(access.s3)
        self._services = AwsServices(access.services)
        self._send = send
        self._stage = ""
        self._told = 0.0
        self._quiet_until = 0.0

    @property
    def objects(self) -> ObjectStore:
        """S3, as the run's account sees it."""
        return self._objects

    @property
    def services(self) -> AwsServices:
        """The other AWS services, as the run's account sees them."""
        return self._services

    def write(self, group: str, stream: str, lines: Sequence[LogLine]) -> None:
        """Send lines for a stream of CloudWatch Logs."""
        self._send(Printed(group, stream, tuple(lines)))

    def log(self, line: str) -> None:
        """Send a line to the run's log."""
        self._send(Said(clock.now(), line))

    def progress(self, fraction: float, stage: str) -> None:
        """Send progress, a few times a second at most; new stages and tenths are logged."""
        fraction = min(1.0, max(0.0, fraction))
        if stage != self._stage or fraction >= self._told + TENTH:
            self._stage, self._told = stage, fraction
            self.log(f"{fraction:.0%}: {stage}")
        elif time.monotonic() < self._quiet_until:
            return
        self._quiet_until = time.monotonic() + QUIET_SECONDS
        self._send(Reached(fraction, stage))


def body_named(name: str) -> Body:
    """The function that `package.module:function` names."""
    module, _, function = name.partition(":")
    body: Body = getattr(importlib.import_module(module), function)
    return body


def _outcome(job: Job, channel: PipeChannel) -> Outcome:
    try:
        return Succeeded(body_named(job.body)(job.inputs, channel))
    except (WorkError, SourceError) as error:
        return Failed(str(error))
    except MemoryError:
        return Failed("The run needs more memory than this machine gives it.")
    except Exception as error:
        where = _frames(error.__traceback__)
        for frame in where:
            channel.log(f"  at {frame}")
        return Failed(
            f"An error inside gluematch ended the run: {type(error).__name__} at {where[-1]}. "
            "The log names the places; please report it."
        )


def _frames(trace: TracebackType | None) -> list[str]:
    """Where an error came from, without its message: that may quote a record."""
    return [
        f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(trace)
    ]


def _leave(file: BinaryIO, outcome: Outcome) -> None:
    file.seek(0)
    file.truncate()
    pickle.dump(outcome, file)


def _settle(parent: int) -> None:
    """Be killed in a group of our own, make way for the API, and outlive no server."""
    os.setpgid(0, 0)
    os.nice(NICENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    processes.be_expendable()
    processes.die_with_parent()
    if os.getppid() != parent:
        os._exit(BROKEN)
