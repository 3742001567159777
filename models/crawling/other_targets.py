"""Targets that are not plain files in S3: databases, DynamoDB, and tables of Delta and Iceberg.

Values as in `targets`, which says what a target is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gluematch.models.catalog import connections
from gluematch.models.catalog.store import Transaction
from gluematch.models.datasets.jdbc import properties_of
from gluematch.models.errors import EntityNotFoundException

from .naming import place_of

Settings = Mapping[str, Any]
DEEPEST = 10
"""How many folders below a path a table of Iceberg may lie, unless the target says it."""


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


@dataclass(frozen=True, slots=True)
class DeltaTarget:
    """Tables of Delta Lake: `native`, or as the files that their manifests list.

    `write_manifest` asks for these manifests to be written anew.
    """

    paths: tuple[str, ...]
    native: bool = False
    write_manifest: bool = False

    @property
    def reach(self) -> tuple[str, ...]:
        """The tables themselves."""
        return tuple(folder(path) for path in self.paths)


@dataclass(frozen=True, slots=True)
class IcebergTarget:
    """Tables of Iceberg at the paths, and at most `depth` folders below; globs leave some out."""

    paths: tuple[str, ...]
    exclusions: tuple[str, ...] = ()
    depth: int = DEEPEST

    @property
    def reach(self) -> tuple[str, ...]:
        """The paths."""
        return tuple(folder(path) for path in self.paths)


def folder(path: str) -> str:
    """The path with one slash behind it."""
    return path.rstrip("/") + "/"


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


def _delta(_: Transaction, given: Settings) -> DeltaTarget:
    return DeltaTarget(
        tuple(given["DeltaTables"]),
        bool(given.get("CreateNativeDeltaTable")),
        bool(given.get("WriteManifest")),
    )


def _iceberg(_: Transaction, given: Settings) -> IcebergTarget:
    return IcebergTarget(
        tuple(given["Paths"]),
        tuple(given.get("Exclusions") or ()),
        given.get("MaximumTraversalDepth", DEEPEST),
    )


READERS: Mapping[str, Callable[[Transaction, Settings], Any]] = {
    "JdbcTargets": _jdbc,
    "DynamoDBTargets": _dynamodb,
    "DeltaTargets": _delta,
    "IcebergTargets": _iceberg,
}
"""By the list of a crawler's Targets: how one of its members becomes a Target."""
