"""What a crawl found: tables, their partitions, and figures. Plain values for the parent."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gluematch.models.datasets.queues import Receipts

from .formats import Format
from .naming import place_of
from .types import Columns


@dataclass(frozen=True, slots=True)
class Figures:
    """How many objects, bytes and, by estimate, records."""

    objects: int
    size: int
    records: int


@dataclass(frozen=True, slots=True)
class FoundPartition:
    """A folder of a table: its values of the partition keys, and its own schema."""

    values: tuple[str, ...]
    location: str
    columns: Columns
    figures: Figures


@dataclass(frozen=True, slots=True)
class ColumnNote:
    """What a source says of a column beyond its name and type."""

    comment: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table as its source shows it. `location` ends with a slash unless it is one object.

    `figures` are those of its objects, None where it has none. `exclusions` are globs relative to
    the include path under which the table was found. Its name is made from `named`, from the
    location where that is empty. `connection` is the one through which the location is reached.
    `known` is the database and the name of the table if the catalog has it already and it is to
    keep them. `looked` are the folders that were looked at, None for all of the table.
    """

    location: str
    format: Format
    compression: str
    columns: Columns
    figures: Figures | None
    partition_keys: tuple[str, ...] = ()
    partitions: tuple[FoundPartition, ...] = ()
    include_path: str = ""
    exclusions: tuple[str, ...] = ()
    known: tuple[str, str] | None = None
    looked: tuple[str, ...] | None = None
    named: str = ""
    connection: str = ""
    notes: Mapping[str, ColumnNote] = field(default_factory=dict)
    description: str | None = None

    @property
    def place(self) -> str:
        """Where the table is: no two have the same."""
        return place_of(self.location, self.connection)


@dataclass(frozen=True, slots=True)
class Findings:
    """All tables of all targets, and the beginnings of all places that they can have.

    `receipts` remove the messages that led there, once the catalog has the findings.
    """

    tables: tuple[FoundTable, ...]
    reach: tuple[str, ...]
    receipts: tuple[Receipts, ...] = ()
