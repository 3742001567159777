"""Types by their three names: Hive's in the catalog, Glue's in scripts, Spark's in frames.

A column whose values are of several types is a *choice*: in Spark a struct with one field for
each type, marked in the column's metadata. That is how Glue's `toDF` shows it, too.
"""

from collections.abc import Mapping

from pyspark.sql import types as spark
from pyspark.sql.types import DataType, StructField, StructType

CHOICE = "glue.choice"

GLUE_NAMES: Mapping[str, str] = {
    "bigint": "long",
    "smallint": "short",
    "tinyint": "byte",
    "void": "null",
}
"""Where Glue's name of a simple type differs from Spark's."""

HIVE_NAMES: Mapping[str, str] = {
    **{glue: hive for hive, glue in GLUE_NAMES.items()},
    "integer": "int",
    "real": "float",
    "null": "string",
    "char": "string",
    "varchar": "string",
    "uniontype": "string",
}


def spark_type(name: str) -> DataType:
    """The Spark type of a name of Glue's or Hive's, such as `long` or `array<int>`."""
    word = name.strip()
    base = word.split("(")[0].split("<")[0].strip().lower()
    if base in HIVE_NAMES:
        word = HIVE_NAMES[base]
    return DataType.fromDDL(word.lower() if "<" not in word else word)


def hive_name(kind: DataType) -> str:
    """The name by which the catalog has a Spark type."""
    if isinstance(kind, spark.TimestampNTZType):
        return "timestamp"
    return "string" if isinstance(kind, spark.NullType) else kind.simpleString()


def glue_name(kind: DataType) -> str:
    """The name by which scripts have a Spark type, as in `cast:long`."""
    name = kind.simpleString()
    if isinstance(kind, spark.StructType):
        return "struct"
    if isinstance(kind, spark.ArrayType | spark.MapType | spark.DecimalType):
        return name.split("<")[0].split("(")[0]
    return GLUE_NAMES.get(name, name)


def choice(name: str, kinds: Mapping[str, DataType]) -> StructField:
    """A column with a branch for each type, by Glue's names."""
    branches = [StructField(branch, kind) for branch, kind in sorted(kinds.items())]
    return StructField(name, StructType(branches), metadata={CHOICE: True})


def branches(field: StructField) -> dict[str, DataType]:
    """The types of a choice by Glue's names; of any other column none."""
    if not field.metadata.get(CHOICE) or not isinstance(field.dataType, StructType):
        return {}
    return {one.name: one.dataType for one in field.dataType.fields}


def tree(schema: StructType) -> str:
    """The schema as Glue's `printSchema` shows it."""
    return "root\n" + "".join(_lines(schema, 0))


def _lines(schema: StructType, depth: int) -> list[str]:
    lines = []
    for field in schema.fields:
        found = branches(field)
        kind = "choice" if found else glue_name(field.dataType)
        lines.append(f"{'|    ' * depth}|-- {field.name}: {kind}\n")
        inside = field.dataType
        if found:
            inner = "|    " * (depth + 1)
            lines += [f"{inner}|-- {name}\n" for name in found]
        elif isinstance(inside, spark.ArrayType):
            element = StructType([StructField("element", inside.elementType)])
            lines += _lines(element, depth + 1)
        elif isinstance(inside, StructType):
            lines += _lines(inside, depth + 1)
    return lines
