"""Crawls of crawlers without targets, which AWS does not have: docs/decisions/crawler.md."""

from collections.abc import Iterable

from gluematch.models.catalog import crawls
from gluematch.models.catalog.crawlers import Crawler

from .registry import Call


def end(call: Call, seen: Iterable[Crawler]) -> None:
    """End the crawls of those that have no targets, once somebody has seen them run."""
    idle = [one.name for one in seen if one.state != "READY" and not one.has_targets]
    if idle:
        with call.catalog.begin() as tx:
            for name in idle:
                crawls.end_idle(tx, name)
