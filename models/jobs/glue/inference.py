"""Types of plain Python values, as Glue finds them: values of several types make a choice.

Used for what has no schema of its own: JSON, and what a script's own functions return.
"""

import datetime
import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
from pyspark.sql import types as spark
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import ArrayType, DataType, NullType, StructField, StructType

from . import types

_PLAIN: Mapping[type, DataType] = {
    bool: spark.BooleanType(),
    int: spark.LongType(),
    float: spark.DoubleType(),
    str: spark.StringType(),
    bytes: spark.BinaryType(),
    datetime.datetime: spark.TimestampType(),
    datetime.date: spark.DateType(),
    Decimal: spark.DecimalType(38, 18),
}
INT = 2**31
LARGEST = 2**63


def struct_of(records: Iterable[Mapping[str, Any]]) -> StructType:
    """The fields of all records, in the order of their first appearance."""
    found = StructType([])
    for record in records:
        found = _merged_structs(found, _struct(record))
    return found


def merged(schemas: Iterable[StructType]) -> StructType:
    """One schema that holds what each of them holds."""
    found = StructType([])
    for schema in schemas:
        found = _merged_structs(found, schema)
    return found


def table(records: Sequence[Mapping[str, Any]], schema: StructType) -> pa.Table:
    """The records as an Arrow table of that schema."""
    target = to_arrow_schema(schema)
    arrays = [
        pa.array([_fitting(record.get(one.name), one) for record in records], field.type)
        for one, field in zip(schema.fields, target, strict=True)
    ]
    return pa.table(arrays, schema=target)


def written(schema: StructType) -> str:
    """The schema as text, to go from process to process."""
    return schema.json()


def read(text: str) -> StructType:
    """The schema that `written` gave."""
    return StructType.fromJson(json.loads(text))


def named(schema: StructType) -> StructType:
    """The schema with strings in the place of what no value told the type of."""
    return StructType([_told(field) for field in schema.fields])


def _told(field: StructField) -> StructField:
    return StructField(field.name, _known(field.dataType), metadata=field.metadata)


def _known(kind: DataType) -> DataType:
    if isinstance(kind, NullType):
        return spark.StringType()
    if isinstance(kind, ArrayType):
        return ArrayType(_known(kind.elementType))
    if isinstance(kind, StructType):
        return StructType([_told(field) for field in kind.fields])
    return kind


def _of(value: Any) -> DataType:
    if value is None:
        return NullType()
    if isinstance(value, int) and not isinstance(value, bool):
        if -INT <= value < INT:
            return spark.IntegerType()
        return spark.LongType() if -LARGEST <= value < LARGEST else spark.DoubleType()
    if isinstance(value, Mapping):
        return _struct(value)
    if isinstance(value, list | tuple):
        element: DataType = NullType()
        for one in value:
            element = _merged(element, _of(one)) or spark.StringType()
        return ArrayType(element)
    for kind in type(value).__mro__:
        if kind in _PLAIN:
            return _PLAIN[kind]
    raise TypeError(f"a value of type {type(value).__name__} has no type in a DynamicFrame")


def _struct(record: Mapping[str, Any]) -> StructType:
    return StructType([StructField(str(name), _of(value)) for name, value in record.items()])


def _merged_structs(one: StructType, other: StructType) -> StructType:
    fields = {field.name: field for field in one.fields}
    for field in other.fields:
        before = fields.get(field.name)
        fields[field.name] = field if before is None else _merged_fields(before, field)
    return StructType(list(fields.values()))


def _merged_fields(one: StructField, other: StructField) -> StructField:
    choices = {**types.branches(one), **types.branches(other)}
    if not choices:
        both = _merged(one.dataType, other.dataType)
        if both is not None:
            return StructField(one.name, both)
    for field in (one, other):
        if not types.branches(field) and not isinstance(field.dataType, NullType):
            branch = types.glue_name(field.dataType)
            held = choices.get(branch, field.dataType)
            choices[branch] = _merged(held, field.dataType) or held
    return types.choice(one.name, choices)


def _merged(one: DataType, other: DataType) -> DataType | None:
    """The type that holds the values of both; None where there is none."""
    if one == other or isinstance(other, NullType):
        return one
    if isinstance(one, NullType):
        return other
    if {type(one), type(other)} == {spark.IntegerType, spark.LongType}:
        return spark.LongType()
    if isinstance(one, StructType) and isinstance(other, StructType):
        return _merged_structs(one, other)
    if isinstance(one, ArrayType) and isinstance(other, ArrayType):
        return ArrayType(_merged(one.elementType, other.elementType) or spark.StringType())
    return None


def _fitting(value: Any, field: StructField) -> Any:
    """The value as Arrow takes it for that field: a choice's in the branch of its own type."""
    found = types.branches(field)
    if not found or value is None:
        return _plain(value, field.dataType)
    kind = _of(value)
    branch = types.glue_name(kind)
    if branch == "int" and branch not in found:
        branch = "long"
    return {branch: _plain(value, found[branch])}


def _plain(value: Any, kind: DataType) -> Any:
    if value is None:
        return None
    if isinstance(kind, StructType) and isinstance(value, Mapping):
        return {one.name: _fitting(value.get(one.name), one) for one in kind.fields}
    if isinstance(kind, ArrayType):
        return [_plain(one, kind.elementType) for one in value]
    if isinstance(kind, spark.StringType) and not isinstance(value, str):
        return json.dumps(value, default=str)
    return float(value) if isinstance(kind, spark.DoubleType) else value
