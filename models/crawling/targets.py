"""The kinds of targets that a crawl may have, as values that a child process can be given.

A kind is a class here, a line in READERS, and a looker in `looking` that gives the tables which
the target shows. Read from the crawler's settings, whose names are the wire's, and from what
the catalog knows: a child process has no catalog.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from gluematch.models.catalog import connections, tables
from gluematch.models.catalog.store import Transaction
from gluematch.models.datasets.jdbc import properties_of
from gluematch.models.errors import EntityNotFoundException, InvalidInputException

from .known import KnownTable, folder_of, known_table
from .naming import place_of

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


@dataclass(frozen=True, slots=True)
class JdbcTarget:
    """Tables of a database: the connection with its properties, and `database/schema/table`.

    Any part of the path may hold `%` for any characters. `comments` and `raw_types` ask for what
    the database says of its tables and columns, too.
    """

    connection: str
    properties: Mapping[str, str] = field(repr=False)
    path: str
    exclusions: tuple[str, ...] = ()
    comments: bool = False
    raw_types: bool = False

    @property
    def reach(self) -> tuple[str, ...]:
        """The part of the path before the first `%`; the whole path if there is none."""
        fixed, wildcard, _ = self.path.strip("/").replace("/", ".").partition("%")
        return (place_of(fixed if wildcard else f"{fixed}/", self.connection),)


@dataclass(frozen=True, slots=True)
class DynamoDBTarget:
    """A table of DynamoDB, and whether all of its items are to be looked at."""

    path: str
    arn: str
    scan_all: bool = True

    @property
    def reach(self) -> tuple[str, ...]:
        """The table itself."""
        return (f"{self.arn}/",)


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


def _jdbc(tx: Transaction, given: Settings) -> JdbcTarget:
    name = given["ConnectionName"]
    try:
        connection = connections.get(tx, name)
    except EntityNotFoundException as error:
        raise EntityNotFoundException(f"Unable to retrieve connection {name}: {error}") from None
    more = given.get("EnableAdditionalMetadata") or ()
    return JdbcTarget(
        name,
        properties_of(connection.document),
        given["Path"],
        tuple(given.get("Exclusions") or ()),
        comments="COMMENTS" in more,
        raw_types="RAWTYPES" in more,
    )


def _dynamodb(tx: Transaction, given: Settings) -> DynamoDBTarget:
    arn = tx.scope.arn(f"table/{given['Path']}", service="dynamodb")
    return DynamoDBTarget(given["Path"], arn, given.get("scanAll", True))


Reader = Callable[[Transaction, Settings], Target]

READERS: Mapping[str, Reader] = {
    "S3Targets": _s3,
    "JdbcTargets": _jdbc,
    "DynamoDBTargets": _dynamodb,
    "CatalogTargets": _catalog,
}
"""By the list of a crawler's Targets: how one of its members becomes a Target."""


def targets_of(tx: Transaction, given: Mapping[str, Sequence[Settings]]) -> tuple[Target, ...]:
    """The targets that a crawler's settings name. Raises GlueError for what is not there."""
    return tuple(read(tx, one) for kind, read in READERS.items() for one in given.get(kind) or ())
