"""The supervisor: the thread that turns rows into running children, and outcomes into rows.

It waits for pipes and deadlines, never for time to pass: a wake-up, a word of a child, the
end of a child, the nearest timeout, the next fire of a schedule. What a row means is its
kind's affair (`work.py`).
"""

import logging
import math
import signal
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence, Set
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from functools import partial
from multiprocessing.connection import wait

from gluematch.models import clock
from gluematch.models.catalog import leases
from gluematch.models.catalog.leases import Server
from gluematch.models.catalog.store import Catalog
from gluematch.models.datasets.access import Access, AwsServices
from gluematch.models.errors import GlueError
from gluematch.models.scope import Scope

from .child import Job, Printed, Reached, Said
from .children import Children
from .recovery import after_another, after_itself
from .run import Run, retry_lines
from .scales import Scales
from .troubles import BROKEN, LATER, LeaseLost, carefully
from .turns import Entry, has_room, in_turn
from .work import (
    CRASHED,
    Failed,
    Kind,
    LogLine,
    LogSink,
    Outcome,
    State,
    Stopped,
    Succeeded,
    TimedOut,
    Timetable,
    Work,
    WorkError,
)

LOGGER = logging.getLogger("gluematch.tasks")
TERM_SECONDS = 1.0
WRITE_SECONDS = 1.0
TROUBLE_SECONDS = 1.0
LONGEST_WAIT = 3600.0
IDLE_SECONDS = 3.0
MESSAGES = 50
LONGEST_SLEEP = 60.0  # while a schedule waits: the machine's clock may be set, or stand still
ALONE = "the only one"
"""The name of a server that shares its catalog with none."""


class Supervisor:
    """Runs the works of `kinds`, each in a child process.

    At most `slots` go on at a time (turns.has_room says when it is one more), those of kinds that
    have slots of their own not counted.

    A run that takes more than `run_memory` bytes fails.

    The modules of `children` are loaded before the first child, so that children start at once.
    That begins with the first row to work on, or IDLE_SECONDS after the start: who serves a moment
    only is spared.
    """

    def __init__(
        self,
        catalog: Catalog,
        access_for: Callable[[Scope], Access],
        logs: LogSink,
        timetable: Timetable,
        *,
        kinds: Sequence[Kind],
        children: Children,
        slots: int,
        server: str = ALONE,
        run_memory: int | None = None,
    ) -> None:
        self._catalog = catalog
        self._access_for = access_for
        self._logs = logs
        self._timetable = timetable
        self._kinds = kinds
        self._slots = slots
        self._server = server
        self._gone: deque[Callable[[], None]] = deque()
        self._scales = Scales(run_memory)
        self._runs: dict[str, Run] = {}
        self._unclosed: dict[str, tuple[Kind, Work, Outcome]] = {}
        self._closing = False
        self._turn_began = math.inf
        self._fresh_starts: deque[tuple[Callable[[], None], Future[None]]] = deque()
        self._woken, self._wake = socket.socketpair()
        self._woken.settimeout(0)
        self._wake.settimeout(0)
        self._children = children
        self._load_at: float | None = None
        self._thread = threading.Thread(target=self._live, name="gluematch-tasks", daemon=True)

    def start(self) -> None:
        """Close what a crash left open, then serve; returns at once."""
        self._gone.append(partial(after_itself, self._catalog, self._kinds, self._server))
        self._thread.start()

    def bury(self, dead: Server) -> None:
        """Take over the runs of another server. Safe from any thread; returns at once."""
        self._gone.append(partial(after_another, self._catalog, self._kinds, dead))
        self.wake()

    def wake(self) -> None:
        """Say that a row has changed. Safe from any thread; returns at once."""
        with suppress(OSError):  # full: it is called already; closed: nobody is to be called
            self._wake.send(b"!")

    def start_over(self, empty: Callable[[], None]) -> None:
        """End every run without a word, then have `empty` forget their rows; returns after that.

        What `empty` raises is raised here. Safe from any thread but the supervisor's.
        """
        done: Future[None] = Future()
        self._fresh_starts.append((empty, done))
        self.wake()
        done.result()

    def busy(self) -> float | None:
        """For how many seconds its thread has been at work without a pause; None if it ended."""
        seconds = max(0.0, time.monotonic() - self._turn_began)
        return seconds if self._thread.is_alive() else None

    def run_processes(self) -> list[int]:
        """The ids of the children that go on."""
        return [run.child.pid for run in list(self._runs.values()) if run.child.pid]

    def close(self) -> None:
        """End all children, and with them their runs; returns when they are gone."""
        self._closing = True
        self.wake()
        self._thread.join()

    def _live(self) -> None:
        changed, self._load_at = True, time.monotonic() + IDLE_SECONDS
        while not self._closing:
            while self._fresh_starts:
                self._start_over(*self._fresh_starts.popleft())
            while self._gone:
                carefully(self._gone.popleft())
            if changed:
                carefully(self._timetable.fire)
                carefully(self._look)
            for entry in list(self._unclosed.values()):
                self._conclude(*entry)
            changed = self._wait()
        self._end()

    def _start_over(self, empty: Callable[[], None], done: "Future[None]") -> None:
        while self._runs:
            for run in self._runs.values():
                self._children.kill(run.child, signal.SIGKILL)
            ended = self._children.ended()
            for run in [run for run in self._runs.values() if run.child in ended]:
                del self._runs[run.work.work_id]
                run.child.close()
            if self._runs:  # a child that has not begun yet cannot be killed: it is told of
                wait(self._children.sources)
        self._unclosed.clear()
        try:
            empty()
        except Exception as error:
            done.set_exception(error)
        else:
            done.set_result(None)

    def _wait(self) -> bool:
        """Wait for the next event and see to it; whether rows may have changed."""
        channels = {r.child.channel: r for r in self._runs.values() if not r.child.silent}
        calls = [self._woken, *self._children.sources]
        self._turn_began = math.inf
        ready = wait([*calls, *channels], self._patience())
        self._turn_began = time.monotonic()
        for channel in channels.keys() & set(ready):
            carefully(partial(self._listen, channels[channel], MESSAGES))
        ended = self._children.ended()
        for run in [run for run in self._runs.values() if run.child in ended]:
            carefully(partial(self._finish, run))
        self._strike()
        self._load_in_time()
        if self._woken not in ready:
            return bool(ended) or self._is_due()
        with suppress(BlockingIOError):
            self._woken.recv(4096)
        return True

    def _patience(self) -> float | None:
        """Seconds until the nearest deadline; None when there is none."""
        now = time.monotonic()
        left = [run.deadline - now for run in self._runs.values()]
        left += [TROUBLE_SECONDS] * bool(self._unclosed)
        left += [] if self._load_at is None else [self._load_at - now]
        left += [self._scales.seconds_left()] * bool(self._runs)
        if (fire := self._timetable.seconds_left()) is not None:
            left.append(min(fire, LONGEST_SLEEP))
        return max(0.0, min(*left, LONGEST_WAIT)) if left else None

    def _is_due(self) -> bool:
        left = self._timetable.seconds_left()
        return left is not None and left <= 0

    def _look(self) -> None:
        """Bring the children into line with the rows: end, close, start."""
        with self._catalog.look() as connection:
            holders = leases.holders(connection)
        waiting = []
        for kind in self._kinds:
            works = {work.work_id: work for work in kind.open_works(self._catalog)}
            self._mind(kind, works, {run for run, name in holders.items() if name == self._server})
            free = [work for work in works.values() if work.work_id not in holders]
            for work in free:
                if work.state is State.STOPPING and self._take(work):
                    self._conclude(kind, work, Stopped())
            waiting.append([(kind, work) for work in free if work.state is State.WAITING])
        for kind, work in in_turn(waiting, self._going_on()):
            if has_room((kind, work), self._going_on(), self._slots):
                deadline = time.monotonic() + work.timeout.total_seconds()
                carefully(partial(self._begin, kind, work, deadline))

    def _going_on(self) -> list[Entry]:
        return [(run.kind, run.work) for run in self._runs.values()]

    def _mind(self, kind: Kind, works: Mapping[str, Work], own: Set[str]) -> None:
        """End the children whose row or lease is gone, or whose row is to stop; close the rows
        that this server has taken, as they say, and knows nothing of."""
        for run in self._runs.values():
            found = works.get(run.work.work_id)
            going_on = found is not None and found.state is not State.STOPPING
            if run.kind is kind and not (going_on and run.work.work_id in own):
                self._put_down(run, Stopped())
        for name in own & works.keys() - self._runs.keys() - self._unclosed.keys():
            self._conclude(kind, works[name], Failed(BROKEN.format(step="starting")))

    def _begin(self, kind: Kind, work: Work, deadline: float) -> bool:
        """Claim the row and start its child; whether there was a row to claim."""
        taken = self._take(work, kind)
        if taken:
            self._launch(kind, work, deadline)
        return taken

    def _take(self, work: Work, kind: Kind | None = None) -> bool:
        """Have the run's lease, and claim its row as of a kind; whether no other server has it."""
        with self._catalog.within(work.scope).begin() as tx:
            free = leases.is_free(tx.connection, work.work_id, self._server)
            taken = free and (kind is None or kind.claim(tx, work))
            if taken:
                leases.take(tx.connection, work.work_id, self._server)
        return taken

    def _launch(self, kind: Kind, work: Work, deadline: float) -> None:
        try:
            with self._catalog.within(work.scope).read() as tx:
                inputs = kind.prepare(tx, work)
            job = Job(kind.body(work), inputs, self._access_for(work.scope))
            child = self._children.start(job)
        except (WorkError, GlueError) as error:
            self._conclude(kind, work, Failed(str(error)))
        except Exception:
            LOGGER.exception("%s could not be started", work.work_id)
            self._conclude(kind, work, Failed(BROKEN.format(step="starting")))
        else:
            self._runs[work.work_id] = Run(kind, work, child, deadline)

    def _listen(self, run: Run, most: int | None = None) -> None:
        """Take what the child has said: lines go to the log, progress now and then to the row.

        Who says much is heard `most` messages at a time, so that others are heard as well.
        """
        for message in run.child.heard(most):
            match message:
                case Reached():
                    run.reached = message
                case Printed(group, stream, printed):
                    self._write(run.work, group, stream, printed)
                case Said(at, text):
                    run.lines.append(LogLine(at, text))
        lines, run.lines = run.lines, []
        self._log(run.work, lines)
        now = time.monotonic()
        if run.reached is not None and now >= run.written_at + WRITE_SECONDS:
            reached, run.reached, run.written_at = run.reached, None, now
            with self._catalog.within(run.work.scope).begin() as tx:
                run.kind.note_progress(tx, run.work, reached.fraction, reached.stage)

    def _finish(self, run: Run) -> None:
        """A child has ended: close its row, or start it again."""
        del self._runs[run.work.work_id]
        carefully(partial(self._listen, run))
        outcome = run.child.outcome()
        if run.verdict is not None:
            outcome = run.verdict
        if isinstance(outcome, Failed) and run.work.attempt < run.work.retries:
            again = replace(run.work, attempt=run.work.attempt + 1)
            try:
                if self._begin(run.kind, again, run.deadline):
                    self._log_now(again, retry_lines(again, outcome))
                    return
            except Exception:
                LOGGER.exception("%s could not be started again", again.work_id)
        self._conclude(run.kind, run.work, outcome)

    def _conclude(self, kind: Kind, work: Work, outcome: Outcome) -> None:
        """Close the row by `outcome`, or as failed if that cannot be applied.

        A row that cannot be written now is tried again until it can. Its last lines are in the
        log before the row says that the run has ended: who sees the end finds the reason.
        """
        try:
            with self._catalog.within(work.scope).begin(together=False) as tx:
                if not leases.release(tx.connection, work.work_id, self._server):
                    raise LeaseLost
                self._log_now(work, kind.conclude(tx, work, outcome))
        except LeaseLost:
            LOGGER.warning("%s has another server now: its outcome is dropped", work.work_id)
            self._unclosed.pop(work.work_id, None)
        except (WorkError, GlueError) as error:
            if isinstance(outcome, Succeeded) and not isinstance(error, LATER):
                self._conclude(kind, work, Failed(str(error)))
            else:
                self._put_off(kind, work, outcome)
        except Exception:
            if isinstance(outcome, Succeeded):
                LOGGER.exception("%s could not be concluded", work.work_id)
                outcome = Failed(BROKEN.format(step="keeping its result"))
            self._put_off(kind, work, outcome)
        else:
            self._unclosed.pop(work.work_id, None)
            services = AwsServices(self._access_for(work.scope).services)
            carefully(partial(kind.settle, self._catalog, work, outcome, services))

    def _put_off(self, kind: Kind, work: Work, outcome: Outcome) -> None:
        if work.work_id not in self._unclosed:
            LOGGER.exception("%s cannot be closed yet", work.work_id)
        self._unclosed[work.work_id] = kind, work, outcome

    def _put_down(self, run: Run, verdict: Outcome, how: signal.Signals = signal.SIGTERM) -> None:
        """Ask the child to end; a second later it is made to."""
        if run.verdict is None:
            run.verdict = verdict
            run.deadline = time.monotonic() + TERM_SECONDS
            self._children.kill(run.child, how)

    def _strike(self) -> None:
        """See to the deadlines that have passed, and to the memory that runs take."""
        tops = {name: run.child.pid for name, run in self._runs.items() if run.child.pid}
        for name in self._scales.too_heavy(tops):
            self._put_down(self._runs[name], Failed(self._scales.verdict), signal.SIGKILL)
        now = time.monotonic()
        for run in [run for run in self._runs.values() if run.deadline <= now]:
            if run.verdict is None:
                self._put_down(run, TimedOut())
            else:
                run.deadline = now + TERM_SECONDS
                self._children.kill(run.child, signal.SIGKILL)

    def _load_in_time(self) -> None:
        if self._load_at is not None and self._load_at <= time.monotonic():
            self._load_at = None
            carefully(self._children.load)

    def _end(self) -> None:
        self._children.close()
        for _, done in self._fresh_starts:
            done.cancel()
        for run in self._runs.values():
            verdict = run.verdict or Failed(CRASHED)
            carefully(partial(self._listen, run))
            carefully(partial(self._conclude, run.kind, run.work, verdict))
            run.child.close()
        self._wake.close()
        self._woken.close()

    def _log_now(self, work: Work, texts: Sequence[str]) -> None:
        self._log(work, [LogLine(clock.now(), text) for text in texts])

    def _log(self, work: Work, lines: Sequence[LogLine]) -> None:
        self._write(work, work.log_group, work.log_stream, lines)

    def _write(self, work: Work, group: str, stream: str, lines: Sequence[LogLine]) -> None:
        if lines:
            carefully(partial(self._logs.write, work.scope, group, stream, lines))
