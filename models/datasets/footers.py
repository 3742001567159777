"""Schemas that files carry at their ends: Parquet's and ORC's, through ranged reads."""

from dataclasses import dataclass
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import orc

from .errors import FormatError
from .orc_types import require_few_types

PARQUET_MAGIC = b"PAR1"
ORC_MAGIC = b"ORC"

_PLAIN = {
    pa.bool_(): "boolean",
    pa.int8(): "tinyint",
    pa.int16(): "smallint",
    pa.int32(): "int",
    pa.int64(): "bigint",
    pa.uint8(): "smallint",
    pa.uint16(): "int",
    pa.uint32(): "bigint",
    pa.uint64(): "decimal(20,0)",
    pa.float16(): "float",
    pa.float32(): "float",
    pa.float64(): "double",
    pa.date32(): "date",
    pa.date64(): "date",
}


@dataclass(frozen=True, slots=True)
class Footer:
    """The columns of a file, names as it has them and Hive types, and its number of rows."""

    columns: tuple[tuple[str, str], ...]
    rows: int


def parquet_footer_of(file: BinaryIO, uri: str) -> Footer:
    """What the footer of a Parquet file says, which lies at `uri`. Raises FormatError."""
    try:
        parquet = pq.ParquetFile(pa.PythonFile(file, mode="r"))
        return Footer(_columns(parquet.schema_arrow), parquet.metadata.num_rows)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise FormatError(f"{uri} cannot be read as parquet: {error}") from error


def orc_footer_of(file: BinaryIO, uri: str) -> Footer:
    """What the footer of an ORC file says, which lies at `uri`. Raises FormatError."""
    require_few_types(file)
    try:
        found = orc.ORCFile(pa.PythonFile(file, mode="r"))
        return Footer(_columns(found.schema), found.nrows)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise FormatError(f"{uri} cannot be read as orc: {error}") from error


def _columns(schema: pa.Schema) -> tuple[tuple[str, str], ...]:
    return tuple((field.name, hive_type(field.type)) for field in schema)


def hive_type(kind: pa.DataType) -> str:
    """The Hive type that holds the values of an Arrow type."""
    if pa.types.is_dictionary(kind):
        return hive_type(kind.value_type)
    if pa.types.is_timestamp(kind):
        return "timestamp"
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_struct(kind):
        return f"struct<{','.join(f'{one.name.lower()}:{hive_type(one.type)}' for one in kind)}>"
    if pa.types.is_map(kind):
        return f"map<{hive_type(kind.key_type)},{hive_type(kind.item_type)}>"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return f"array<{hive_type(kind.value_type)}>"
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return "binary"
    if pa.types.is_fixed_size_binary(kind):
        return "binary"
    return _PLAIN.get(kind, "bigint" if pa.types.is_time(kind) else "string")
