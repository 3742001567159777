"""Nested columns made flat: structs become columns, arrays tables of their own.

As Glue's Relationalize: in the place of an array stands the id of its rows in the table
`<root>_<path>`, which has `id`, `index` and `<path>.val`, or the element's fields.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as f
from pyspark.sql.types import ArrayType, MapType, StructType

from .choices import itself


def flat(frame: DataFrame) -> DataFrame:
    """Every field of a struct as a column, `outer.inner`."""
    while any(isinstance(field.dataType, StructType) for field in frame.schema.fields):
        chosen = []
        for field in frame.schema.fields:
            column = itself(field.name)
            if isinstance(field.dataType, StructType):
                chosen += [
                    column.getField(inner).alias(f"{field.name}.{inner}")
                    for inner in field.dataType.names
                ]
            else:
                chosen.append(column)
        frame = frame.select(*chosen)
    return frame


def relationalized(frame: DataFrame, root: str) -> dict[str, DataFrame]:
    """The flat table `root`, and a table for each array in it, theirs among them."""
    return _tables(frame, root, root)


def _tables(frame: DataFrame, root: str, own: str) -> dict[str, DataFrame]:
    here = flat(frame)
    nested = [one for one in here.schema.fields if isinstance(one.dataType, ArrayType | MapType)]
    if not nested:
        return {own: here}
    # the ids must be the same whenever a frame is used: they are made once
    marked = here
    for field in nested:
        marked = marked.withColumn(f"id of {field.name}", f.monotonically_increasing_id() + 1)
    marked = marked.localCheckpoint()
    tables: dict[str, DataFrame] = {}
    for field in nested:
        key = itself(f"id of {field.name}").alias("id")
        column = itself(field.name)
        entries = f.map_entries(column) if isinstance(field.dataType, MapType) else column
        rows = marked.select(key, f.posexplode(entries).alias("index", "val"))
        named = rows.select(
            "id", f.col("index").cast("int").alias("index"), f.col("val").alias(f"{field.name}.val")
        )
        tables |= _tables(named, root, f"{root}_{field.name}")
    chosen = []
    for one in here.schema.fields:
        if one in nested:
            there = itself(one.name).isNotNull()
            chosen.append(f.when(there, itself(f"id of {one.name}")).alias(one.name))
        else:
            chosen.append(itself(one.name))
    return {own: marked.select(*chosen), **tables}
