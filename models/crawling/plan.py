"""What a crawl is asked to do, as a value that a child process can be given.

Read from the crawler's settings, whose names are the wire's: the catalog keeps them so.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gluematch.models.catalog.store import Transaction

from .custom import CustomClassifier, custom_classifiers
from .recrawls import EVENT_MODE, recrawled
from .targets import Target, targets_of

COMBINE = "CombineCompatibleSchemas"


@dataclass(frozen=True, slots=True)
class Grouping:
    """How objects become tables.

    `combine` makes one table of an include path whenever schemas are compatible. `table_level`
    is the level, the bucket being 1, whose folders are tables.
    """

    combine: bool = False
    table_level: int | None = None


@dataclass(frozen=True, slots=True)
class CrawlPlan:
    """One crawl: its targets, how it groups what it finds, and its custom classifiers."""

    crawler: str
    crawl_id: str
    targets: tuple[Target, ...]
    grouping: Grouping = field(default_factory=Grouping)
    classifiers: tuple[CustomClassifier, ...] = ()
    event_mode: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """What a crawl may do to the catalog.

    `update` is UPDATE_IN_DATABASE, LOG or MergeNewColumns; `delete` is DELETE_FROM_DATABASE,
    DEPRECATE_IN_DATABASE or LOG; `inherit` gives partitions the schema of their table;
    `partition_index` lets queries filter partitions of new tables by an index.
    """

    update: str = "UPDATE_IN_DATABASE"
    delete: str = "DEPRECATE_IN_DATABASE"
    inherit: bool = False
    table_threshold: int | None = None
    partition_index: bool = True


def plan_of(tx: Transaction, crawler: str, crawl_id: str, document: Mapping[str, Any]) -> CrawlPlan:
    """The plan of one crawl by the crawler's settings."""
    grouping = _part(configuration(document), "Grouping")
    return CrawlPlan(
        crawler,
        crawl_id,
        recrawled(tx, crawler, document, targets_of(tx, document["Targets"])),
        Grouping(
            combine=grouping.get("TableGroupingPolicy") == COMBINE,
            table_level=grouping.get("TableLevelConfiguration"),
        ),
        custom_classifiers(tx, document["Classifiers"]),
        event_mode=document["RecrawlPolicy"]["RecrawlBehavior"] == EVENT_MODE,
    )


def policy_of(document: Mapping[str, Any]) -> Policy:
    """What a crawl by these settings may do; the Configuration overrides SchemaChangePolicy."""
    settings = document.get("SchemaChangePolicy") or {}
    configured = configuration(document)
    output = _part(configured, "CrawlerOutput")
    tables, partitions = _part(output, "Tables"), _part(output, "Partitions")
    return Policy(
        update=tables.get("AddOrUpdateBehavior")
        or settings.get("UpdateBehavior", "UPDATE_IN_DATABASE"),
        delete=settings.get("DeleteBehavior", "DEPRECATE_IN_DATABASE"),
        inherit=partitions.get("AddOrUpdateBehavior") == "InheritFromTable",
        table_threshold=tables.get("TableThreshold"),
        partition_index=configured.get("CreatePartitionIndex", True),
    )


def configuration(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The crawler's Configuration, which was checked when it was set."""
    found = json.loads(document.get("Configuration") or "{}")
    return found if isinstance(found, dict) else {}


def _part(settings: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = settings.get(name)
    return found if isinstance(found, dict) else {}
