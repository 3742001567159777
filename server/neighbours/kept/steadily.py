"""Writing kept services while the server runs: before a change is answered where that is quick,
some seconds later where it is not, and at once where a backup asks for it.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gluematch.server.neighbours.s3.files import NotKept

from .asking import Asked
from .keeping import NAMES, Keeping

LOOK_SECONDS = 1.0
PAUSE_SECONDS = 2.0
REST = 20
"""As many times as long as a writing took of a processor, the next one that nobody waits for comes
later: a twentieth of one processor at most is spent on it, however much there is to write."""

_REACHED = {
    **{name: frozenset({name}) for name in NAMES},
    "sts": frozenset({"iam"}),
    "sns": frozenset({"sns", "sqs"}),
    "events": frozenset({"sqs", "logs"}),
    "kms": frozenset[str](),
    "s3": frozenset[str](),
}
"""What a request to a service changes before it is answered: STS gives out keys of IAM. Others may
change all."""
_REACHED_LATER = {"s3": frozenset({"sqs"})}
"""S3 tells queues of objects; no client waits for that."""


class ChangesLost(Exception):
    """At the end of a server some acknowledged changes could not be written; the message names
    their services."""


class Steadily:
    """Writes what has changed, and at its end everything."""

    def __init__(self, keeping: Keeping, data_dir: Path) -> None:
        """Raises NotRead for what was kept and cannot be read, and OSError."""
        self._keeping = keeping
        keeping.bring_back()
        self._asked = Asked(data_dir)
        self._unwritten: set[str] = set()
        self._acknowledged: set[tuple[str, str]] = set()  # services and accounts
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="neighbours", daemon=True)
        self._thread.start()

    @contextmanager
    def changing(self, service: str, account: str) -> Iterator[None]:
        """Do in the block what an account asked of a service: when this ends, all that it changed
        is on the disk, but for services that are too large to wait for.

        Raises NotKept before the block where nothing could be written, and after it where that
        comes out only then. The change may be there all the same, then or later.
        """
        names = _REACHED.get(service, NAMES)
        for name in names:
            self._keeping.check_writable(name)
        try:
            yield
        finally:  # whatever became of the request, what it left in memory is what there is
            self._unwritten.update(names)
        self._acknowledged.update((name, account) for name in _REACHED_LATER.get(service, ()))
        self._unwritten.update(_REACHED_LATER.get(service, ()))
        for name in names:
            if self._keeping.is_awaited(name, account):
                self._commit(name, account)
            else:
                self._acknowledged.add((name, account))

    def changed(self, service: str, account: str) -> None:
        """A kept service was changed by the server itself, which does not wait."""
        self._acknowledged.add((service, account))
        self._unwritten.add(service)

    def forget(self) -> None:
        """The services have been emptied."""
        self._keeping.forget()

    def close(self) -> None:
        """Write everything: nobody changes anything any more. Raises ChangesLost."""
        self._ended.set()
        self._thread.join()
        try:
            self._keep(NAMES)
        finally:
            self._asked.close()
        lost = {
            f"{name} ({self._keeping.why(*of)})" for of in self._acknowledged for name in of[:1]
        }
        if lost:
            whose = ", ".join(sorted(lost))
            raise ChangesLost(
                f"acknowledged changes are lost, since files were not written: {whose}"
            )

    def _work(self) -> None:
        due = 0.0
        while not self._ended.wait(LOOK_SECONDS):
            asked = self._asked.now()
            if not asked and (not self._unwritten or time.monotonic() < due):
                continue
            before = time.thread_time()
            refused = self._keep(NAMES if asked else frozenset(self._unwritten.copy()))
            spent = time.thread_time() - before
            due = time.monotonic() + max(PAUSE_SECONDS, REST * spent)
            if asked:
                self._asked.answer(done=not refused)

    def _keep(self, names: frozenset[str]) -> frozenset[str]:
        """Write those services; the names of those that could not be."""
        acknowledged = {(name, account) for name, account in [*self._acknowledged] if name in names}
        self._unwritten.difference_update(names)
        self._acknowledged.difference_update(acknowledged)
        refused = self._keeping.keep(names)
        self._unwritten.update(refused)
        self._acknowledged.update(of for of in acknowledged if self._keeping.why(*of) is not None)
        return refused

    def _commit(self, name: str, account: str) -> None:
        self._unwritten.discard(name)
        try:
            self._keeping.commit(name, account)
        except NotKept:
            self._unwritten.add(name)
            raise
