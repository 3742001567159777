"""What a crawl looks at anew, by the recrawl policy and by what the catalog has already."""

from collections.abc import Mapping, Sequence
from typing import Any

from gluematch.models.catalog.store import Transaction

from .known import folder_of, known_below
from .targets import NewFolders, S3Target, Target


def recrawled(
    tx: Transaction, document: Mapping[str, Any], targets: Sequence[Target]
) -> tuple[Target, ...]:
    """The targets of a crawler, each narrowed to what the policy in its settings wants.

    A target below which the catalog has no table yet is looked at as a whole.
    """
    behavior = document["RecrawlPolicy"]["RecrawlBehavior"]
    database = document.get("DatabaseName") or "default"
    if behavior != "CRAWL_NEW_FOLDERS_ONLY":
        return tuple(targets)
    return tuple(_new_folders(tx, database, target) for target in targets)


def _new_folders(tx: Transaction, database: str, target: Target) -> Target:
    if not isinstance(target, S3Target):
        return target
    known = known_below(tx, database, folder_of(target.path))
    return NewFolders(target, known) if known else target
