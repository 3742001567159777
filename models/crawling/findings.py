"""What a crawl found: tables, their partitions, and figures. Plain values for the parent."""

from dataclasses import dataclass

from .formats import Format
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
class FoundTable:
    """A table as the objects show it. `location` ends with a slash unless it is one object.

    `exclusions` are globs relative to the include path under which the table was found.
    `known` is the database and the name of the table if the catalog has it already and it is to
    keep them. `looked` are the folders that were looked at, None for all of the table.
    """

    location: str
    format: Format
    compression: str
    columns: Columns
    figures: Figures
    partition_keys: tuple[str, ...] = ()
    partitions: tuple[FoundPartition, ...] = ()
    include_path: str = ""
    exclusions: tuple[str, ...] = ()
    known: tuple[str, str] | None = None
    looked: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """All tables of all targets, and the beginnings of all locations that they can have."""

    tables: tuple[FoundTable, ...]
    reach: tuple[str, ...]
