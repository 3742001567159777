"""Rows of relational tables: read, whole or in shares, and added. A table is named as
`schema.table`, or without a schema where it lies in the usual one.
"""

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Float,
    MetaData,
    Table,
    Text,
    cast,
    func,
    insert,
    inspect,
    literal_column,
    select,
)
from sqlalchemy.exc import NoSuchTableError, SAWarning

from .jdbc import DatabaseError, Login
from .relational import connected
from .relational_types import hive_type, sql_type

BATCH_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Share:
    """Share `number` of `of`: the rows whose hash has that remainder, the hash of the column
    `field`, or where it is None the number that `expression`, in SQL, gives."""

    number: int
    of: int
    field: str | None
    expression: str = ""


def columns_of(login: Login, name: str) -> list[tuple[str, str]]:
    """The table's columns and their Hive types. Raises DatabaseError."""
    with connected(login) as connection:
        return [(one.name, hive_type(one.type)) for one in _reflected(connection, name).columns]


def rows_of(login: Login, name: str, share: Share | None) -> Iterator[Sequence[Sequence[Any]]]:
    """The table's rows, or a share of them, some at a time: values in the order of the columns.

    Raises DatabaseError.
    """
    with connected(login) as connection:
        table = _reflected(connection, name)
        query = select(*table.columns)
        if share is not None:
            query = query.where(_hash(connection, table, share) % share.of == share.number)
        streaming = connection.execution_options(stream_results=True, yield_per=BATCH_ROWS)
        yield from streaming.execute(query).partitions()


def create(login: Login, name: str, columns: Sequence[tuple[str, str]]) -> None:
    """Make the table, of names and Hive types, if there is none of that name. Raises
    DatabaseError."""
    with connected(login, writing=True) as connection:
        schema, _, table = name.rpartition(".")
        if not inspect(connection).has_table(table, schema=schema or None):
            made = [Column(column, sql_type(kind)) for column, kind in columns]
            Table(table, MetaData(), *made, schema=schema or None).create(connection)


def add(login: Login, name: str, batches: Iterable[Sequence[Mapping[str, Any]]]) -> None:
    """Add rows, values by the names of columns in any case: all of them or none. Raises
    DatabaseError."""
    with connected(login, writing=True) as connection:
        table = _reflected(connection, name)
        known = {column.name.lower(): column.name for column in table.columns}
        for rows in batches:
            if lost := {one.lower() for row in rows[:1] for one in row} - known.keys():
                raise DatabaseError(f"Table {name} has no column {', '.join(sorted(lost))}.")
            stored = [{known[key.lower()]: value for key, value in row.items()} for row in rows]
            if stored:
                connection.execute(insert(table), stored)


def _reflected(connection: Connection, name: str) -> Table:
    schema, _, table = name.rpartition(".")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # types that it does not know are text to us
        try:
            found = Table(table, MetaData(), schema=schema or None, autoload_with=connection)
        except NoSuchTableError:
            raise DatabaseError(f"The database has no table {name}.") from None
    for column in found.columns:
        if isinstance(column.type, Float):
            column.type.asdecimal = False  # MySQL's would come rounded to ten digits
    return found


def _hash(connection: Connection, table: Table, share: Share) -> ColumnElement[Any]:
    """A number of zero or more for every row."""
    if share.field is None:
        number: ColumnElement[Any] = literal_column(f"({share.expression})")
    elif share.field not in table.columns:
        raise DatabaseError(f"Table {table.name} has no column {share.field}.")
    elif connection.dialect.name == "postgresql":
        number = cast(func.hashtext(cast(table.columns[share.field], Text)), BigInteger)
    else:
        number = func.crc32(table.columns[share.field])
    return func.abs(func.coalesce(number, 0))
