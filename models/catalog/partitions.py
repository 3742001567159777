"""Partitions: the parts of a table, one for each tuple of partition key values.

That the table exists, and has as many keys as there are values, the caller has made sure.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zlib import crc32

from gluematch.models import clock
from gluematch.models.errors import AlreadyExistsException, EntityNotFoundException

from . import column_statistics, partition_values, schema, statements
from .pages import Part, fitting
from .store import Transaction

if TYPE_CHECKING:
    from .partition_filters import Filter

ROWS = schema.partitions
EXISTS = "Partition already exists."
MISSING = "Cannot find partition."

_READ = tuple(ROWS.c[name] for name in ("database", "table", "values_key", "document", "created"))

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
    row = statements.first(tx, ROWS, **_one(database, table, values))
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

    Raises EntityNotFoundException, and AlreadyExistsException if another has the new values.
    """
    present = get(tx, database, table, values)
    new = present.values if new_values is None else tuple(new_values)
    if new != present.values:
        if find(tx, database, table, new) is not None:
            raise AlreadyExistsException(EXISTS)
        column_statistics.move(tx, database, table, values, new)
    changes = {"document": document, **_compared(new)}
    statements.change(tx, ROWS, changes, **_one(database, table, values))


def delete(tx: Transaction, database: str, table: str, values: Sequence[str]) -> None:
    """Remove the partition. Raises EntityNotFoundException."""
    if not delete_many(tx, database, table, [values]):
        raise EntityNotFoundException(MISSING)


def page(
    tx: Transaction,
    database: str,
    table: str,
    after: Sequence[str] | None,
    limit: int,
    *,
    segment: Segment = WHOLE,
    matching: "Filter | None" = None,
) -> Part[Partition]:
    """The first partitions above the values `after`, in the order of the store, as one page holds
    them.

    The segments of one total, 1 to 10, divide the table's partitions among them. Raises
    InvalidStateException for a value that `matching` cannot compare.
    """
    query = statements.rows_of(tx, ROWS, *_of(database, table))
    if after is not None:
        query = query.where(ROWS.c.values_key > _key(after))
    if segment.total > 1:
        query = query.where(ROWS.c.share % segment.total == segment.number)
    if matching is not None:
        query = query.where(matching.condition)
    # The keys first, which an index holds with all that is compared, then their documents.
    query = query.with_only_columns(ROWS.c.values_key).order_by(ROWS.c.values_key)
    keys = tx.connection.execute(query.limit(limit + 1)).scalars().all()
    if matching is not None:
        for key in keys:
            matching.require_fits(json.loads(key))
    return _part(tx, database, table, keys, limit)


def all_of(tx: Transaction, database: str, table: str) -> list[Partition]:
    """Every partition of the table, in the order of the store."""
    query = statements.rows_of(tx, ROWS, *_of(database, table)).with_only_columns(*_READ)
    return [_partition(row) for row in statements.every(tx, query.order_by(ROWS.c.values_key))]


def some(
    tx: Transaction, database: str, table: str, wanted: Collection[Sequence[str]]
) -> tuple[dict[Values, Partition], list[Values]]:
    """Those of the wanted partitions that exist, by their values, as far as one page holds them,
    and the values of the others that exist."""
    keys = [_key(values) for values in wanted]
    sizes = statements.sizes_of(tx, ROWS.c.values_key, keys, *_of(database, table))
    present = [key for key in dict.fromkeys(keys) if key in sizes]
    count, _ = fitting((sizes[key] for key in present), len(present))
    found = _with_keys(tx, database, table, present[:count])
    left = [tuple(json.loads(key)) for key in present[count:]]
    return {partition.values: partition for partition in found}, left


def many(
    tx: Transaction, database: str, table: str, wanted: Collection[Sequence[str]]
) -> dict[Values, Partition]:
    """Those of the wanted partitions that exist, by their values."""
    found = _with_keys(tx, database, table, [_key(values) for values in wanted])
    return {partition.values: partition for partition in found}


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
    _remove(tx, database, table, before.keys())
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
    named = [*unwanted]
    column_statistics.drop(tx, database, table, named)
    return _remove(tx, database, table, named)


def with_values(
    tx: Transaction, database: str, table: str, condition: statements.Condition, limit: int
) -> list[Values]:
    """The values of the first `limit` partitions that meet a condition."""
    query = statements.rows_of(tx, ROWS, *_of(database, table), condition)
    keys = query.with_only_columns(ROWS.c.values_key).order_by(ROWS.c.values_key).limit(limit)
    return [tuple(json.loads(key)) for key in tx.connection.execute(keys).scalars()]


def _remove(tx: Transaction, database: str, table: str, unwanted: Iterable[Sequence[str]]) -> int:
    return sum(
        statements.remove(tx, ROWS, *_of(database, table), ROWS.c.values_key.in_(chunk))
        for chunk in statements.chunks([_key(values) for values in unwanted])
    )


def _with_keys(tx: Transaction, database: str, table: str, keys: Sequence[str]) -> list[Partition]:
    """Those of the partitions that exist; in the order of the store, if the keys are."""
    found: list[Partition] = []
    for chunk in statements.chunks(keys):
        query = statements.rows_of(tx, ROWS, *_of(database, table), ROWS.c.values_key.in_(chunk))
        rows = statements.every(tx, query.with_only_columns(*_READ).order_by(ROWS.c.values_key))
        found += [_partition(row) for row in rows]
    return found


def _part(
    tx: Transaction, database: str, table: str, keys: Sequence[str], limit: int
) -> Part[Partition]:
    sizes = statements.sizes_of(tx, ROWS.c.values_key, keys, *_of(database, table))
    count, more = fitting((sizes[key] for key in keys), limit)
    return Part(_with_keys(tx, database, table, keys[:count]), more)


def _of(database: str, table: str) -> tuple[statements.Condition, statements.Condition]:
    return ROWS.c.database == database.lower(), ROWS.c.table == table.lower()


def _one(database: str, table: str, values: Sequence[str]) -> dict[str, str]:
    return {"database": database.lower(), "table": table.lower(), "values_key": _key(values)}


def _key(values: Sequence[str]) -> str:
    """One text for a tuple of values, whatever characters they hold."""
    return json.dumps(list(values), separators=(",", ":"))


def _share(key: str) -> int:
    """A number that spreads partitions evenly over any number of segments from 1 to 10."""
    return crc32(key.encode()) % SHARES


def _compared(values: Sequence[str]) -> dict[str, Any]:
    """What the store finds a partition by."""
    key = _key(values)
    return {"values_key": key, "share": _share(key), **partition_values.columns(values)}


def _row(partition: Partition) -> dict[str, Any]:
    return {
        "database": partition.database,
        "table": partition.table,
        **_compared(partition.values),
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
