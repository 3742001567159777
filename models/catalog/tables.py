"""Tables: what a data set is called, where it lies and which columns it has.

The document is the TableInput; this module keeps it, and reads it only through the
properties of `Table`. Names are folded to lower case here.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from gluematch.models import clock
from gluematch.models.errors import AlreadyExistsException, EntityNotFoundException

from . import databases, schema, statements
from .pages import Part, fitting
from .store import Transaction

ROWS = schema.tables
VERSIONS = schema.table_versions


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `version` counts its updates from 0."""

    database: str
    name: str
    document: Mapping[str, Any]
    version: int
    created_by: str
    created: datetime
    updated: datetime

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """Name and Hive type of each stored column, partition keys not among them."""
        return _columns(self.document.get("StorageDescriptor", {}).get("Columns", ()))

    @property
    def partition_keys(self) -> tuple[tuple[str, str], ...]:
        """Name and Hive type of each partition key."""
        return _columns(self.document.get("PartitionKeys", ()))

    @property
    def location(self) -> str:
        """Where the data lies: an S3 URI, or empty."""
        return str(self.document.get("StorageDescriptor", {}).get("Location", ""))

    @property
    def parameters(self) -> Mapping[str, str]:
        """The table's own parameters, such as `classification`."""
        parameters: Mapping[str, str] = self.document.get("Parameters", {})
        return parameters


def create(
    tx: Transaction, database: str, name: str, document: Mapping[str, Any], created_by: str
) -> Table:
    """A new table in a database that exists.

    Raises EntityNotFoundException for the database and AlreadyExistsException.
    """
    databases.get(tx, database)
    now = clock.now()
    table = Table(database.lower(), name.lower(), document, 0, created_by, now, now)
    if not statements.add_new(tx, ROWS, _row(table)):
        raise AlreadyExistsException("Table already exists.")
    return table


def find(tx: Transaction, database: str, name: str) -> Table | None:
    """The table, if it exists."""
    row = statements.first(tx, ROWS, **key(database, name))
    return None if row is None else from_row(row)


def get(tx: Transaction, database: str, name: str) -> Table:
    """The table. Raises EntityNotFoundException for it or for its database."""
    table = find(tx, database, name)
    if table is None:
        databases.get(tx, database)
        raise EntityNotFoundException(f"Table {name} not found.")
    return table


def update(
    tx: Transaction,
    database: str,
    name: str,
    document: Mapping[str, Any],
    *,
    archive: bool = True,
) -> Table:
    """Replace the table's document: its next version. The one before is archived, or lost.

    Raises EntityNotFoundException.
    """
    before = get(tx, database, name)
    if archive:
        statements.add(tx, VERSIONS, _row(before))
    changes = {"document": document, "version": before.version + 1, "updated": clock.now()}
    statements.change(tx, ROWS, changes, **key(database, name))
    return get(tx, database, name)


def delete(tx: Transaction, database: str, name: str) -> None:
    """Remove the table, its versions and its parts. Raises EntityNotFoundException."""
    table = get(tx, database, name)
    for rows in (ROWS, VERSIONS):
        statements.remove(tx, rows, **key(database, name))
    for rows in schema.BELONGINGS:
        statements.remove(tx, rows, database=table.database, table=table.name)


def page(
    tx: Transaction,
    database: str,
    after: str | None,
    limit: int,
    matches: Callable[[str], bool] | None = None,
) -> Part[Table]:
    """The first tables above `after` whose names fit `matches`, by name, as one page holds them.

    Raises EntityNotFoundException for the database.
    """
    databases.get(tx, database)
    if matches is not None:
        names = _matching(tx, database, after, limit + 1, matches)
        lengths = statements.sizes_of(tx, ROWS.c.name, names, ROWS.c.database == database.lower())
        count, more = fitting((lengths[name] for name in names), limit)
        return Part(many(tx, database, names[:count]), more)
    of = {"database": database.lower()}
    sizes = statements.sizes(tx, ROWS, "name", after, limit + 1, **of)
    count, more = fitting(sizes, limit)
    rows = statements.page(tx, ROWS, "name", after, count, **of)
    return Part([from_row(row) for row in rows], more)


def over(tx: Transaction, database: str, limit: int) -> int:
    """How many tables a database has if they are more than `limit`, else 0."""
    return statements.over(tx, ROWS, limit, database=database.lower())


def everywhere(tx: Transaction) -> list[Table]:
    """The tables of all databases, in no order."""
    return [from_row(row) for row in statements.every(tx, statements.rows_of(tx, ROWS))]


def many(tx: Transaction, database: str, names: Collection[str]) -> list[Table]:
    """Those of the named tables that exist, by name."""
    folded = sorted({name.lower() for name in names})
    found: list[Table] = []
    for chunk in statements.chunks(folded):
        query = statements.rows_of(
            tx, ROWS, ROWS.c.database == database.lower(), ROWS.c.name.in_(chunk)
        )
        found += [from_row(row) for row in statements.every(tx, query.order_by(ROWS.c.name))]
    return found


def key(database: str, name: str) -> dict[str, str]:
    """What the rows of one table have in their columns, in `tables` and in its versions."""
    return {"database": database.lower(), "name": name.lower()}


def from_row(row: Mapping[str, Any]) -> Table:
    """The table that a row of `tables` or `table_versions` holds."""
    return Table(
        row["database"],
        row["name"],
        row["document"],
        row["version"],
        row["created_by"],
        row["created"],
        row["updated"],
    )


def _matching(
    tx: Transaction,
    database: str,
    after: str | None,
    limit: int,
    matches: Callable[[str], bool],
) -> Sequence[str]:
    """The first `limit` names above `after` that fit, by name, without their documents."""
    query = statements.rows_of(tx, ROWS, ROWS.c.database == database.lower())
    if after is not None:
        query = query.where(ROWS.c.name > after)
    names = tx.connection.execute(query.with_only_columns(ROWS.c.name).order_by(ROWS.c.name))
    return list(islice(filter(matches, names.scalars()), limit))


def _columns(listed: Sequence[Mapping[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((column["Name"], column.get("Type", "")) for column in listed)


def _row(table: Table) -> dict[str, Any]:
    return {
        "database": table.database,
        "name": table.name,
        "document": table.document,
        "version": table.version,
        "created_by": table.created_by,
        "created": table.created,
        "updated": table.updated,
    }
