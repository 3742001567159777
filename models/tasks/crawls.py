"""Crawls as a kind of work: from the row that StartCrawler writes, to the changed catalog."""

import json
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from gluematch.models import clock
from gluematch.models.catalog import crawlers, crawls
from gluematch.models.catalog.crawlers import Crawler
from gluematch.models.catalog.crawls import Crawl
from gluematch.models.catalog.store import Catalog, Connection, Transaction
from gluematch.models.crawling.changes import CrawlRefused, apply
from gluematch.models.crawling.documents import Authorship
from gluematch.models.crawling.findings import Findings
from gluematch.models.crawling.plan import plan_of, policy_of
from gluematch.models.crawling.summaries import Summary
from gluematch.models.crawling.writing import Destination
from gluematch.models.datasets import queues
from gluematch.models.datasets.access import AwsServices

from .work import (
    CRASHED,
    Failed,
    Outcome,
    State,
    Stopped,
    Succeeded,
    TimedOut,
    Work,
    WorkError,
)

BODY = "gluematch.models.tasks.bodies.crawling:look"
TIMEOUT = timedelta(hours=1)
LONGEST_ERROR = 2048


class Crawls:
    """The kind of work that ListCrawls shows: a crawl takes at most `limit`."""

    slots: int | None = None

    def __init__(self, limit: timedelta = TIMEOUT) -> None:
        self._limit = limit

    def recover(self, connection: Connection, held: Collection[str]) -> None:
        """Fail what a crash interrupted; stop what was to be stopped."""
        for scope, crawl in crawls.stranded(connection):
            tx = Transaction(connection, scope)
            if crawl.crawl_id in held:
                continue
            if crawlers.get(tx, crawl.crawler).state == "STOPPING":
                _close(tx, crawl, "STOPPED")
            else:
                _close(tx, crawl, "FAILED", error=CRASHED)

    def open_works(self, catalog: Catalog) -> list[Work]:
        """All crawls that have not ended, but those of crawlers without targets."""
        works = []
        with catalog.look() as connection:
            rows = [*crawls.stranded(connection), *crawls.claimable(connection)]
            for scope, crawl in rows:
                crawler = crawlers.get(Transaction(connection, scope), crawl.crawler)
                if not crawler.has_targets:
                    continue
                works.append(
                    Work(
                        scope=scope,
                        work_id=crawl.crawl_id,
                        state=_state(crawl, crawler),
                        log_group=crawler.log_group,
                        log_stream=crawler.log_stream,
                        timeout=self._limit,
                        row=crawl,
                    )
                )
        return works

    def claim(self, tx: Transaction, work: Work) -> bool:
        """Mark the crawl as taken."""
        return crawls.claim(tx, work.row.crawl_id)

    def body(self, work: Work) -> str:
        """One body crawls every target."""
        del work
        return BODY

    def prepare(self, tx: Transaction, work: Work) -> Any:
        """The crawler's settings as a plan."""
        crawl: Crawl = work.row
        document = crawlers.get(tx, crawl.crawler).document
        return plan_of(tx, crawl.crawler, crawl.crawl_id, document)

    def note_progress(self, tx: Transaction, work: Work, fraction: float, stage: str) -> None:
        """Glue tells nobody how far a crawl is."""

    def conclude(self, tx: Transaction, work: Work, outcome: Outcome) -> Sequence[str]:
        """Apply the findings unless the crawl was stopped meanwhile, and close its row."""
        crawl: Crawl = work.row
        crawler = crawlers.get(tx, crawl.crawler)
        if crawler.state == "STOPPING":
            outcome = Stopped()
        match outcome:
            case Succeeded(findings):
                return _apply(tx, crawl, crawler, findings)
            case Failed(message):
                return _close(tx, crawl, "FAILED", error=message)
            case Stopped():
                return _close(tx, crawl, "STOPPED")
            case TimedOut():
                return _close(tx, crawl, "FAILED", error=self._too_long)

    def settle(self, catalog: Catalog, work: Work, outcome: Outcome, services: AwsServices) -> None:
        """Remove the messages whose events the catalog has now; let others have them again."""
        if not isinstance(outcome, Succeeded):
            return
        with catalog.within(work.scope).read() as tx:
            written = crawls.get(tx, work.row.crawl_id).state == "COMPLETED"
        for receipts in outcome.result.receipts:
            see_to = queues.remove if written else queues.give_back
            see_to(services, receipts)

    @property
    def _too_long(self) -> str:
        return (
            f"The crawl took longer than {clock.in_words(self._limit)}, the limit of this server. "
            "Exclude objects, divide the targets among several crawlers, or start the server with "
            "a larger --crawl-time."
        )


def _state(crawl: Crawl, crawler: Crawler) -> State:
    if crawler.state == "STOPPING":
        return State.STOPPING
    return State.WAITING if crawl.claimed is None else State.RUNNING


def _apply(tx: Transaction, crawl: Crawl, crawler: Crawler, findings: Findings) -> list[str]:
    settings = crawler.document
    to = Destination(
        database=settings.get("DatabaseName") or "default",
        prefix=settings.get("TablePrefix") or "",
        role=settings["Role"],
        policy=policy_of(settings),
        author=Authorship(crawl.crawler, crawl.crawl_id, clock.now()),
    )
    changed = json.dumps(settings["SchemaChangePolicy"], separators=(",", ":"))
    said = [
        "BENCHMARK : Classification complete, writing results to database " + to.database,
        f"INFO : Crawler configured with SchemaChangePolicy {changed}.",
    ]
    try:
        summary = apply(tx, findings, to, said.append)
    except CrawlRefused as error:
        raise WorkError(str(error)) from error
    said += ["BENCHMARK : Finished writing to Catalog", *summary.lines()]
    lines = [_line(crawl, text) for text in said]
    return [*lines, *_close(tx, crawl, "COMPLETED", summary=summary)]


def _close(
    tx: Transaction,
    crawl: Crawl,
    state: str,
    *,
    summary: Summary | None = None,
    error: str | None = None,
) -> list[str]:
    crawls.close(
        tx,
        crawl.crawl_id,
        state,
        summary={} if summary is None else summary.document(),
        error=None if error is None else error[:LONGEST_ERROR],
        ended=clock.now(),
    )
    crawlers.set_state(tx, crawl.crawler, ("RUNNING", "STOPPING"), "READY")
    told = [] if error is None else [f"ERROR : {error}"]
    if state == "STOPPED":
        told = ["INFO : The crawl was stopped; nothing was written"]
    told.append("BENCHMARK : Crawler has finished running and is in state READY")
    return [_line(crawl, text) for text in told]


def _line(crawl: Crawl, text: str) -> str:
    return f"[{crawl.crawl_id}] {text}"
