"""Types and schemas between Hive, which the Data Catalog speaks, and Iceberg."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any

from pyiceberg.types import (
    DecimalType,
    FixedType,
    IcebergType,
    ListType,
    MapType,
    NestedField,
    StructType,
)

FROM_HIVE = {
    "boolean": "boolean",
    "tinyint": "int",
    "smallint": "int",
    "int": "int",
    "integer": "int",
    "bigint": "long",
    "float": "float",
    "double": "double",
    "string": "string",
    "char": "string",
    "varchar": "string",
    "date": "date",
    "timestamp": "timestamp",
    "binary": "binary",
}
TO_HIVE = {
    "long": "bigint",
    "time": "string",
    "uuid": "string",
    "timestamptz": "timestamp",
    "timestamp_ns": "timestamp",
    "timestamptz_ns": "timestamp",
}


def schema_of(columns: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Iceberg's schema, as JSON, of columns with Hive types; all of them are optional.

    Raises ValueError for a type that Iceberg has not.
    """
    numbers = count(1)
    fields = [
        {
            "id": next(numbers),
            "name": column["Name"],
            "type": _iceberg_type(column.get("Type", "string"), numbers),
            "required": False,
            **({"doc": column["Comment"]} if column.get("Comment") else {}),
        }
        for column in columns
    ]
    return {"type": "struct", "schema-id": 0, "fields": fields}


def identity_spec(schema: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The partition spec that parts a table by the values of the columns `names`."""
    ids = {field["name"]: field["id"] for field in schema["fields"]}
    fields = [
        {"source-id": ids[name], "field-id": number, "transform": "identity", "name": name}
        for number, name in enumerate(names, start=1000)
    ]
    return {"spec-id": 0, "fields": fields}


def hive_type(kind: IcebergType) -> str:
    """The Hive type of Iceberg's."""
    if isinstance(kind, StructType):
        inside = ",".join(f"{one.name}:{hive_type(one.field_type)}" for one in kind.fields)
        return f"struct<{inside}>"
    if isinstance(kind, ListType):
        return f"array<{hive_type(kind.element_type)}>"
    if isinstance(kind, MapType):
        return f"map<{hive_type(kind.key_type)},{hive_type(kind.value_type)}>"
    if isinstance(kind, DecimalType):
        return f"decimal({kind.precision},{kind.scale})"
    if isinstance(kind, FixedType):
        return "binary"
    return TO_HIVE.get(str(kind), str(kind))


def parameters_of(field: NestedField) -> dict[str, str]:
    """What the parameters of a column tell of its field in the current schema."""
    return {
        "iceberg.field.id": str(field.field_id),
        "iceberg.field.optional": str(field.optional).lower(),
        "iceberg.field.current": "true",
    }


def _iceberg_type(text: str, numbers: Iterator[int]) -> Any:
    """Iceberg's type, as JSON, of a Hive type; what lies inside is numbered by `numbers`."""
    text = text.strip()
    name, _, rest = text.lower().partition("<")
    inside = text[len(name) + 1 : -1]
    if rest and not rest.endswith(">"):
        raise ValueError(f"{text} is not a type.")
    if rest and name == "array":
        return {
            "type": "list",
            "element-id": next(numbers),
            "element-required": False,
            "element": _iceberg_type(inside, numbers),
        }
    if rest and name == "map" and len(parts := list(_split(inside))) == 2:
        return {
            "type": "map",
            "key-id": next(numbers),
            "value-id": next(numbers),
            "value-required": False,
            "key": _iceberg_type(parts[0], numbers),
            "value": _iceberg_type(parts[1], numbers),
        }
    if rest and name == "struct":
        return {"type": "struct", "fields": [_field(one, numbers) for one in _split(inside)]}
    plain, _, size = name.partition("(")
    if plain == "decimal":
        precision, _, scale = (size.rstrip(")") or "10,0").partition(",")
        return f"decimal({int(precision)}, {int(scale or 0)})"
    if rest or plain not in FROM_HIVE:
        raise ValueError(f"Iceberg has no type {text}.")
    return FROM_HIVE[plain]


def _field(text: str, numbers: Iterator[int]) -> dict[str, Any]:
    name, _, kind = text.partition(":")
    return {
        "id": next(numbers),
        "name": name.strip(),
        "required": False,
        "type": _iceberg_type(kind, numbers),
    }


def _split(text: str) -> Iterator[str]:
    """The parts between the commas that stand outside of brackets."""
    depth, start = 0, 0
    for place, character in enumerate(text):
        depth += character in "<("
        depth -= character in ">)"
        if character == "," and depth == 0:
            yield text[start:place]
            start = place + 1
    yield text[start:]
