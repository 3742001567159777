"""Avro container files: their schema, in Hive's types, and their records.

https://avro.apache.org/docs/1.12.0/specification/#object-container-files
"""

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import fastavro

from .errors import FormatError
from .type_limits import TypeCount

MAGIC = b"Obj\x01"
SYNC = 16
DEEPEST = 20

_PLAIN = {
    "boolean": "boolean",
    "int": "int",
    "long": "bigint",
    "float": "float",
    "double": "double",
    "bytes": "binary",
    "fixed": "binary",
    "string": "string",
    "enum": "string",
}
_LOGICAL = {"date": "date", "timestamp-millis": "timestamp", "timestamp-micros": "timestamp"}

BROKEN = (
    ValueError,
    LookupError,
    TypeError,
    EOFError,
    ArithmeticError,
    fastavro.schema.SchemaParseException,
    fastavro.schema.UnknownType,
)
"""What fastavro raises at bytes that are no Avro."""


@dataclass(frozen=True, slots=True)
class Header:
    """The JSON text of a file's schema, the columns of its records, and records in `taken` bytes.

    `records` and `taken` are of the blocks that begin in the bytes that were looked at.
    """

    schema: str
    columns: tuple[tuple[str, str], ...]
    records: int
    taken: int


def header(data: bytes) -> Header:
    """What the beginning of a container file says. Raises FormatError."""
    stream = io.BytesIO(data)
    try:
        reader = fastavro.block_reader(stream)
        text = reader.metadata["avro.schema"]
        columns = _columns(json.loads(text))
        records, taken = _blocks(stream, len(data))
    except (*BROKEN, RecursionError) as error:
        raise FormatError(
            f"it begins like avro, and has no header of it: {_kind(error)}"
        ) from error
    return Header(text, columns, records, taken)


def records(data: bytes) -> Iterator[Any]:
    """The records of a whole container file. Raises FormatError."""
    try:
        yield from fastavro.reader(io.BytesIO(data))
    except BROKEN as error:
        raise FormatError(f"it is broken: {_kind(error)}") from error


def _kind(error: Exception) -> str:
    """What went wrong, without fastavro's words: they may quote a record."""
    return type(error).__name__


def _blocks(stream: io.BytesIO, size: int) -> tuple[int, int]:
    """Records in the blocks that begin here, and the bytes that those blocks have in all."""
    records, start = 0, stream.tell()
    while stream.tell() < size:
        try:
            count, length = _long(stream), _long(stream)
        except EOFError:
            break
        if count < 0 or length < 0:
            raise FormatError("a block has a negative size")
        records += count
        stream.seek(length + SYNC, io.SEEK_CUR)
    return records, stream.tell() - start


def _long(stream: io.BytesIO) -> int:
    """A whole number in groups of seven bits, the sign in the lowest bit."""
    value = shift = 0
    while True:
        byte = stream.read(1)
        if not byte or shift > 63:
            raise EOFError
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return (value >> 1) ^ -(value & 1)
        shift += 7


def _columns(schema: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(schema, dict) or schema.get("type") != "record":
        raise FormatError("its values are no records")
    types = _Types(_named(schema, {}))
    return tuple((field["name"], types.hive(field["type"], DEEPEST)) for field in schema["fields"])


def _named(schema: Any, known: dict[str, Any]) -> dict[str, Any]:
    """Every named type within a schema, by its name."""
    if isinstance(schema, list):
        for one in schema:
            _named(one, known)
    elif isinstance(schema, dict):
        if "name" in schema and isinstance(schema.get("type"), str):
            name, space = schema["name"], schema.get("namespace")
            known[name] = schema
            if space:
                known[f"{space}.{name}"] = schema
        for field in schema.get("fields", ()):
            _named(field["type"], known)
        for part in ("items", "values", "type"):
            _named(schema.get(part), known)
    return known


class _Types:
    """The types of one schema, whose `known` types may be used by name, in Hive's words."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self._known = known
        self._count = TypeCount()

    def hive(self, schema: Any, depth: int) -> str:
        """The Hive type; string where a type holds itself for too many levels."""
        self._count.add()
        if depth == 0:
            return "string"
        if isinstance(schema, str):
            return _PLAIN.get(schema) or self.hive(self._known.get(schema, "string"), depth - 1)
        if isinstance(schema, list):
            kinds = [self.hive(one, depth - 1) for one in schema if one != "null"]
            return kinds[0] if len(kinds) == 1 else f"uniontype<{','.join(kinds)}>"
        return self._complex(schema, depth)

    def _complex(self, schema: Mapping[str, Any], depth: int) -> str:
        kind = schema["type"]
        if schema.get("logicalType") == "decimal":
            return f"decimal({schema['precision']},{schema.get('scale', 0)})"
        if schema.get("logicalType") in _LOGICAL:
            return _LOGICAL[schema["logicalType"]]
        if kind == "record":
            fields = (
                f"{one['name'].lower()}:{self.hive(one['type'], depth - 1)}"
                for one in schema["fields"]
            )
            return f"struct<{','.join(fields)}>"
        if kind == "array":
            return f"array<{self.hive(schema['items'], depth - 1)}>"
        if kind == "map":
            return f"map<string,{self.hive(schema['values'], depth - 1)}>"
        return self.hive(kind, depth - 1)
