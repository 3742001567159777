"""Partitions: the parts of a table, one for each tuple of partition key values.

That the table exists, and has as many keys as there are values, the caller has made sure.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zlib import crc32

from gluematch.models import clock
from gluematch.models.errors import (
    AlreadyExistsException,
    EntityNotFoundException,
    InvalidInputException,
)

from . import schema, statements
from .store import Transaction

ROWS = schema.partitions
EXISTS = "Partition already exists."
MISSING = "Cannot find partition."

SHARES = 2520  # what every number up to 10 divides

Values = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """One of `total` disjoint parts of a table's partitions, numbered from 0."""

    number: int
    total: int


WHOLE = Segment(0, 1)


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition; `document` is its PartitionInput."""

    database: str
    table: str
    values: Values
    document: Mapping[str, Any]
    created: datetime

    @property
    def location(self) -> str:
        """Where the data lies: an S3 URI, or empty."""
        return str(self.document.get("StorageDescriptor", {}).get("Location", ""))


def create(
    tx: Transaction, database: str, table: str, values: Sequence[str], document: Mapping[str, Any]
) -> Partition:
    """A new partition. Raises AlreadyExistsException."""
    partition = Partition(database.lower(), table.lower(), tuple(values), document, clock.now())
    if not statements.add_new(tx, ROWS, _row(partition)):
        raise AlreadyExistsException(EXISTS)
    return partition


def find(tx: Transaction, database: str, table: str, values: Sequence[str]) -> Partition | None:
    """The partition, if it exists."""
    row = statements.first(tx, ROWS, *_of(database, table), ROWS.c.values_key == _key(values))
    return None if row is None else _partition(row)


def get(tx: Transaction, database: str, table: str, values: Sequence[str]) -> Partition:
    """The partition. Raises EntityNotFoundException."""
    partition = find(tx, database, table, values)
    if partition is None:
        raise EntityNotFoundException(MISSING)
    return partition


def update(
    tx: Transaction,
    database: str,
    table: str,
    values: Sequence[str],
    document: Mapping[str, Any],
    *,
    new_values: Sequence[str] | None = None,
) -> None:
    """Replace the partition's document, and its values if `new_values` differ.

    Raises EntityNotFoundException, and InvalidInputException if another has the new values:
    UpdatePartition declares no AlreadyExistsException.
    """
    key, new_key = _key(values), _key(values if new_values is None else new_values)
    if new_key != key and find(tx, database, table, new_values or ()) is not None:
        raise InvalidInputException(EXISTS)
    changes = {"values_key": new_key, "share": _share(new_key), "document": document}
    if not statements.change(tx, ROWS, changes, *_of(database, table), ROWS.c.values_key == key):
        raise EntityNotFoundException(MISSING)


def delete(tx: Transaction, database: str, table: str, values: Sequence[str]) -> None:
    """Remove the partition. Raises EntityNotFoundException."""
    if not statements.remove(tx, ROWS, *_of(database, table), ROWS.c.values_key == _key(values)):
        raise EntityNotFoundException(MISSING)


def page(
    tx: Transaction,
    database: str,
    table: str,
    after: Sequence[str] | None,
    limit: int,
    *,
    segment: Segment = WHOLE,
) -> list[Partition]:
    """The first `limit` partitions above the values `after`, in the order of the store.

    The segments of one total, 1 to 10, divide the table's partitions among them.
    """
    query = statements.rows_of(tx, ROWS, *_of(database, table))
    if after is not None:
        query = query.where(ROWS.c.values_key > _key(after))
    if segment.total > 1:
        query = query.where(ROWS.c.share % segment.total == segment.number)
    query = query.order_by(ROWS.c.values_key).limit(limit)
    return [_partition(row) for row in statements.every(tx, query)]


def all_of(tx: Transaction, database: str, table: str) -> list[Partition]:
    """Every partition of the table, in the order of the store."""
    query = statements.rows_of(tx, ROWS, *_of(database, table)).order_by(ROWS.c.values_key)
    return [_partition(row) for row in statements.every(tx, query)]


def many(
    tx: Transaction, database: str, table: str, wanted: Collection[Sequence[str]]
) -> dict[Values, Partition]:
    """Those of the wanted partitions that exist, by their values."""
    found: dict[Values, Partition] = {}
    for chunk in statements.chunks([_key(values) for values in wanted]):
        query = statements.rows_of(tx, ROWS, *_of(database, table), ROWS.c.values_key.in_(chunk))
        for row in statements.every(tx, query):
            partition = _partition(row)
            found[partition.values] = partition
    return found


def put_many(
    tx: Transaction,
    database: str,
    table: str,
    documents: Mapping[Values, Mapping[str, Any]],
) -> None:
    """Create the partitions that are new, replace the documents of the others.

    `documents` maps partition values to PartitionInputs. A partition that stays keeps its
    time of creation; partitions that are not named stay as they are.
    """
    before = many(tx, database, table, documents.keys())
    now = clock.now()
    delete_many(tx, database, table, before.keys())
    statements.add(
        tx,
        ROWS,
        *(
            _row(
                Partition(
                    database.lower(),
                    table.lower(),
                    values,
                    document,
                    before[values].created if values in before else now,
                )
            )
            for values, document in documents.items()
        ),
    )


def delete_many(
    tx: Transaction, database: str, table: str, unwanted: Iterable[Sequence[str]]
) -> int:
    """Remove those of the partitions that exist; how many there were."""
    return sum(
        statements.remove(tx, ROWS, *_of(database, table), ROWS.c.values_key.in_(chunk))
        for chunk in statements.chunks([_key(values) for values in unwanted])
    )


def _of(database: str, table: str) -> tuple[statements.Condition, statements.Condition]:
    return ROWS.c.database == database.lower(), ROWS.c.table == table.lower()


def _key(values: Sequence[str]) -> str:
    """One text for a tuple of values, whatever characters they hold."""
    return json.dumps(list(values), separators=(",", ":"))


def _share(key: str) -> int:
    """A number that spreads partitions evenly over any number of segments from 1 to 10."""
    return crc32(key.encode()) % SHARES


def _row(partition: Partition) -> dict[str, Any]:
    key = _key(partition.values)
    return {
        "database": partition.database,
        "table": partition.table,
        "values_key": key,
        "share": _share(key),
        "document": partition.document,
        "created": partition.created,
    }


def _partition(row: Mapping[str, Any]) -> Partition:
    return Partition(
        row["database"],
        row["table"],
        tuple(json.loads(row["values_key"])),
        row["document"],
        row["created"],
    )
