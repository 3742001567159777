"""The server's side of the fork server: starting children, hearing of them, ending them.

It knows nothing of rows; `supervisor.py` does. Only the supervisor's thread uses it.
"""

import os
import pickle
import signal
import socket
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import IO

from gluematch.models import processes

from .child import DONE, Job, Message
from .fork_server import ENDED, KILL, READY, RECORD, START, STARTED, UNABLE
from .work import Failed, Outcome

PROGRAM = (
    "import sys; sys.path[:] = {path!r}; "
    "from gluematch.models.tasks.fork_server import main; main({fd}, {modules!r})"
)
GONE_SECONDS = 10.0


class Child:
    """One process that runs one body, from the request for it until its end."""

    def __init__(self, channel: Connection, file: IO[bytes]) -> None:
        self.channel = channel
        self.silent = False
        self.pid: int | None = None
        self.exit_code: int | None = None
        self._file = file
        self._unable = ""

    def heard(self, most: int | None = None) -> Iterator[Message]:
        """What the body has said since the last time, `most` messages if given; never waits.

        `silent` once the child will say nothing any more.
        """
        heard = 0
        try:
            while heard != most and self.channel.poll(0):
                yield self.channel.recv()
                heard += 1
        except (EOFError, OSError):
            self.silent = True

    def outcome(self) -> Outcome:
        """The outcome of a child that has ended; then nothing of it is left open."""
        try:
            if self._unable:
                return Failed(self._unable)
            if self.exit_code != DONE:
                return Failed(
                    processes.death("The process of the run", self.exit_code) + " Start it again."
                )
            self._file.seek(0)
            outcome: Outcome = pickle.load(self._file)  # noqa: S301 - written by our own child
            return outcome
        finally:
            self.close()

    def close(self) -> None:
        """Give back the channel and the file."""
        self.channel.close()
        self._file.close()

    def was_not_started(self, reason: str) -> None:
        """Note that no process came of the request."""
        self._unable = reason


class Children:
    """The fork server and the children that it was asked for.

    It loads `modules` first. `environment` is all that they have of the server's.
    """

    def __init__(self, modules: Sequence[str], environment: Mapping[str, str]) -> None:
        self._modules = list(modules)
        self._environment = dict(environment)
        self._requested: deque[Child] = deque()
        self._alive: dict[int, Child] = {}
        self._lost: list[Child] = []
        self._heard = b""
        self._ready = False
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def sources(self) -> list[socket.socket]:
        """What becomes readable when `ended` may have something to tell."""
        return [] if self._control is None else [self._control]

    def load(self) -> None:
        """Open the fork server unless it is there; returns while it loads its modules."""
        self._opened()

    def start(self, job: Job) -> Child:
        """Ask for a child that does `job`; returns before it runs."""
        control = self._opened()
        file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        pickle.dump(job, file)
        file.seek(0)
        ours, theirs = _pipe()
        child = Child(ours, file)
        self._requested.append(child)
        with theirs:
            try:
                fds = [theirs.fileno(), file.fileno()]
                socket.send_fds(control, [RECORD.pack(START, 0, 0)], fds)
            except OSError:
                self._mourn()
        return child

    def kill(self, child: Child, number: signal.Signals) -> None:
        """Signal a child and all that it has started; nothing if it is not there any more."""
        if self._control is not None and child.pid in self._alive:
            try:
                self._control.sendall(RECORD.pack(KILL, child.pid, number))
            except OSError:
                self._mourn()

    def ended(self) -> list[Child]:
        """The children that have ended since the last time; never waits."""
        if self._control is not None:
            try:
                found = self._control.recv(RECORD.size * 64, socket.MSG_DONTWAIT)
            except BlockingIOError:
                pass
            except ConnectionError:
                self._mourn()
            else:
                self._take(found)
        lost, self._lost = self._lost, []
        return lost

    def close(self) -> None:
        """End every child and the fork server, now."""
        if self._control is not None:
            self._control.close()
        if self._process is None:
            return
        if not self._ready:
            self._process.kill()  # it is loading modules, has no child and hears nothing
        try:
            self._process.wait(GONE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for pid in self._alive:
            _kill_group(pid)

    def _take(self, found: bytes) -> None:
        if not found:
            self._mourn()
            return
        self._heard += found
        whole = len(self._heard) // RECORD.size * RECORD.size
        records, self._heard = self._heard[:whole], self._heard[whole:]
        for what, pid, number in RECORD.iter_unpack(records):
            self._learn(what, pid, number)

    def _learn(self, what: bytes, pid: int, number: int) -> None:
        if what == READY:
            self._ready = True
        elif what == STARTED:
            child = self._requested.popleft()
            child.pid = pid
            self._alive[pid] = child
        elif what == UNABLE:
            child = self._requested.popleft()
            reason = os.strerror(number)
            child.was_not_started(f"No process could be started for the run: {reason}.")
            self._lost.append(child)
        elif what == ENDED:
            child = self._alive.pop(pid)
            child.exit_code = number
            self._lost.append(child)

    def _opened(self) -> socket.socket:
        """The socket to a fork server that is there, or comes up."""
        if self._control is not None:
            return self._control
        ours, theirs = socket.socketpair()
        program = PROGRAM.format(path=sys.path, fd=theirs.fileno(), modules=self._modules)
        with theirs:
            process = subprocess.Popen(  # noqa: S603 - our own program in our own Python
                [sys.executable, "-c", program],
                pass_fds=[theirs.fileno()],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._control, self._process = ours, process
        return ours

    def _mourn(self) -> None:
        """The fork server has died: so have all children. The next start opens another."""
        for pid in self._alive:
            _kill_group(pid)
        for child in (*self._requested, *self._alive.values()):
            child.was_not_started(
                "The process from which runs are started has died, and this run with it. "
                "Start it again."
            )
            self._lost.append(child)
        self._requested.clear()
        self._alive.clear()
        self._heard = b""
        self._ready = False
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def _pipe() -> tuple[Connection, Connection]:
    ours, theirs = socket.socketpair()
    return Connection(ours.detach()), Connection(theirs.detach())


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # nobody of the group is left
        os.killpg(pid, signal.SIGKILL)
