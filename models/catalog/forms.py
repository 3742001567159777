"""The forms that most statements on rows of one scope have: composed once for each table.

Values are filled in by name: those that columns must have by the column's, those that they shall
have by `new`, and `limit` and `after` of pages.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Dialect,
    Integer,
    Select,
    Table,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from .prepared import Prepared, prepare

SCOPE = ("account", "region")


def new(column: str) -> str:
    """The name of the value that a column shall have."""
    return f"new_{column}"


@lru_cache(maxsize=2048)
def ready(dialect: Dialect, form: Callable[..., Prepared], table: Table, *of: Any) -> Prepared:
    """One of the forms below, for one table of one database."""
    return form(dialect, table, *of)


def first(dialect: Dialect, table: Table, *equal: str) -> Prepared:
    """One row whose columns `equal` have the given values."""
    return prepare(dialect, select(table).where(*_rows(table, equal)).limit(1))


def page(dialect: Dialect, table: Table, order: str, *equal: str) -> Prepared:
    """The first rows of them, by the column `order`."""
    return prepare(dialect, _page(table, order, equal))


def next_page(dialect: Dialect, table: Table, order: str, *equal: str) -> Prepared:
    """Those that come after a value of the column `order`."""
    above = table.c[order] > _bound(table, order, "after")
    return prepare(dialect, _page(table, order, equal).where(above))


def sizes(dialect: Dialect, table: Table, order: str, *equal: str) -> Prepared:
    """The lengths of the documents of the first rows, by the column `order`."""
    return prepare(dialect, _page(table, order, equal).with_only_columns(_size(table)))


def next_sizes(dialect: Dialect, table: Table, order: str, *equal: str) -> Prepared:
    """Those of the rows that come after a value of the column `order`."""
    above = table.c[order] > _bound(table, order, "after")
    query = _page(table, order, equal).where(above)
    return prepare(dialect, query.with_only_columns(_size(table)))


def count(dialect: Dialect, table: Table, *equal: str) -> Prepared:
    """How many they are."""
    return prepare(dialect, select(func.count()).select_from(table).where(*_rows(table, equal)))


def highest(dialect: Dialect, table: Table) -> Prepared:
    """The highest number that SQLite has given to a row: a table has at most so many rows."""
    number: ColumnElement[int] = func.max(literal_column("rowid", Integer))
    return prepare(dialect, select(func.coalesce(number, 0)).select_from(table))


def adding(dialect: Dialect, table: Table, *columns: str) -> Prepared:
    """A new row."""
    return prepare(dialect, insert(table).values(_news(table, columns)))


def adding_free(dialect: Dialect, table: Table, *columns: str) -> Prepared:
    """A new row unless its key is taken. All databases that we know understand the clause."""
    inserted = insert(table).values(_news(table, columns))
    return prepare(dialect, inserted, ending=" ON CONFLICT DO NOTHING")


def changing(dialect: Dialect, table: Table, columns: tuple[str, ...], *equal: str) -> Prepared:
    """New values of `columns` in the rows whose columns `equal` have the given values."""
    changed = {name: _bound(table, name, new(name)) for name in columns}
    return prepare(dialect, update(table).where(*_rows(table, equal)).values(changed))


def removing(dialect: Dialect, table: Table, *equal: str) -> Prepared:
    """Without them."""
    return prepare(dialect, delete(table).where(*_rows(table, equal)))


def _rows(table: Table, equal: tuple[str, ...]) -> list[ColumnElement[bool]]:
    return [table.c[name] == _bound(table, name, name) for name in (*SCOPE, *equal)]


def _page(table: Table, order: str, equal: tuple[str, ...]) -> Select[Any]:
    limit = bindparam("limit", type_=Integer)
    return select(table).where(*_rows(table, equal)).order_by(table.c[order]).limit(limit)


def _size(table: Table) -> ColumnElement[int]:
    return func.length(table.c.document, type_=Integer).label("size")


def _news(table: Table, columns: tuple[str, ...]) -> dict[str, BindParameter[Any]]:
    return {name: _bound(table, name, new(name)) for name in (*SCOPE, *columns)}


def _bound(table: Table, column: str, name: str) -> BindParameter[Any]:
    return bindparam(name, type_=table.c[column].type)
