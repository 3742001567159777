"""The fork server: a process that has loaded the engine once and forks itself for each run.

It belongs to `children.py`, which starts it and speaks with it over one socket. When that
socket closes, the server is gone: the fork server ends every child and then itself.
"""

import gc
import importlib
import os
import select
import signal
import socket
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from gluematch.models import processes
from gluematch.models.datasets import objects

from . import child

RECORD = struct.Struct("!cii")
"""Every message, both ways: what it is, a process id, and a signal or wait status."""

READY, START, STARTED, UNABLE, KILL, ENDED = b"r", b"s", b"p", b"u", b"k", b"e"

THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def main(control_fd: int, modules: Sequence[str]) -> None:
    """Load `modules`, then fork a child for each request until the socket closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in THREAD_LIMITS:
        os.putenv(name, "1")  # as many runs as cores go on at a time: one thread for each
    gc.disable()  # loading makes little but what stays, and a fifth of it went into looking
    for module in modules:
        importlib.import_module(module)
    objects.warm()
    gc.collect()
    gc.freeze()  # the collector leaves what is loaded alone, so that children share its pages
    gc.enable()
    ForkServer(socket.socket(fileno=control_fd)).serve()


class ForkServer:
    """The loop over requests and over children that end."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._pid = os.getpid()
        self._children: set[int] = set()
        self._ended, wake = os.pipe()
        os.set_blocking(self._ended, False)
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _note)

    def serve(self) -> None:
        """Work until the other end of the socket closes, then end all children."""
        processes.adopt_orphans()
        self._tell(READY, 0, 0)
        while True:
            readable = select.select([self._control.fileno(), self._ended], [], [])[0]
            if self._ended in readable:
                os.read(self._ended, 4096)
                self._reap()
            if self._control.fileno() in readable and not self._obey():
                break
        for pid in self._children:
            _signal_group(pid, signal.SIGKILL)
        processes.end_descendants()

    def _obey(self) -> bool:
        """Carry out one request; false when there is nobody left to make any."""
        try:
            record, fds, _, _ = socket.recv_fds(self._control, RECORD.size, 2)
        except ConnectionError:
            return False
        if len(record) < RECORD.size:
            return False
        what, pid, number = RECORD.unpack(record)
        if what == START:
            self._fork(fds)
        elif what == KILL and pid in self._children:
            _signal_group(pid, number)
        return True

    def _fork(self, fds: list[int]) -> None:
        try:
            pid = os.fork()
        except OSError as error:
            self._tell(UNABLE, 0, error.errno or 0)
        else:
            if pid == 0:
                self._become_child(fds)
            self._children.add(pid)
            _own_group(pid)
            self._tell(STARTED, pid, 0)
        for fd in fds:
            os.close(fd)

    def _become_child(self, fds: list[int]) -> NoReturn:
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(self._ended)
            self._control.close()
            channel, file = fds
            child.run(channel, file, self._pid)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(child.BROKEN)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            ours = pid in self._children
            self._children.discard(pid)
            _signal_group(pid, signal.SIGKILL)  # what the child itself has started
            for orphan in processes.children(self._pid) - self._children:
                processes.kill(orphan)  # the same, where it has left the group
            if ours:
                self._tell(ENDED, pid, os.waitstatus_to_exitcode(status))

    def _tell(self, what: bytes, pid: int, number: int) -> None:
        with suppress(ConnectionError):  # the server is gone; the loop is about to see that too
            self._control.sendall(RECORD.pack(what, pid, number))


def _note(_signal: int, _frame: object) -> None:
    """A handler there has to be, or SIGCHLD would wake nobody."""


def _own_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # it has ended already
        os.setpgid(pid, pid)


def _signal_group(pid: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # nobody of the group is left
        os.killpg(pid, number)
