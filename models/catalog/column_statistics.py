"""What is known of the values in a column of a table, or of one of its partitions.

That the table and the partition exist, the caller has made sure.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from . import schema, statements
from .store import Transaction

ROWS = schema.column_statistics
WHOLE: tuple[str, ...] = ()  # no partition: the table itself

Statistics = Mapping[str, Any]


def save(
    tx: Transaction,
    database: str,
    table: str,
    values: Sequence[str],
    statistics: Mapping[str, Statistics],
) -> None:
    """Keep the statistics of columns, instead of those that they have."""
    statements.remove(tx, ROWS, *_of(database, table, values), ROWS.c.column.in_([*statistics]))
    place = {"database": database.lower(), "table": table.lower(), "of": _key(values)}
    rows = [{**place, "column": column, "document": one} for column, one in statistics.items()]
    statements.add(tx, ROWS, *rows)


def many(
    tx: Transaction,
    database: str,
    table: str,
    values: Sequence[str],
    columns: Collection[str],
) -> dict[str, Statistics]:
    """The statistics of those of the columns that have some."""
    of = (*_of(database, table, values), ROWS.c.column.in_([*columns]))
    rows = statements.every(tx, statements.rows_of(tx, ROWS, *of))
    return {row["column"]: row["document"] for row in rows}


def delete(tx: Transaction, database: str, table: str, values: Sequence[str], column: str) -> None:
    """Forget the statistics of a column, if it has some."""
    statements.remove(tx, ROWS, *_of(database, table, values), ROWS.c.column == column)


def drop(tx: Transaction, database: str, table: str, partitions: Collection[Sequence[str]]) -> None:
    """Forget the statistics of partitions."""
    for chunk in statements.chunks([_key(values) for values in partitions]):
        place = ROWS.c.database == database.lower(), ROWS.c.table == table.lower()
        statements.remove(tx, ROWS, *place, ROWS.c.of.in_(chunk))


def move(
    tx: Transaction, database: str, table: str, values: Sequence[str], to: Sequence[str]
) -> None:
    """The partition has other values now."""
    statements.change(tx, ROWS, {"of": _key(to)}, *_of(database, table, values))


def _of(
    database: str, table: str, values: Sequence[str]
) -> tuple[statements.Condition, statements.Condition, statements.Condition]:
    return (
        ROWS.c.database == database.lower(),
        ROWS.c.table == table.lower(),
        ROWS.c.of == _key(values),
    )


def _key(values: Sequence[str]) -> str:
    return json.dumps(list(values), separators=(",", ":"))
