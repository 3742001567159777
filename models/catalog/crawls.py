"""Crawls: the runs of crawlers. A row that is RUNNING and unclaimed waits for the worker."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, tuple_

from gluematch.models import clock, ids
from gluematch.models.errors import EntityNotFoundException
from gluematch.models.scope import Scope

from . import crawlers, schema, statements
from .crawlers import Crawler
from .store import Transaction

ROWS = schema.crawls
KEPT = timedelta(days=365)

Test = tuple[str, Callable[[Any, Any], Any], Any]
"""Of a crawl: an attribute's name, a comparison of the module `operator`, and with what."""


@dataclass(frozen=True, slots=True)
class Crawl:
    """One run of a crawler: RUNNING, then COMPLETED, FAILED or STOPPED.

    `summary` says what changed, by wire names; `claimed` is when the worker took it.
    """

    crawl_id: str
    crawler: str
    state: str
    started: datetime
    ended: datetime | None
    summary: Mapping[str, Any]
    error: str | None
    claimed: datetime | None = None


def begin(tx: Transaction, crawler: Crawler) -> bool:
    """A new crawl of a crawler that `tx` has read, left to the worker; False unless it rests.

    A crawler without targets has nothing to do: its crawl runs until `end_idle`. What is a year
    old goes from the history.
    """
    if crawler.state != "READY":
        return False
    now = clock.now()
    statements.remove(tx, ROWS, ROWS.c.crawler == crawler.name, ROWS.c.started < now - KEPT)
    crawlers.set_state(tx, crawler.name, ("READY",), "RUNNING")
    add(tx, Crawl(ids.unique(), crawler.name, "RUNNING", now, None, {}, None))
    return True


def end_idle(tx: Transaction, name: str) -> None:
    """End the crawl of a crawler without targets, if one runs or is to stop."""
    crawler = crawlers.get(tx, name)
    if crawler.has_targets:
        return
    state = "STOPPED" if crawler.state == "STOPPING" else "COMPLETED"
    running = (ROWS.c.crawler == name, ROWS.c.state == "RUNNING")
    statements.change(tx, ROWS, {"state": state, "ended": clock.now()}, *running)
    crawlers.set_state(tx, name, ("RUNNING", "STOPPING"), "READY")


def add(tx: Transaction, crawl: Crawl) -> None:
    """Record a new crawl."""
    statements.add(tx, ROWS, asdict(crawl))


def get(tx: Transaction, crawl_id: str) -> Crawl:
    """The crawl. Raises EntityNotFoundException."""
    row = statements.first(tx, ROWS, crawl_id=crawl_id)
    if row is None:
        raise EntityNotFoundException(f"Crawl with id {crawl_id} does not exist")
    return _crawl(row)


def of_crawler(
    tx: Transaction,
    name: str,
    limit: int | None = None,
    *,
    after: tuple[datetime, str] | None = None,
    where: Sequence[Test] = (),
) -> list[Crawl]:
    """The crawls of a crawler that pass all tests, newest first, at most `limit` of them.

    `after` is the start and the id of the crawl behind which to go on.
    """
    tests = [compare(ROWS.c[column], value) for column, compare, value in where]
    query = statements.rows_of(tx, ROWS, ROWS.c.crawler == name, *tests)
    if after is not None:
        query = query.where(tuple_(ROWS.c.started, ROWS.c.crawl_id) < after)
    query = query.order_by(ROWS.c.started.desc(), ROWS.c.crawl_id.desc()).limit(limit)
    return [_crawl(row) for row in statements.every(tx, query)]


def claim(tx: Transaction, crawl_id: str) -> bool:
    """Take a crawl that waits; False if it does not wait any more."""
    waiting = (ROWS.c.crawl_id == crawl_id, ROWS.c.state == "RUNNING", ROWS.c.claimed.is_(None))
    return bool(statements.change(tx, ROWS, {"claimed": clock.now()}, *waiting))


def close(
    tx: Transaction,
    crawl_id: str,
    state: str,
    *,
    summary: Mapping[str, Any],
    error: str | None,
    ended: datetime,
) -> bool:
    """End a crawl that is RUNNING; False if it has ended already."""
    changes = {"state": state, "summary": summary, "error": error, "ended": ended}
    running = (ROWS.c.crawl_id == crawl_id, ROWS.c.state == "RUNNING")
    return bool(statements.change(tx, ROWS, changes, *running))


def claimable(connection: Connection) -> list[tuple[Scope, Crawl]]:
    """The crawls of all scopes that wait for the worker, oldest first."""
    return _across(connection, ROWS.c.state == "RUNNING", ROWS.c.claimed.is_(None))


def stranded(connection: Connection) -> list[tuple[Scope, Crawl]]:
    """The claimed crawls of all scopes that have not ended: a crash's remains, at start."""
    return _across(connection, ROWS.c.state == "RUNNING", ROWS.c.claimed.is_not(None))


def _across(connection: Connection, *conditions: ColumnElement[bool]) -> list[tuple[Scope, Crawl]]:
    query = select(ROWS).where(*conditions).order_by(ROWS.c.started, ROWS.c.crawl_id)
    return [(scope, _crawl(row)) for scope, row in statements.across(connection, query)]


def _crawl(row: Mapping[str, Any]) -> Crawl:
    return Crawl(
        row["crawl_id"],
        row["crawler"],
        row["state"],
        row["started"],
        row["ended"],
        row["summary"],
        row["error"],
        row["claimed"],
    )
