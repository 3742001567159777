"""Statements within one scope: all that the entity modules read and write passes through here.

Each binds account and region itself, so that no module can forget to. A statement takes
its rows and conditions in portable SQL; upserts are a delete and an insert.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from gluematch.models.scope import Scope

from .store import Transaction

CHUNK = 500  # values in one IN list: below every database's limit of bound parameters

Condition = ColumnElement[bool]


def rows_of(tx: Transaction, table: Table, *conditions: Condition) -> Select[Any]:
    """A SELECT of the scope's rows of `table`, to be ordered and limited by the caller."""
    return select(table).where(*_scope(tx, table), *conditions)


def first(tx: Transaction, table: Table, *conditions: Condition) -> Mapping[str, Any] | None:
    """One row of the scope that meets `conditions`, as column names to values."""
    row = tx.connection.execute(rows_of(tx, table, *conditions).limit(1)).mappings().first()
    return None if row is None else dict(row)


def every(tx: Transaction, query: Select[Any]) -> list[Mapping[str, Any]]:
    """All rows that a query made by `rows_of` gives."""
    return [dict(row) for row in tx.connection.execute(query).mappings()]


def across(connection: Connection, query: Select[Any]) -> list[tuple[Scope, Mapping[str, Any]]]:
    """All rows that a query over every scope gives, each with the scope that it is of."""
    rows = connection.execute(query).mappings()
    return [(Scope(row["account"], row["region"]), dict(row)) for row in rows]


def count(tx: Transaction, table: Table, *conditions: Condition) -> int:
    """How many rows of the scope meet `conditions`."""
    query = select(func.count()).select_from(table).where(*_scope(tx, table), *conditions)
    return tx.connection.execute(query).scalar_one()


def add_new(tx: Transaction, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert `row` into the scope unless its key is taken; whether it was free.

    The transaction goes on either way: the insert has a savepoint of its own.
    """
    try:
        with tx.connection.begin_nested():
            add(tx, table, row)
    except IntegrityError:
        return False
    return True


def add(tx: Transaction, table: Table, *rows: Mapping[str, Any]) -> None:
    """Insert `rows` into the scope; their keys are known to be free."""
    if rows:
        scope = {"account": tx.scope.account, "region": tx.scope.region}
        tx.connection.execute(insert(table), [{**row, **scope} for row in rows])


def change(tx: Transaction, table: Table, values: Mapping[str, Any], *conditions: Condition) -> int:
    """Set `values` in the scope's rows that meet `conditions`; how many there were."""
    statement = update(table).where(*_scope(tx, table), *conditions).values(dict(values))
    return tx.connection.execute(statement).rowcount


def remove(tx: Transaction, table: Table, *conditions: Condition) -> int:
    """Delete the scope's rows that meet `conditions`; how many there were."""
    return tx.connection.execute(delete(table).where(*_scope(tx, table), *conditions)).rowcount


def chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """`values` in slices short enough for one IN list."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]


def _scope(tx: Transaction, table: Table) -> tuple[Condition, Condition]:
    return table.c.account == tx.scope.account, table.c.region == tx.scope.region
