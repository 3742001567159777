"""The heart of a server that shares its catalog with others: it beats, and listens for theirs."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gluematch.models import clock
from gluematch.models.catalog import leases
from gluematch.models.catalog.leases import Server
from gluematch.models.catalog.store import Catalog
from gluematch.models.errors import GlueError

LOGGER = logging.getLogger("gluematch.tasks")
BEAT_SECONDS = 2.0
LEASE = timedelta(seconds=15)
TIMES = 3  # that a silence is heard, at least: a clock that was set alone is no silence


class SharedBucketsError(Exception):
    """Another server of the catalog keeps buckets of its own as well; the message says more."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Since when, and how often, a server was found at the same beat."""

    beats: int
    since: datetime
    times: int = 0


class Heart:
    """One server's heart, in a thread of its own.

    With every beat, and in its rhythm where the database does not answer, it calls `wake`: rows
    may have changed that another server wrote. A server that was silent for `LEASE` is handed
    to `bury`, again and again until it is no longer counted.
    """

    def __init__(
        self,
        catalog: Catalog,
        name: str,
        *,
        keeps_buckets: bool,
        wake: Callable[[], None],
        bury: Callable[[Server], None],
    ) -> None:
        self._catalog = catalog
        self._name = name
        self._keeps_buckets = keeps_buckets
        self._wake = wake
        self._bury = bury
        self._silences: dict[str, Silence] = {}
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._live, name="gluematch-heart", daemon=True)

    def start(self) -> None:
        """Beat from now on; returns at once."""
        self._thread.start()

    def close(self) -> None:
        """Be counted no more."""
        self._closing.set()
        if self._thread.ident is not None:
            self._thread.join()
        try:
            with self._catalog.aside() as connection:
                leases.leave(connection, self._name)
        except GlueError as error:
            LOGGER.warning("this server is still counted: %s", error.message)

    def beat(self) -> None:
        """Beat once, and listen to the others."""
        try:
            with self._catalog.aside() as connection:
                leases.join(connection, self._name, keeps_buckets=self._keeps_buckets)
                found = [one for one in leases.servers(connection) if one.name != self._name]
        except Exception as error:
            LOGGER.error("this server's heart cannot beat: %s", error)
            self._silences.clear()  # nobody can have been heard
        else:
            self._listen(found)

    def _live(self) -> None:
        while not self._closing.wait(BEAT_SECONDS):
            self.beat()
            self._wake()

    def _listen(self, found: list[Server]) -> None:
        now, before = clock.now(), self._silences
        self._silences = {}
        for server in found:
            silence = before.get(server.name)
            if silence is None or silence.beats != server.beats:
                silence = Silence(server.beats, now)
            else:
                silence = Silence(silence.beats, silence.since, silence.times + 1)
            self._silences[server.name] = silence
            if silence.times >= TIMES and now - silence.since >= LEASE:
                self._bury(server)


def enter(catalog: Catalog, name: str, *, keeps_buckets: bool) -> None:
    """Count the server among those of the catalog.

    Where another one is counted that keeps buckets, as this one does, it returns when that one has
    been silent for as long as a lease lasts. Raises SharedBucketsError where it is heard.
    """
    with catalog.aside() as connection:
        leases.join(connection, name, keeps_buckets=keeps_buckets)
        rivals = [one for one in leases.servers(connection) if one.name != name]
    rivals = [one for one in rivals if keeps_buckets and one.keeps_buckets]
    end, pause = time.monotonic() + LEASE.total_seconds(), threading.Event()
    while rivals and time.monotonic() < end:
        pause.wait(BEAT_SECONDS)
        with catalog.aside() as connection:
            now = {one.name: one for one in leases.servers(connection)}
            rivals = [one for one in rivals if one.name in now]
            if living := [one for one in rivals if now[one.name].beats != one.beats]:
                leases.leave(connection, name)
                break
    else:
        return
    raise SharedBucketsError(
        f"the server {living[0].name} uses this database, too, and keeps buckets of its own: "
        "servers that share a database need one S3 for all of them, by --s3-endpoint-url"
    )
