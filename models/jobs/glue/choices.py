"""Choices resolved: which of its types a column is to have."""

from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f
from pyspark.sql.types import DataType, StructField, StructType

from . import types


def resolved(
    frame: DataFrame,
    specs: Sequence[tuple[str, str]],
    default: str,
    catalog: Mapping[str, str],
) -> DataFrame:
    """The frame with the columns of `specs`, else all choices by `default`, resolved.

    Actions are `cast:type`, `make_cols`, `make_struct`, `project:type` and `match_catalog`,
    which casts to the type that `catalog` has for the column. Raises ValueError for others.
    """
    wanted = {_plain(path).lower(): action for path, action in specs}
    unknown = wanted.keys() - {name.lower() for name in frame.columns}
    if unknown:
        raise ValueError(f"ResolveChoice: there is no column {', '.join(sorted(unknown))}")
    columns: list[Column] = []
    for field in frame.schema.fields:
        chosen = types.branches(field)
        action = wanted.get(field.name.lower(), default if chosen else "")
        columns += _resolved(field, chosen, action, catalog) if action else [itself(field.name)]
    return frame.select(*columns)


def itself(name: str) -> Column:
    """The column of that name, whatever characters it has."""
    return f.col(f"`{name.replace('`', '``')}`")


def cast(field: StructField, kind: DataType) -> Column:
    """The column as one type: of a choice, what there is of its branches."""
    column = itself(field.name)
    inside = types.branches(field)
    if not inside:
        return column.cast(kind)
    # the branch of that type first: the way by text may lose digits
    order = sorted(inside, key=lambda name: inside[name] != kind)
    return f.coalesce(*(column.getField(name).cast(kind) for name in order))


def _resolved(
    field: StructField, chosen: Mapping[str, DataType], action: str, catalog: Mapping[str, str]
) -> list[Column]:
    name, column = field.name, itself(field.name)
    verb, _, argument = action.partition(":")
    match verb.strip().lower():
        case "cast" if argument:
            return [cast(field, types.spark_type(argument)).alias(name, metadata={})]
        case "make_cols":
            if not chosen:
                return [column]
            return [column.getField(one).alias(f"{name}_{one}") for one in chosen]
        case "make_struct":
            return [column.alias(name, metadata={})]
        case "project" if argument:
            branch = types.glue_name(types.spark_type(argument))
            if not chosen:
                return [column]
            if branch not in chosen:
                raise ValueError(f"ResolveChoice: {name} is {' or '.join(chosen)}, never {branch}")
            return [column.getField(branch).alias(name)]
        case "match_catalog":
            kind = catalog.get(name.lower())
            if not chosen or kind is None:
                return [column]
            return [cast(field, types.spark_type(kind)).alias(name, metadata={})]
    raise ValueError(f"ResolveChoice: there is no action {action!r}")


def open_choices(schema: StructType) -> list[str]:
    """The names of the columns that are still choices."""
    return [field.name for field in schema.fields if types.branches(field)]


def _plain(path: str) -> str:
    return path.strip("`")
