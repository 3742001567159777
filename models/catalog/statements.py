"""Statements within one scope: all that the entity modules read and write passes through here.

Each binds account and region itself, so that no module can forget to. Rows are chosen by the
values of columns, named as keywords, which is quickest (but NULL is no value), and by conditions in
portable SQL; upserts are a delete and an insert.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Column,
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

from gluematch.models.scope import Scope

from . import forms
from .prepared import Prepared
from .store import Transaction

CHUNK = 500  # values in one IN list: below every database's limit of bound parameters

Condition = ColumnElement[bool]


def rows_of(tx: Transaction, table: Table, *conditions: Condition) -> Select[Any]:
    """A SELECT of the scope's rows of `table`, to be ordered and limited by the caller."""
    return select(table).where(*_scope(tx, table), *conditions)


def first(
    tx: Transaction, table: Table, /, *conditions: Condition, **equal: Any
) -> Mapping[str, Any] | None:
    """One row of the scope that meets `conditions` and has the values `equal`, as column names to
    values."""
    if conditions:
        query = rows_of(tx, table, *conditions, *_equal(table, equal)).limit(1)
        row = tx.connection.execute(query).mappings().first()
        return None if row is None else dict(row)
    rows = _ready(tx, forms.first, table, *equal).rows(tx.connection, _values(tx, equal))
    return rows[0] if rows else None


def every(tx: Transaction, query: Select[Any]) -> list[Mapping[str, Any]]:
    """All rows that a query made by `rows_of` gives."""
    return [dict(row) for row in tx.connection.execute(query).mappings()]


def page(
    tx: Transaction, table: Table, order: str, after: Any, limit: int, /, **equal: Any
) -> list[dict[str, Any]]:
    """The first `limit` rows of the scope with the values `equal`, in the order of a column; those
    whose value there is above `after`, unless that is None."""
    form = forms.page if after is None else forms.next_page
    ready = _ready(tx, form, table, order, *equal)
    return ready.rows(tx.connection, _page(tx, after, limit, equal))


def sizes(
    tx: Transaction, table: Table, order: str, after: Any, limit: int, /, **equal: Any
) -> list[int]:
    """The lengths of the documents of those rows, without reading them."""
    form = forms.sizes if after is None else forms.next_sizes
    ready = _ready(tx, form, table, order, *equal)
    return [row["size"] for row in ready.rows(tx.connection, _page(tx, after, limit, equal))]


def sizes_of(
    tx: Transaction, key: Column[Any], keys: Sequence[Any], *conditions: Condition
) -> dict[Any, int]:
    """The lengths of the documents of the scope's rows that have one of the keys, by key."""
    found: dict[Any, int] = {}
    for chunk in chunks(keys):
        query = rows_of(tx, key.table, *conditions, key.in_(chunk))
        rows = tx.connection.execute(
            query.with_only_columns(key, func.length(key.table.c.document))
        )
        found.update((one, size) for one, size in rows)
    return found


def across(connection: Connection, query: Select[Any]) -> list[tuple[Scope, Mapping[str, Any]]]:
    """All rows that a query over every scope gives, each with the scope that it is of."""
    rows = connection.execute(query).mappings()
    return [(Scope(row["account"], row["region"]), dict(row)) for row in rows]


def count(tx: Transaction, table: Table, /, *conditions: Condition, **equal: Any) -> int:
    """How many rows of the scope meet `conditions` and have the values `equal`."""
    if conditions:
        chosen = *_scope(tx, table), *conditions, *_equal(table, equal)
        query = select(func.count()).select_from(table).where(*chosen)
        return tx.connection.execute(query).scalar_one()
    return _ready(tx, forms.count, table, *equal).number(tx.connection, _values(tx, equal))


def over(tx: Transaction, table: Table, limit: int, /, **equal: Any) -> int:
    """How many rows of the scope have the values `equal` if they are more than `limit`, else 0.

    Counting takes longer the more there are, so it is done where the table can have so many at all.
    """
    if tx.connection.dialect.name == "sqlite":
        most = _ready(tx, forms.highest, table).number(tx.connection, {})
        if most <= limit:
            return 0
    found = count(tx, table, **equal)
    return found if found > limit else 0


def add_new(tx: Transaction, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert `row` into the scope unless its key is taken; whether it was free.

    The transaction goes on either way.
    """
    adding = _ready(tx, forms.adding_free, table, *row)
    return adding.touch(tx.connection, _new(tx, row)) > 0


def add(tx: Transaction, table: Table, *rows: Mapping[str, Any]) -> None:
    """Insert `rows` into the scope; their keys are known to be free."""
    if len(rows) == 1:
        _ready(tx, forms.adding, table, *rows[0]).touch(tx.connection, _new(tx, rows[0]))
    elif rows:
        scope = {"account": tx.scope.account, "region": tx.scope.region}
        tx.connection.execute(insert(table), [{**row, **scope} for row in rows])


def change(
    tx: Transaction, table: Table, to: Mapping[str, Any], /, *conditions: Condition, **equal: Any
) -> int:
    """Set the values `to` in the scope's rows that meet `conditions` and have the values `equal`;
    how many there were."""
    if conditions:
        chosen = *_scope(tx, table), *conditions, *_equal(table, equal)
        return tx.connection.execute(update(table).where(*chosen).values(dict(to))).rowcount
    changed = {forms.new(name): value for name, value in to.items()}
    changing = _ready(tx, forms.changing, table, (*to,), *equal)
    return changing.touch(tx.connection, {**_values(tx, equal), **changed})


def remove(tx: Transaction, table: Table, /, *conditions: Condition, **equal: Any) -> int:
    """Delete the scope's rows that meet `conditions` and have the values `equal`; how many there
    were."""
    if conditions:
        chosen = *_scope(tx, table), *conditions, *_equal(table, equal)
        return tx.connection.execute(delete(table).where(*chosen)).rowcount
    return _ready(tx, forms.removing, table, *equal).touch(tx.connection, _values(tx, equal))


def chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """`values` in slices short enough for one IN list."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]


def _page(tx: Transaction, after: Any, limit: int, equal: Mapping[str, Any]) -> dict[str, Any]:
    values = {**_values(tx, equal), "limit": limit}
    return values if after is None else {**values, "after": after}


def _scope(tx: Transaction, table: Table) -> tuple[Condition, Condition]:
    return table.c.account == tx.scope.account, table.c.region == tx.scope.region


def _equal(table: Table, equal: Mapping[str, Any]) -> list[Condition]:
    return [table.c[name] == value for name, value in equal.items()]


def _ready(tx: Transaction, form: Callable[..., Prepared], table: Table, *of: Any) -> Prepared:
    return forms.ready(tx.connection.dialect, form, table, *of)


def _values(tx: Transaction, equal: Mapping[str, Any]) -> dict[str, Any]:
    return {"account": tx.scope.account, "region": tx.scope.region, **equal}


def _new(tx: Transaction, row: Mapping[str, Any]) -> dict[str, Any]:
    return {forms.new(name): value for name, value in _values(tx, row).items()}
