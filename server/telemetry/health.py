"""Whether the server does its work: it lives if it answers at all, and is ready if nothing it
needs is missing."""

import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gluematch.models.catalog import queue
from gluematch.models.catalog.store import Catalog

LONGEST_TURN = 60.0
"""Seconds after which a worker that has not come back to its queue counts as stuck."""


@dataclass(frozen=True, slots=True)
class Health:
    """`beside` is the catalog of the S3 in the data directory. `busy` tells for how many seconds
    the worker has not looked at its queue; None if its thread has ended."""

    catalog: Catalog
    beside: Catalog
    data_dir: Path
    busy: Callable[[], float | None]

    def obstacles(self) -> list[str]:
        """What keeps the server from being ready, in words; nothing of them names a resource."""
        checks = (self._damage, self._catalog, self._data_directory, self._worker)
        return [found for check in checks if (found := check()) is not None]

    def watch(self) -> None:
        """Look for damage of the catalogs, in a thread of its own: it reads all of them."""

        def check() -> None:
            for catalog in {self.catalog, self.beside}:
                catalog.backend.check()

        threading.Thread(target=check, name="integrity", daemon=True).start()

    def _damage(self) -> str | None:
        found = self.catalog.backend.damage() or self.beside.backend.damage()
        if found is None:
            return None
        way = "Stop the server, keep its data directory, and restore a backup: gluematch restore."
        return f"The catalog is damaged: {found}. {way}"

    def _catalog(self) -> str | None:
        try:
            with self.catalog.look() as connection:
                list(queue.waiting(connection))
        except Exception as error:  # whatever the database says: it does not answer
            return f"The catalog does not answer: {type(error).__name__}."
        return None

    def _data_directory(self) -> str | None:
        try:
            with tempfile.TemporaryFile(dir=self.data_dir, buffering=0) as file:
                file.write(b"!")
        except OSError as error:
            return f"The data directory cannot be written: {error.strerror or error}."
        return None

    def _worker(self) -> str | None:
        busy = self.busy()
        if busy is None:
            return "The worker has ended."
        if busy > LONGEST_TURN:
            return f"The worker has not looked at its queue for {busy:.0f} seconds."
        return None
