"""Tables of Iceberg in S3 that nobody told the catalog of: the newest of their metadata files."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .access import SourceError
from .compression import unpacked
from .errors import FormatError
from .objects import ObjectInfo, ObjectStore

if TYPE_CHECKING:
    from pyiceberg.types import NestedField

METADATA_FILE = re.compile(
    r"(?P<table>.*/)metadata/v?(?P<version>[0-9]+)(-[^/]*)?(\.gz)?\.metadata\.json(\.gz)?"
)
LARGEST = 256 * 2**20
"""Bytes of a metadata file, unpacked."""


@dataclass(frozen=True, slots=True)
class IcebergColumn:
    """A column of the current schema, with the parameters that tell of its field in Iceberg."""

    name: str
    hive: str
    comment: str | None
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class IcebergTable:
    """A table: its newest metadata file and the one before, and its current columns."""

    location: str
    metadata: str
    previous: str | None
    columns: tuple[IcebergColumn, ...]


def newest_metadata(objects: Iterable[ObjectInfo]) -> dict[str, ObjectInfo]:
    """By the folder of a table, slash behind: its metadata file of the highest version."""
    newest: dict[str, tuple[tuple[int, Any], ObjectInfo]] = {}
    for info in objects:
        if match := METADATA_FILE.fullmatch(info.uri):
            rank = (int(match["version"]), info.modified)
            if match["table"] not in newest or newest[match["table"]][0] < rank:
                newest[match["table"]] = (rank, info)
    return {table: info for table, (_, info) in newest.items()}


def iceberg_table(store: ObjectStore, location: str, metadata: str) -> IcebergTable:
    """The table that a metadata file describes. Raises SourceError."""
    from pyiceberg.exceptions import ValidationError  # noqa: PLC0415  # half a second, for few crawls
    from pyiceberg.table.metadata import TableMetadataUtil  # noqa: PLC0415  # as above

    data = store.read(metadata)
    try:
        found = TableMetadataUtil.parse_raw(unpacked(data, LARGEST).decode())
    except (ValidationError, ValueError, FormatError):
        raise SourceError(f"{metadata} cannot be read as Iceberg's metadata.") from None
    log = found.metadata_log
    return IcebergTable(
        location,
        metadata,
        log[-1].metadata_file if log else None,
        tuple(_column(field) for field in found.schema().fields),
    )


def _column(field: "NestedField") -> IcebergColumn:
    from .iceberg_types import hive_type, parameters_of  # noqa: PLC0415  # as above

    return IcebergColumn(field.name, hive_type(field.field_type), field.doc, parameters_of(field))
