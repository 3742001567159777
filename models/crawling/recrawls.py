"""What a crawl looks at anew, by the recrawl policy and by what the catalog has already."""

from collections.abc import Sequence

from gluematch.models.catalog import crawlers, crawls
from gluematch.models.catalog.store import Transaction

from .known import folder_of, known_below
from .targets import Events, NewFolders, S3Target, Settings, Target

NEW_FOLDERS = "CRAWL_NEW_FOLDERS_ONLY"
EVENT_MODE = "CRAWL_EVENT_MODE"


def recrawled(
    tx: Transaction, crawler: str, document: Settings, targets: Sequence[Target]
) -> tuple[Target, ...]:
    """The targets of a crawler, each narrowed to what the policy in its settings wants.

    A target below which the catalog has no table yet is looked at as a whole.
    """
    behavior = document["RecrawlPolicy"]["RecrawlBehavior"]
    database = document.get("DatabaseName") or "default"
    if behavior == NEW_FOLDERS:
        return tuple(_new_folders(tx, database, target) for target in targets)
    if behavior == EVENT_MODE and _was_crawled(tx, crawler):
        given = document["Targets"]["S3Targets"]
        return tuple(
            _events(tx, database, target, one) for target, one in zip(targets, given, strict=True)
        )
    return tuple(targets)


def _new_folders(tx: Transaction, database: str, target: Target) -> Target:
    if not isinstance(target, S3Target):
        return target
    known = known_below(tx, database, folder_of(target.path))
    return NewFolders(target, known) if known else target


def _events(tx: Transaction, database: str, target: Target, given: Settings) -> Target:
    if not isinstance(target, S3Target):
        return target
    known = known_below(tx, database, folder_of(target.path))
    return Events(target, known, given["EventQueueArn"], given.get("DlqEventQueueArn"))


def _was_crawled(tx: Transaction, crawler: str) -> bool:
    """Whether a crawl by the crawler's present settings was ever completed."""
    updated = crawlers.get(tx, crawler).updated
    return any(
        crawl.state == "COMPLETED" and crawl.started >= updated
        for crawl in crawls.of_crawler(tx, crawler)
    )
