"""Hive's types for those of relational databases, as Glue's JDBC crawlers choose them, and types
for new tables.

What AWS leaves open is told in docs/decisions/jdbc-targets.md.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import types
from sqlalchemy.dialects import mysql, postgresql

LONGEST_DECIMAL = 38
DEFAULT_SCALE = 18

Rule = tuple[type[Any] | tuple[type[Any], ...], str | Callable[[Any], str]]


def hive_type(found: Any) -> str:
    """The Hive type of a type that SQLAlchemy has reflected; string for what nobody knows."""
    for kinds, told in RULES:
        if isinstance(found, kinds):
            return told if isinstance(told, str) else told(found)
    return "string"


def _decimal(found: Any) -> str:
    if found.precision is None:
        return f"decimal({LONGEST_DECIMAL},{DEFAULT_SCALE})"
    precision = min(found.precision, LONGEST_DECIMAL)
    return f"decimal({precision},{min(max(found.scale or 0, 0), precision)})"


def _tiny(found: Any) -> str:
    """MySQL has no boolean: TINYINT(1) stands for one, as its own JDBC driver has it."""
    if found.display_width == 1 and not found.unsigned:
        return "boolean"
    return "smallint" if found.unsigned else "tinyint"


def _unsigned(signed: str, wider: str) -> Callable[[Any], str]:
    def told(found: Any) -> str:
        return wider if getattr(found, "unsigned", False) else signed

    return told


def _bits(found: Any) -> str:
    return "boolean" if (found.length or 1) == 1 else "binary"


def _array(found: Any) -> str:
    inner = hive_type(found.item_type)
    for _ in range((found.dimensions or 1) - 1):
        inner = f"array<{inner}>"
    return f"array<{inner}>"


RULES: tuple[Rule, ...] = (
    (types.Boolean, "boolean"),
    (mysql.TINYINT, _tiny),
    (types.SmallInteger, _unsigned("smallint", "int")),
    (types.BigInteger, _unsigned("bigint", "decimal(20,0)")),
    (types.Integer, _unsigned("int", "bigint")),
    (types.REAL, "float"),
    ((types.Double, types.DOUBLE_PRECISION), "double"),
    (mysql.FLOAT, "float"),
    (types.Float, "double"),
    (types.Numeric, _decimal),
    (types.DateTime, "timestamp"),
    ((types.Date, mysql.YEAR), "date"),
    ((mysql.BIT, postgresql.BIT), _bits),
    (types.ARRAY, _array),
    ((types.Enum, mysql.SET), "string"),
    (types.LargeBinary, "binary"),
    (types._Binary, "binary"),
)
"""The first that a type is an instance of tells; special kinds stand before general ones."""


def sql_type(hive: str) -> Any:
    """The SQLAlchemy type that holds the values of a Hive type; text for nested ones."""
    base, _, size = hive.lower().rstrip(")").partition("(")
    if base == "decimal" and size:
        precision, scale = size.split(",")
        return types.Numeric(int(precision), int(scale))
    return MADE.get(base, types.Text)()


MADE: Mapping[str, type[Any]] = {
    "tinyint": types.SmallInteger,
    "smallint": types.SmallInteger,
    "int": types.Integer,
    "bigint": types.BigInteger,
    "float": types.REAL,
    "double": types.Double,
    "boolean": types.Boolean,
    "decimal": types.Numeric,
    "date": types.Date,
    "timestamp": types.DateTime,
    "binary": types.LargeBinary,
}
