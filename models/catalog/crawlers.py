"""Crawlers: what is to be crawled, and whether it is being crawled now."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gluematch.models import clock
from gluematch.models.errors import AlreadyExistsException, EntityNotFoundException

from . import schedules, schema, statements, tags
from .store import Transaction

ROWS = schema.crawlers
LOG_GROUP = "/aws-glue/crawlers"
MISSING = "Crawler with name {name} does not exist"
NO_ENTRY = "Crawler entry with name {name} does not exist"


@dataclass(frozen=True, slots=True)
class Crawler:
    """A crawler; `document` has its settings with wire names, `version` counts from 1."""

    name: str
    document: Mapping[str, Any]
    state: str
    version: int
    created: datetime
    updated: datetime

    @property
    def has_targets(self) -> bool:
        """Whether there is anything to crawl."""
        return any(self.document["Targets"].values())

    @property
    def log_group(self) -> str:
        """The CloudWatch log group that its crawls write to, as Glue names it."""
        security = self.document.get("CrawlerSecurityConfiguration")
        if not security:
            return LOG_GROUP
        return LOG_GROUP + re.sub(
            r"[^.\-_/#A-Za-z0-9]", "_", f"-role/{self.document['Role']}-{security}"
        )

    @property
    def log_stream(self) -> str:
        """The stream of that group: the crawler's name, without signs that streams cannot have."""
        return re.sub(r"[:*]", "_", self.name)


def create(tx: Transaction, name: str, document: Mapping[str, Any]) -> Crawler:
    """A new crawler, READY. Raises AlreadyExistsException."""
    now = clock.now()
    crawler = Crawler(name, document, "READY", 1, now, now)
    row = {"name": name, "document": document, "state": "READY", "version": 1}
    if not statements.add_new(tx, ROWS, {**row, "created": now, "updated": now}):
        raise AlreadyExistsException(f"Crawler with name {name} already exists")
    return crawler


def find(tx: Transaction, name: str) -> Crawler | None:
    """The crawler, if it exists."""
    row = statements.first(tx, ROWS, name=name)
    return None if row is None else _crawler(row)


def get(tx: Transaction, name: str, missing: str = NO_ENTRY) -> Crawler:
    """The crawler. Raises EntityNotFoundException; GetCrawler words it unlike other calls."""
    crawler = find(tx, name)
    if crawler is None:
        raise EntityNotFoundException(missing.format(name=name))
    return crawler


def many(tx: Transaction, names: Collection[str]) -> dict[str, Crawler]:
    """Those of the named crawlers that exist, by name."""
    found: dict[str, Crawler] = {}
    for chunk in statements.chunks(list(names)):
        query = statements.rows_of(tx, ROWS, ROWS.c.name.in_(chunk))
        found |= {row["name"]: _crawler(row) for row in statements.every(tx, query)}
    return found


def update(tx: Transaction, name: str, document: Mapping[str, Any]) -> Crawler:
    """Replace the crawler's document: its next version. Raises EntityNotFoundException."""
    version = get(tx, name, MISSING).version + 1
    changes = {"document": document, "version": version, "updated": clock.now()}
    statements.change(tx, ROWS, changes, name=name)
    return get(tx, name)


def delete(tx: Transaction, name: str) -> None:
    """Remove the crawler, its history, schedule and tags. Raises EntityNotFoundException."""
    if not statements.remove(tx, ROWS, name=name):
        raise EntityNotFoundException(MISSING.format(name=name))
    statements.remove(tx, schema.crawls, crawler=name)
    schedules.drop(tx, schedules.CRAWLER, name)
    tags.drop(tx, tx.scope.arn(f"crawler/{name}"))


def page(tx: Transaction, after: str | None, limit: int) -> list[Crawler]:
    """The first `limit` crawlers whose names are above `after`, by name."""
    query = statements.rows_of(tx, ROWS).order_by(ROWS.c.name).limit(limit)
    if after is not None:
        query = query.where(ROWS.c.name > after)
    return [_crawler(row) for row in statements.every(tx, query)]


def count(tx: Transaction, state: str | None = None) -> int:
    """How many crawlers there are, of one state if given."""
    return statements.count(tx, ROWS, *(() if state is None else (ROWS.c.state == state,)))


def set_state(tx: Transaction, name: str, expected: Collection[str], state: str) -> bool:
    """Move the crawler to `state` if it is in one of the `expected`; whether it was."""
    return bool(
        statements.change(
            tx, ROWS, {"state": state}, ROWS.c.name == name, ROWS.c.state.in_(list(expected))
        )
    )


def _crawler(row: Mapping[str, Any]) -> Crawler:
    return Crawler(
        row["name"],
        row["document"],
        row["state"],
        row["version"],
        row["created"],
        row["updated"],
    )
