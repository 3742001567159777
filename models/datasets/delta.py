"""Tables of Delta Lake in S3, by the deltalake library: the schema and the files of now.

The library is an extra, and is loaded when a table is opened.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import pyarrow as pa

from .access import AwsAccess, SourceError
from .objects import ObjectStore

PRIMITIVES = {
    "byte": "tinyint",
    "short": "smallint",
    "integer": "int",
    "long": "bigint",
    "timestamp_ntz": "timestamp",
}
NO_LIBRARY = (
    "The library deltalake is not installed, which Delta targets need: "
    "pip install 'gluematch[delta]'"
)


@dataclass(frozen=True, slots=True)
class DataFile:
    """A Parquet file: its path below the table, bytes, rows, and values of the partition keys."""

    path: str
    size: int
    records: int
    partition: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class DeltaTable:
    """The newest version of a table: columns with Hive types, keys among them, and its files."""

    columns: tuple[tuple[str, str], ...]
    keys: tuple[str, ...]
    files: tuple[DataFile, ...]


def delta_table(access: AwsAccess, uri: str) -> DeltaTable:
    """The Delta table at an S3 location. Raises SourceError."""
    ObjectStore(access).require_target(uri)
    try:
        import deltalake  # noqa: PLC0415  # an extra
    except ImportError:
        raise SourceError(NO_LIBRARY) from None
    try:
        table = deltalake.DeltaTable(uri, storage_options=_options(access))
        actions = pa.table(table.get_add_actions(flatten=False)).to_pylist()
    except deltalake.exceptions.TableNotFoundError:
        raise SourceError(f"There is no Delta table at {uri}.") from None
    except (deltalake.exceptions.DeltaError, OSError) as error:
        said = str(error).splitlines()[0]
        raise SourceError(f"The Delta table {uri} cannot be read: {said}") from None
    keys = tuple(table.metadata().partition_columns)
    return DeltaTable(
        tuple((field.name, hive_type(field.type)) for field in table.schema().fields),
        keys,
        tuple(_file(action, keys) for action in actions),
    )


def hive_type(found: Any) -> str:
    """Hive's type for one of Delta's."""
    kind: str = found.type
    if kind == "array":
        return f"array<{hive_type(found.element_type)}>"
    if kind == "map":
        return f"map<{hive_type(found.key_type)},{hive_type(found.value_type)}>"
    if kind == "struct":
        inside = (f"{field.name.lower()}:{hive_type(field.type)}" for field in found.fields)
        return f"struct<{','.join(inside)}>"
    return PRIMITIVES.get(kind, kind)


def _file(action: Mapping[str, Any], keys: tuple[str, ...]) -> DataFile:
    partition = action.get("partition") or {}
    return DataFile(
        unquote(action["path"]),
        action["size_bytes"],
        action["num_records"] or 0,
        tuple(partition[key] for key in keys),
    )


def _options(access: AwsAccess) -> dict[str, str]:
    """The access as the library wants it."""
    given = {
        "AWS_REGION": access.region,
        "AWS_ENDPOINT_URL": access.endpoint_url,
        "AWS_ACCESS_KEY_ID": access.access_key,
        "AWS_SECRET_ACCESS_KEY": access.secret_key,
        "AWS_SESSION_TOKEN": access.session_token,
        "AWS_ALLOW_HTTP": "true",
    }
    return {name: value for name, value in given.items() if value is not None}
