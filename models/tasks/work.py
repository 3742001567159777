"""What a kind of background work is: the contract between the supervisor and its bodies.

A run is a row of the catalog. The supervisor reads rows, starts children and closes rows;
a `Kind` tells it how, for task runs or for crawls. Only the body that it names runs elsewhere:
in a child process, where there is no catalog, only inputs, a channel and S3.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

from gluematch.models.datasets.access import AwsServices
from gluematch.models.datasets.objects import ObjectStore
from gluematch.models.scope import Scope

if TYPE_CHECKING:  # a child has no catalog
    from gluematch.models.catalog.store import Catalog, Connection, Transaction


class WorkError(Exception):
    """Raised by `prepare` or a body: the run fails, and its user reads the message.

    The message says what is wrong and what to do. It quotes no record.
    """


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of a run's log, and the instant that it speaks of."""

    at: datetime
    text: str


class LogSink(Protocol):
    """Where the lines of runs go: CloudWatch Logs, as users read it. Called by one thread."""

    def write(self, scope: Scope, group: str, stream: str, lines: Sequence[LogLine]) -> None:
        """Add the lines at the end of the stream; group and stream are made when missing."""


class Timetable(Protocol):
    """What begins at an instant, and not because a client asks. Used by one thread."""

    def seconds_left(self) -> float | None:
        """Until `fire` is to be called next; None when it is not."""

    def fire(self) -> None:
        """Write the rows of what is due. Called too whenever rows may have changed."""


class Channel(Protocol):
    """What a body may reach: AWS as the run's account sees it, and ways to report."""

    @property
    def objects(self) -> ObjectStore:
        """The objects of the run's account and region."""

    @property
    def services(self) -> AwsServices:
        """The other AWS services of the run's account and region, on our own port."""

    def write(self, group: str, stream: str, lines: Sequence[LogLine]) -> None:
        """Add lines to another stream of CloudWatch Logs than the run's own."""

    def log(self, line: str) -> None:
        """Tell the user what happens: figures and names of objects, never a record."""

    def progress(self, fraction: float, stage: str) -> None:
        """Say how far the run is, 0 to 1, and in which stage. Cheap: call it often."""


Body = Callable[[Any, Channel], Any]
"""A function of a module: picklable inputs in, a picklable result out, or a WorkError."""


class State(Enum):
    """What the supervisor has to do with an open row, if no child of its own has it."""

    WAITING = "start it"
    RUNNING = "leave it"
    STOPPING = "end it"


@dataclass(frozen=True, slots=True)
class Work:
    """An open row, as the supervisor needs to know it.

    `work_id` is unique among all kinds and scopes. `row` is the kind's own affair.
    `retries` is how many times a failed run is started again; `timeout` bounds all attempts.
    The supervisor counts `attempt` from 0.
    """

    scope: Scope
    work_id: str
    state: State
    log_group: str
    log_stream: str
    timeout: timedelta
    row: Any
    retries: int = 0
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The body returned `result`."""

    result: Any


@dataclass(frozen=True, slots=True)
class Failed:
    """The body raised, or its child died: `message` is for the user."""

    message: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """A user stopped the run; its child, if it had one, is gone."""


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The run took longer than its timeout; its child is gone."""


Outcome = Succeeded | Failed | Stopped | TimedOut


class Kind(Protocol):
    """One kind of work. Every method is called in the server, by the supervisor's thread.

    No method but `settle` waits for anything but the catalog. Every method that gets a transaction
    does all its writing in it.

    `slots` bounds how many of its runs go on at a time, beside all others; None: they share
    the supervisor's slots with other kinds.
    """

    slots: int | None

    def recover(self, connection: "Connection", held: Collection[str]) -> None:
        """Close the rows that a server's crash left running, but those of the ids `held`, which
        servers that live have taken.

        Their error is `work.CRASHED`; rows that were to be stopped are stopped. Called before
        anything starts, and when another server has died.
        """

    def open_works(self, catalog: "Catalog") -> list[Work]:
        """All rows of all accounts that are not closed, the oldest first.

        A kind whose rows do not tell waiting from running says WAITING; the supervisor
        knows which of them its children have. A child whose row is gone is ended.
        """

    def claim(self, tx: "Transaction", work: Work) -> bool:
        """Take a waiting row by compare-and-set; false when it is not waiting any more.

        False as well while it has to wait for another run: it is asked again when one ends.
        From the second attempt on the row is running, and is taken if it still is.
        """

    def body(self, work: Work) -> str:
        """The name of the Body that a child runs for this row, as `package.module:function`.

        A name, so that the server never imports the engine: only the fork server does.
        What `prepare` returns and the result's types must come from light modules too.
        """

    def prepare(self, tx: "Transaction", work: Work) -> Any:
        """Read the body's inputs from the catalog: a picklable value.

        Raises WorkError, or a GlueError such as EntityNotFoundException: the run fails with
        that message. Called again before each attempt.
        """

    def note_progress(self, tx: "Transaction", work: Work, fraction: float, stage: str) -> None:
        """Write down how far the run is. Called once a second or so."""

    def conclude(self, tx: "Transaction", work: Work, outcome: Outcome) -> Sequence[str]:
        """Apply the result and close the row, which may be gone meanwhile.

        Returns the last lines for the run's log. Raising WorkError or GlueError fails the
        run with that message: then nothing of the result is kept.
        """

    def settle(
        self, catalog: "Catalog", work: Work, outcome: Outcome, services: AwsServices
    ) -> None:
        """After the row is closed for good: tell other services, which had to wait for that.

        It may speak with the services on our own port. What it raises is logged, no more.
        """


CRASHED = "The server stopped while this run was in progress. Start it again."
