"""A kind of work for tests: rows in memory that the supervisor starts, stops and closes."""

import threading
import time
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from typing import Any

from gluematch.models.catalog.store import Catalog, Connection, Transaction
from gluematch.models.datasets.access import AwsServices
from gluematch.models.errors import OperationTimeoutException
from gluematch.models.scope import Scope
from gluematch.models.tasks.work import LogLine, Outcome, State, Succeeded, Work, WorkError

PATIENCE = 20.0
SCOPE = Scope("123456789012", "eu-central-1")


class Board:
    """A kind of work whose rows live in memory, a log sink and a timetable that remember."""

    slots: int | None = None

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._rows: dict[str, Work] = {}
        self.outcomes: dict[str, Outcome] = {}
        self.lines: dict[str, list[str]] = {}
        self.reached: list[tuple[float, str]] = []
        self.settled: dict[str, tuple[Outcome, str | None]] = {}
        self.held: set[str] | None = None
        self.refusals = 0
        self.alarm: tuple[float, str] | None = None

    def seconds_left(self) -> float | None:
        return None if self.alarm is None else self.alarm[0] - time.monotonic()

    def fire(self) -> None:
        if self.alarm is not None and self.alarm[0] <= time.monotonic():
            name, self.alarm = self.alarm[1], None
            self.put(name, "doubles", 8)

    def put(self, name: str, body: str, inputs: Any = None, **settings: Any) -> None:
        timeout = settings.pop("timeout", timedelta(minutes=1))
        row = (f"task_bodies:{body}", inputs)
        work = Work(SCOPE, name, State.WAITING, "/group", name, timeout, row, **settings)
        with self._changed:
            self._rows[name] = work

    def stop(self, name: str) -> None:
        work = self._rows[name]
        with self._changed:
            self._rows[name] = Work(
                SCOPE, name, State.STOPPING, "/group", name, work.timeout, work.row
            )

    def drop(self, name: str) -> None:
        with self._changed:
            del self._rows[name]

    def wait_until(self, condition: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, PATIENCE)

    def outcome(self, name: str) -> Outcome:
        self.wait_until(lambda: name in self.outcomes)
        return self.outcomes[name]

    def said(self, name: str, word: str) -> str:
        """The rest of the first line of the run that begins with `word`."""

        def found() -> list[str]:
            return [line for line in self.lines.get(name, []) if line.startswith(word)]

        self.wait_until(lambda: bool(found()))
        return found()[0].removeprefix(word).strip()

    def recover(self, connection: Connection, held: Collection[str]) -> None:
        self.held = set(held)

    def open_works(self, catalog: Catalog) -> list[Work]:
        return list(self._rows.values())

    def claim(self, tx: Transaction, work: Work) -> bool:
        return self._rows[work.work_id].state is not State.STOPPING

    def body(self, work: Work) -> str:
        return str(work.row[0])

    def prepare(self, tx: Transaction, work: Work) -> Any:
        if work.row[1] == "unprepared":
            raise WorkError("The table is gone.")
        return work.row[1]

    def note_progress(self, tx: Transaction, work: Work, fraction: float, stage: str) -> None:
        self.reached.append((fraction, stage))

    def conclude(self, tx: Transaction, work: Work, outcome: Outcome) -> Sequence[str]:
        if self.refusals:
            self.refusals -= 1
            raise OperationTimeoutException("The catalog is busy.")
        if outcome == Succeeded("latelate"):
            raise WorkError("The primary key changed.")
        with self._changed:
            self.outcomes[work.work_id] = outcome
            self._rows.pop(work.work_id, None)
            self._changed.notify_all()
        return ["the end"]

    def settle(self, catalog: Catalog, work: Work, outcome: Outcome, services: AwsServices) -> None:
        with self._changed:
            self.settled[work.work_id] = (outcome, services.access.endpoint_url)
            self._changed.notify_all()

    def write(self, scope: Scope, group: str, stream: str, lines: Sequence[LogLine]) -> None:
        with self._changed:
            self.lines.setdefault(stream, []).extend(line.text for line in lines)
            self._changed.notify_all()
