"""Tables that the catalog has already, as values for a child process, which has no catalog."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gluematch.models.catalog import databases, partitions, tables
from gluematch.models.catalog.store import Transaction
from gluematch.models.catalog.tables import Table

PAGE = 1000


@dataclass(frozen=True, slots=True)
class KnownTable:
    """A table of the catalog, its names and types as the catalog writes them.

    `location` and the `places` of its partitions are as they were written, but that folders
    end with a slash. A location that the catalog ends with none may be an object's, too.
    """

    database: str
    name: str
    location: str
    classification: str
    columns: tuple[tuple[str, str], ...]
    keys: tuple[str, ...]
    places: frozenset[str]

    @property
    def folder(self) -> str:
        """The location as a folder: with a slash behind."""
        return folder_of(self.location)


def folder_of(location: str) -> str:
    """A location with one slash behind."""
    return location.rstrip("/") + "/"


def known_table(tx: Transaction, table: Table) -> KnownTable:
    """The table with its partitions' places."""
    parts = partitions.all_of(tx, table.database, table.name)
    return KnownTable(
        table.database,
        table.name,
        table.location,
        table.parameters.get("classification", ""),
        table.columns,
        tuple(key for key, _ in table.partition_keys),
        frozenset(folder_of(part.location) for part in parts if part.location),
    )


def known_below(tx: Transaction, database: str, folder: str) -> tuple[KnownTable, ...]:
    """The tables of a database that lie in a folder or below it."""
    if databases.find(tx, database) is None:
        return ()
    return tuple(
        known_table(tx, table)
        for table in every_table(tx, database)
        if folder_of(table.location).startswith(folder)
    )


def every_table(tx: Transaction, database: str) -> Iterable[Table]:
    """All tables of a database that exists, by name."""
    after: str | None = None
    while page := tables.page(tx, database, after, PAGE).items:
        yield from page
        after = page[-1].name


def holder(known: Sequence[KnownTable], place: str) -> KnownTable | None:
    """The table in whose folder a location lies: the deepest, if there are several."""
    holding = [table for table in known if place.startswith(table.folder)]
    return max(holding, key=lambda table: len(table.folder), default=None)
