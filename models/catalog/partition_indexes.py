"""Partition indexes: which keys of a table's partitions clients want to filter by.

Every partition key is indexed here in any case (see partition_filters); an index is kept, checked
and shown. It comes and goes as it does on AWS, where clients wait for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gluematch.models import clock
from gluematch.models.errors import (
    AlreadyExistsException,
    ConflictException,
    EntityNotFoundException,
    InvalidInputException,
    ResourceNumberLimitExceededException,
)

from . import partitions, schema, statements
from .partition_keys import TEXT, TYPES, Key
from .partition_values import PLACES
from .store import Transaction
from .tables import Table

ROWS = schema.partition_indexes
MOST = 3
SETTLING = timedelta(milliseconds=500)  # how long an index is CREATING, or DELETING
SHOWN = 25  # partitions that an index names as not fitting
CREATING, DELETING, ACTIVE, FAILED = "CREATING", "DELETING", "ACTIVE", "FAILED"


@dataclass(frozen=True, slots=True)
class Index:
    """An index: its keys with their types, and values of partitions that are not of those types.

    `change` is what was begun last, and is over `until` then.
    """

    name: str
    keys: tuple[tuple[str, str], ...]
    misfits: tuple[tuple[str, ...], ...]
    change: str
    until: datetime

    def status(self, now: datetime) -> str | None:
        """CREATING, ACTIVE, FAILED, DELETING, or None if it is gone."""
        if now < self.until:
            return self.change
        if self.change == DELETING:
            return None
        return FAILED if self.misfits else ACTIVE


def create_empty(tx: Transaction, table: Table, name: str, keys: Sequence[str]) -> None:
    """A new index of a new table: there is nothing to wait for. Raises as `create` does."""
    create(tx, table, name, keys, settling=timedelta(0))


def create(
    tx: Transaction,
    table: Table,
    name: str,
    keys: Sequence[str],
    *,
    settling: timedelta = SETTLING,
) -> None:
    """A new index over partition keys of `table`.

    Raises InvalidInputException, ResourceNumberLimitExceededException and AlreadyExistsException.
    """
    types = dict(table.partition_keys)
    folded = tuple(key.lower() for key in keys)
    unknown = [key for key in folded if key not in types]
    if unknown:
        raise InvalidInputException(
            "IndexKeys not a part of PartitionColumns. "
            f"Verify the indexKeys : [{', '.join(unknown)}]"
        )
    _require_room(of_table(tx, table.database, table.name), name, folded)
    now = clock.now()
    statements.remove(tx, ROWS, *_of(table.database, table.name), ROWS.c.name == name)
    made = Index(
        name,
        tuple((key, types[key]) for key in folded),
        _misfits(tx, table, folded),
        CREATING,
        now + settling,
    )
    statements.add(tx, ROWS, {"database": table.database, "table": table.name, **_row(made)})


def of_table(tx: Transaction, database: str, table: str) -> dict[str, tuple[Index, str]]:
    """The indexes of a table that are not gone, by name, each with its status."""
    now = clock.now()
    query = statements.rows_of(tx, ROWS, *_of(database, table)).order_by(ROWS.c.name)
    found = [_index(row) for row in statements.every(tx, query)]
    return {index.name: (index, status) for index in found if (status := index.status(now))}


def delete(tx: Transaction, database: str, table: str, name: str) -> None:
    """Begin to remove an index.

    Raises EntityNotFoundException, also while the index itself changes, and ConflictException
    while another one does.
    """
    present = of_table(tx, database, table)
    if present.get(name, (None, CREATING))[1] in (CREATING, DELETING):
        raise EntityNotFoundException(f"Index with the given indexName : {name} does not exist.")
    if busy := _under_way(present):
        raise ConflictException(busy)
    changes = {"change": DELETING, "until": clock.now() + SETTLING}
    statements.change(tx, ROWS, changes, *_of(database, table), ROWS.c.name == name)


def _require_room(
    present: Mapping[str, tuple[Index, str]], name: str, keys: tuple[str, ...]
) -> None:
    """Refuse in the order in which AWS does: what is under way, the limit, name, keys."""
    if busy := _under_way(present):
        raise ResourceNumberLimitExceededException(busy)
    if len(present) >= MOST:
        raise ResourceNumberLimitExceededException(
            f"Partition index limit exceeded. Maximum: {MOST}"
        )
    if name in present:
        raise AlreadyExistsException(f"Partition Index {name} already exists with the same name.")
    for other, (index, _) in present.items():
        if tuple(key for key, _ in index.keys) == keys:
            message = f"Partition Index {other} already exists with the same keys."
            raise AlreadyExistsException(message)


def _under_way(present: Mapping[str, tuple[Index, str]]) -> str | None:
    """Which index is being created or deleted, told as AWS does."""
    for name, (_, status) in present.items():
        if status in (CREATING, DELETING):
            return (
                f"Index {name} is in {status} state. "
                "Only 1 index can be created or deleted simultaneously per table."
            )
    return None


def _misfits(tx: Transaction, table: Table, keys: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Values of some partitions that are not of the types of the keys."""
    typed = [
        Key(place, TYPES[kind])
        for place, (name, hive) in enumerate(table.partition_keys[:PLACES])
        if name in keys and (kind := hive.partition("(")[0].lower()) in TYPES
    ]
    found: dict[tuple[str, ...], None] = {}
    for key in typed:
        if key.type is not TEXT:
            values = partitions.with_values(tx, table.database, table.name, key.misfit, SHOWN)
            found.update(dict.fromkeys(values))
    return tuple(found)[:SHOWN]


def _of(database: str, table: str) -> tuple[statements.Condition, statements.Condition]:
    return ROWS.c.database == database.lower(), ROWS.c.table == table.lower()


def _row(index: Index) -> dict[str, Any]:
    return {
        "name": index.name,
        "keys": index.keys,
        "misfits": index.misfits,
        "change": index.change,
        "until": index.until,
    }


def _index(row: Mapping[str, Any]) -> Index:
    keys = tuple((name, hive) for name, hive in row["keys"])
    misfits = tuple(tuple(values) for values in row["misfits"])
    return Index(row["name"], keys, misfits, row["change"], row["until"])
