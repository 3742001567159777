"""The kinds of targets that a crawl may have, as values that a child process can be given.

A kind is a class here, a line in READERS, and a looker in `looking` that gives the tables which
the target shows. Read from the crawler's settings, whose names are the wire's, and from what
the catalog knows: a child process has no catalog.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from gluematch.models.catalog import tables
from gluematch.models.catalog.store import Transaction
from gluematch.models.errors import InvalidInputException

from . import other_targets
from .known import KnownTable, folder_of, known_table

Settings = Mapping[str, Any]


class Target(Protocol):
    """One target of a crawl."""

    @property
    def reach(self) -> tuple[str, ...]:
        """The beginnings of all places, slash behind, that tables of this target can have.

        A table that the crawler once wrote from there, and does not see any more, is gone.
        """


@dataclass(frozen=True, slots=True)
class S3Target:
    """An include path, the globs that exclude objects below it, and how many files to read.

    `part` is the one folder below that is looked at, where it is not all.
    """

    path: str
    exclusions: tuple[str, ...] = ()
    sample_size: int | None = None
    part: str | None = None

    @property
    def reach(self) -> tuple[str, ...]:
        """The include path, or its part."""
        return (self.part or folder_of(self.path),)


@dataclass(frozen=True, slots=True)
class NewFolders:
    """What an S3 target has beside the tables that are known to lie below it.

    Nothing is said of tables and partitions that are known, and so nothing of them can be gone.
    """

    s3: S3Target
    known: tuple[KnownTable, ...]
    reach: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Partitions:
    """Folders of a known table, below an S3 target, that are its partitions or were."""

    s3: S3Target
    table: KnownTable
    places: frozenset[str]
    reach: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Events:
    """What was touched of an S3 target by the events in a queue, and the known tables below it.

    Queues are named by their ARNs; `dead_letters` takes the messages that are no events.
    """

    s3: S3Target
    known: tuple[KnownTable, ...]
    queue: str
    dead_letters: str | None = None
    reach: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CatalogTarget:
    """Tables of the catalog, to be looked at where they lie. What is gone stays in the catalog."""

    tables: tuple[KnownTable, ...]
    reach: tuple[str, ...] = ()


def _s3(_: Transaction, given: Settings) -> S3Target:
    return S3Target(given["Path"], tuple(given.get("Exclusions") or ()), given.get("SampleSize"))


def _catalog(tx: Transaction, given: Settings) -> CatalogTarget:
    found = []
    for name in given["Tables"]:
        table = tables.get(tx, given["DatabaseName"], name)
        if not table.location.startswith("s3://"):
            raise InvalidInputException(f"Table {name} does not lie in Amazon S3.")
        found.append(known_table(tx, table))
    return CatalogTarget(tuple(found))


Reader = Callable[[Transaction, Settings], Target]

READERS: Mapping[str, Reader] = {
    "S3Targets": _s3,
    **other_targets.READERS,
    "CatalogTargets": _catalog,
}
"""By the list of a crawler's Targets: how one of its members becomes a Target."""


def targets_of(tx: Transaction, given: Mapping[str, Sequence[Settings]]) -> tuple[Target, ...]:
    """The targets that a crawler's settings name. Raises GlueError for what is not there."""
    return tuple(read(tx, one) for kind, read in READERS.items() for one in given.get(kind) or ())
