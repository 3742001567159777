"""Keeping neighbours while the server runs: some seconds after a change, and at once where somebody
asks for it. Requests only say what may have changed.
"""

import threading
import time
from pathlib import Path

from .asking import Asked
from .keeping import NAMES, Keeping

LOOK_SECONDS = 1.0
PAUSE_SECONDS = 2.0
REST = 20
"""As many times as long as a writing took of a processor, the next one waits: a twentieth of one
processor at most is spent on it, however much there is to write."""
_REACHED_FROM = {
    **{name: {name} for name in NAMES},
    "sts": {"iam"},
    "s3": {"sqs"},
    "sns": {"sns", "sqs"},
}
"""What a request to a service can change: STS gives out keys of IAM, S3 tells queues of objects,
and topics deliver to queues."""


class Steadily:
    """A thread that keeps what has changed, and at its end everything."""

    def __init__(self, keeping: Keeping, data_dir: Path) -> None:
        """Raises NotRead for what was kept and cannot be read, and OSError."""
        self._keeping = keeping
        keeping.bring_back()
        self._asked = Asked(data_dir)
        self._changed: set[str] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="neighbours", daemon=True)
        self._thread.start()

    def changed(self, service: str) -> None:
        """A service has done what changes something. One that is not kept may change all."""
        self._changed.update(_REACHED_FROM.get(service, NAMES))

    def forget(self) -> None:
        """The services have been emptied."""
        self._keeping.forget()

    def close(self) -> None:
        """Keep everything: nobody changes anything any more."""
        self._ended.set()
        self._thread.join()
        self._keeping.keep()
        self._asked.close()

    def _work(self) -> None:
        due = 0.0
        while not self._ended.wait(LOOK_SECONDS):
            asked = self._asked.now()
            if not asked and (not self._changed or time.monotonic() < due):
                continue
            before = time.thread_time()
            refused = self._keep(NAMES if asked else frozenset(self._changed.copy()))
            spent = time.thread_time() - before
            due = time.monotonic() + max(PAUSE_SECONDS, REST * spent)
            if asked:
                self._asked.answer(done=not refused)

    def _keep(self, names: frozenset[str]) -> frozenset[str]:
        """Keep those services; the names of those that could not be."""
        self._changed.difference_update(names)
        refused = self._keeping.keep(names)
        self._changed.update(refused)
        return refused
