"""Statements that are compiled once and then run by the database's own driver.

SQLAlchemy writes them, for whichever database it is, and converts their values. What it does anew
at each execution takes several times as long as SQLite needs for a small statement.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Float, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement's text, and how its values go in and come out; None: as they are.

    `order` names the values that the text has places for, where it has no names for them. Some are
    `always` the same.
    """

    text: str
    order: tuple[str, ...] | None
    always: Mapping[str, Any]
    given: tuple[tuple[str, Convert], ...]
    found: tuple[tuple[str, Convert | None], ...]

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The rows that it selects, column by column."""
        cursor = self._run(connection, values)
        return [
            {
                name: value if convert is None else convert(value)
                for (name, convert), value in zip(self.found, row, strict=True)
            }
            for row in cursor.fetchall()
        ]

    def number(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """The one number that it selects."""
        return int(self._run(connection, values).fetchone()[0])

    def touch(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """How many rows it has written."""
        return int(self._run(connection, values).rowcount)

    def _run(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        converted = {**self.always, **values}
        for name, convert in self.given:
            converted[name] = convert(converted[name])
        if self.order is None:
            return run(connection, self.text, converted)
        return run(connection, self.text, [converted[name] for name in self.order])


def prepare(dialect: Dialect, statement: ClauseElement, *, ending: str = "") -> Prepared:
    """The statement as a dialect writes it; its values are named by bindparam, or as columns."""
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    binds = compiled.binds
    given = [
        (name, bind.type.dialect_impl(dialect).bind_processor(dialect))
        for name, bind in binds.items()
    ]
    return Prepared(
        str(compiled) + ending,
        tuple(compiled.positiontup) if compiled.positiontup is not None else None,
        {name: bind.value for name, bind in binds.items() if not bind.required},
        tuple((name, convert) for name, convert in given if convert is not None),
        tuple(_found(dialect, statement)) if isinstance(statement, Select) else (),
    )


def _found(dialect: Dialect, query: Select[Any]) -> Sequence[tuple[str, Convert | None]]:
    return [(column.name, _result(dialect, column.type)) for column in query.selected_columns]


def _result(dialect: Dialect, kind: TypeEngine[Any]) -> Convert | None:
    if isinstance(kind, Float):  # drivers give Python's own; SQLAlchemy asks what it came as
        return None
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def run(connection: Connection, text: str, values: Any = ()) -> Any:
    """Have the driver run a statement; its cursor. Raises DBAPIError, without the values."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(text, values)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _wrapped(connection, text, error) from error
    return cursor


def _wrapped(connection: Connection, text: str, error: Any) -> DBAPIError:
    dialect = connection.dialect
    lost = dialect.is_disconnect(error, None, None)
    if lost:
        connection.invalidate(error)
    wrapped = DBAPIError.instance(
        text,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=lost,
        dialect=dialect,
    )
    assert isinstance(wrapped, DBAPIError)
    return wrapped
