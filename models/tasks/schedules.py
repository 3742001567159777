"""What begins by schedule: the worker asks here when it has to wake, and what is due then."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from gluematch.models import clock, cron
from gluematch.models.catalog import crawlers, crawls, schedules
from gluematch.models.catalog.schedules import Schedule
from gluematch.models.catalog.store import Catalog, Transaction
from gluematch.models.scope import Scope

from .work import LogLine, LogSink

LOGGER = logging.getLogger("gluematch.tasks")
AGAIN = timedelta(seconds=1)


class Schedules:
    """The schedules of all scopes. A fire that was missed, however often, is made up for once."""

    def __init__(self, catalog: Catalog, logs: LogSink) -> None:
        self._catalog = catalog
        self._logs = logs
        self._next: datetime | None = None

    def seconds_left(self) -> float | None:
        """Until something is due, by what `fire` has seen; None when nothing will be."""
        return None if self._next is None else (self._next - clock.now()).total_seconds()

    def fire(self) -> None:
        """Begin whatever is due. What cannot be begun now is tried again a second later."""
        now = clock.now()
        self._next = now + AGAIN
        with self._catalog.look() as connection:
            due = schedules.due(connection, now)
        for scope, schedule in due:
            try:
                self._fire(scope, schedule, now)
            except Exception:
                LOGGER.exception("the schedule of %s %s failed", schedule.kind, schedule.name)
        with self._catalog.look() as connection:
            upcoming = schedules.next_fire(connection)
        self._next = None if upcoming is None else max(upcoming, now + AGAIN)

    def _fire(self, scope: Scope, schedule: Schedule, now: datetime) -> None:
        upcoming = cron.parse(schedule.expression).next_after(now)
        with self._catalog.within(scope).begin() as tx:
            if not schedules.advance(tx, schedule, upcoming):
                return
            group, stream, lines = STARTS[schedule.kind](tx, schedule)
        if lines:
            self._logs.write(scope, group, stream, [LogLine(now, line) for line in lines])


def _start_crawl(tx: Transaction, schedule: Schedule) -> tuple[str, str, Sequence[str]]:
    """A crawl of a crawler that rests, else a line in the log of the one that is going on."""
    crawler = crawlers.get(tx, schedule.name)
    lines = []
    if not crawls.begin(tx, crawler):
        running = crawls.of_crawler(tx, crawler.name, limit=1)[0]
        lines.append(
            f"[{running.crawl_id}] INFO : The crawl of {schedule.next_fire:%Y-%m-%d %H:%M} UTC "
            "is skipped, since the crawler is running."
        )
    return crawler.log_group, crawler.log_stream, lines


STARTS: dict[str, Callable[[Transaction, Schedule], tuple[str, str, Sequence[str]]]] = {
    schedules.CRAWLER: _start_crawl
}
"""By kind: how it begins, and what is to be said in which log about that."""
