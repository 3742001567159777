"""What a crawl found, as the TableInput and PartitionInput documents that Glue writes."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .findings import ColumnNote, Figures, FoundPartition, FoundTable
from .formats import Storage
from .types import Columns, Type, hive

DEPRECATED = "DEPRECATED_BY_CRAWLER"
OWNER = "UPDATED_BY_CRAWLER"
RUN = "CRAWL_RUN_ID"
CONNECTION = "connectionName"
LONGEST_COMMENT = 255
# What differs between two crawls that found the same.
OF_THE_RUN = frozenset({OWNER, RUN})

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Authorship:
    """Which crawl writes, and when."""

    crawler: str
    crawl_id: str
    at: datetime


def table_input(
    found: FoundTable, name: str, author: Authorship, *, indexed: bool
) -> dict[str, Any]:
    """The TableInput of a found table; `indexed` lets readers filter its partitions by an index."""
    parameters = _parameters(found, found.figures)
    parameters |= {OWNER: author.crawler, RUN: author.crawl_id}
    if found.partition_keys and indexed:
        parameters["partition_filtering.enabled"] = "true"
    if found.exclusions and found.location.endswith("/"):
        parameters["exclusions"] = json.dumps(_exclusions(found))
    described = {} if found.description is None else {"Description": found.description}
    return {
        "Name": name,
        **described,
        "Owner": "owner",
        "LastAccessTime": author.at,
        "Retention": 0,
        "StorageDescriptor": _descriptor(found, found.location, found.columns, parameters),
        "PartitionKeys": [{"Name": key, "Type": "string"} for key in found.partition_keys],
        "TableType": "EXTERNAL_TABLE",
        "Parameters": parameters,
    }


def partition_input(
    found: FoundTable, part: FoundPartition, inherited: Sequence[Document] | None
) -> dict[str, Any]:
    """The PartitionInput of a folder, with the `inherited` columns in the place of its own."""
    parameters = _parameters(found, part.figures)
    descriptor = _descriptor(found, part.location, part.columns, parameters)
    if inherited is not None:
        descriptor["Columns"] = [dict(column) for column in inherited]
    return {
        "Values": list(part.values),
        "StorageDescriptor": descriptor,
        "Parameters": parameters,
    }


def same(old: Document, new: Document) -> bool:
    """Whether the catalog says already what a crawl would write.

    What users added meanwhile, such as comments, makes no difference.
    """
    before, after = _essence(old, new), _essence(new, new)
    parameters: Mapping[str, str] = old.get("Parameters") or {}
    return (
        before == after
        and DEPRECATED not in parameters
        and all(
            parameters.get(key) == value
            for key, value in new["Parameters"].items()
            if key not in OF_THE_RUN
        )
    )


def with_new_columns(old: Document, new: Document) -> dict[str, Any]:
    """The old document with the columns that only the new one has, and the new parameters."""
    descriptor = dict(old.get("StorageDescriptor") or {})
    columns = list(descriptor.get("Columns") or ())
    known = {column["Name"] for column in (*columns, *(old.get("PartitionKeys") or ()))}
    columns += [one for one in new["StorageDescriptor"]["Columns"] if one["Name"] not in known]
    descriptor["Columns"] = columns
    parameters = {**(old.get("Parameters") or {}), **new["Parameters"]}
    parameters.pop(DEPRECATED, None)
    return {**old, "StorageDescriptor": descriptor, "Parameters": parameters}


def deprecated(old: Document, at: datetime) -> dict[str, Any]:
    """The old document, marked as no longer found since `at`."""
    mark = {DEPRECATED: str(int(at.timestamp() * 1000))}
    return {**old, "Parameters": {**(old.get("Parameters") or {}), **mark}}


def _parameters(found: FoundTable, figures: Figures | None) -> dict[str, str]:
    parameters = {
        "CrawlerSchemaDeserializerVersion": "1.0",
        "CrawlerSchemaSerializerVersion": "1.0",
        "classification": found.format.classification,
    }
    storage = found.format.storage()
    if figures is not None:
        parameters |= {
            "compressionType": found.compression,
            "objectCount": str(figures.objects),
            "sizeKey": str(figures.size),
            "typeOfData": "file",
        }
    if storage is not None and figures is not None:
        parameters["recordCount"] = str(figures.records)
        parameters["averageRecordSize"] = str(figures.size // max(figures.records, 1))
    if storage is not None:
        parameters |= storage.parameters
    if found.connection:
        parameters[CONNECTION] = found.connection
    return dict(sorted(parameters.items()))


def _descriptor(
    found: FoundTable, location: str, columns: Columns, parameters: Mapping[str, str]
) -> dict[str, Any]:
    descriptor: dict[str, Any] = {
        "Columns": [_column(name, kind, found.notes.get(name)) for name, kind in columns],
        "Location": location,
        "Compressed": found.compression != "none",
        "NumberOfBuckets": -1,
        "SerdeInfo": {"Parameters": {}},
        "BucketColumns": [],
        "SortColumns": [],
        "Parameters": dict(parameters),
        "StoredAsSubDirectories": False,
    }
    storage = found.format.storage()
    return descriptor if storage is None else descriptor | _format(storage)


def _column(name: str, kind: Type, note: ColumnNote | None) -> dict[str, Any]:
    column: dict[str, Any] = {"Name": name, "Type": hive(kind)}
    if note is not None and note.comment:
        column["Comment"] = note.comment[:LONGEST_COMMENT]
    if note is not None and note.parameters:
        column["Parameters"] = dict(note.parameters)
    return column


def _format(storage: Storage) -> dict[str, Any]:
    serde: dict[str, Any] = {"Parameters": dict(storage.serde_parameters)}
    if storage.serde:
        serde["SerializationLibrary"] = storage.serde
    return {
        "InputFormat": storage.input_format,
        "OutputFormat": storage.output_format,
        "SerdeInfo": serde,
    }


def _exclusions(found: FoundTable) -> list[str]:
    """The globs as they were given, or made absolute where the table is not the include path."""
    if found.location == found.include_path:
        return list(found.exclusions)
    fixed = re.sub(r"[\\*?\[{]", r"\\\g<0>", found.include_path)
    return [fixed + glob.lstrip("/") for glob in found.exclusions]


def _essence(document: Document, new: Document) -> tuple[Any, ...]:
    """What makes a difference in a document: of comments only those that `new` has, too."""
    descriptor = document.get("StorageDescriptor") or {}
    serde = descriptor.get("SerdeInfo") or {}
    noted = [set(one) for one in new["StorageDescriptor"]["Columns"]]
    columns = descriptor.get("Columns") or ()
    return (
        [(one["Name"], one.get("Type")) for one in columns],
        [_noted(one, names) for one, names in zip(columns, noted, strict=False)],
        document.get("Description") if "Description" in new else None,
        [(one["Name"], one.get("Type")) for one in document.get("PartitionKeys") or ()],
        *(descriptor.get(key) for key in ("Location", "InputFormat", "OutputFormat")),
        descriptor.get("Compressed", False),
        serde.get("SerializationLibrary"),
        serde.get("Parameters") or {},
    )


def _noted(column: Document, names: Collection[str]) -> dict[str, Any]:
    return {name: column.get(name) for name in names}
