"""The metadata files of Iceberg tables, for catalogs that write them on a caller's behalf.

Schemas, partition specs, sort orders and updates are JSON as Iceberg's specification has them. No
data file is ever written here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from pydantic import TypeAdapter
from pyiceberg.exceptions import ValidationError
from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table.metadata import TableMetadata, TableMetadataUtil, new_table_metadata
from pyiceberg.table.sorting import UNSORTED_SORT_ORDER, SortOrder
from pyiceberg.table.update import TableUpdate, update_table_metadata

from gluematch.models import ids

from .iceberg_types import hive_type, parameters_of
from .objects import ObjectStore

_NUMBER = re.compile(r"/(\d+)-[^/]*\.metadata\.json$")
_ID_OF = {"schema": "schema-id", "spec": "spec-id", "sort-order": "order-id"}
_UPDATES: TypeAdapter[TableUpdate] = TypeAdapter(TableUpdate)


class IcebergError(Exception):
    """Iceberg does not allow it; the message says why."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a catalog has to know of a table: where it lies, its present metadata file, and the
    columns of its schema, with the parameters that Glue's clients of Iceberg look for."""

    location: str
    metadata_location: str
    columns: Sequence[Mapping[str, Any]]


def create(
    objects: ObjectStore,
    location: str,
    schema: Mapping[str, Any],
    *,
    spec: Mapping[str, Any] | None = None,
    order: Mapping[str, Any] | None = None,
    properties: Mapping[str, str],
    version: str,
) -> Written:
    """Write the first metadata file of a table without data.

    Field ids are given anew, as the specification says. Raises IcebergError and ObjectStoreError.
    """
    try:
        metadata = new_table_metadata(
            Schema.model_validate(schema),
            UNPARTITIONED_PARTITION_SPEC if spec is None else PartitionSpec.model_validate(spec),
            UNSORTED_SORT_ORDER if order is None else SortOrder.model_validate(order),
            location.rstrip("/"),
            {**properties, "format-version": version},
        )
    except (ValueError, ValidationError) as error:
        raise IcebergError(_told(error)) from error
    return _write(objects, metadata, 0)


def change(
    objects: ObjectStore, metadata_location: str, updates: Sequence[Mapping[str, Any]]
) -> Written:
    """Write the next metadata file of a table. Raises IcebergError and ObjectStoreError.

    What is added gets the next free id, whatever id it comes with; -1 stands for what was added
    last.
    """
    try:
        before = TableMetadataUtil.parse_raw(objects.read(metadata_location).decode())
        wanted = tuple(_UPDATES.validate_python(update) for update in _numbered(before, updates))
        metadata = update_table_metadata(before, wanted, metadata_location=metadata_location)
    except (ValueError, ValidationError) as error:
        raise IcebergError(_told(error)) from error
    found = _NUMBER.search(metadata_location)
    return _write(objects, metadata, int(found[1]) + 1 if found else 1)


def _numbered(
    before: TableMetadata, updates: Sequence[Mapping[str, Any]]
) -> Iterator[Mapping[str, Any]]:
    free = {
        "schema": count(1 + max(schema.schema_id for schema in before.schemas)),
        "spec": count(1 + max(spec.spec_id for spec in before.partition_specs)),
        "sort-order": count(1 + max(order.order_id for order in before.sort_orders)),
    }
    for update in updates:
        action = update["action"]
        part = action.removeprefix("add-")
        if part in free and action != part:
            yield {**update, part: {**update[part], _ID_OF[part]: next(free[part])}}
        elif action == "remove-properties":
            yield {**update, "removals": [k for k in update["removals"] if k in before.properties]}
        else:
            yield update


def _write(objects: ObjectStore, metadata: TableMetadata, number: int) -> Written:
    place = f"{metadata.location}/metadata/{number:05d}-{ids.unique()}.metadata.json"
    objects.write(place, metadata.model_dump_json().encode())
    columns = [
        {
            "Name": field.name,
            "Type": hive_type(field.field_type),
            **({"Comment": field.doc} if field.doc else {}),
            "Parameters": parameters_of(field),
        }
        for field in metadata.schema().fields
    ]
    return Written(metadata.location, place, columns)


def _told(error: Exception) -> str:
    """An error in one line."""
    return " ".join(str(error).split())
