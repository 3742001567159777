"""A catalog table's records: which objects hold them, how they are written, which types they have.

What a table is, the catalog says; here a Protocol names what is read of it.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import pandas as pd
import pyarrow as pa

from .cells import typed
from .dialects import Dialect
from .errors import FormatError
from .formats import read_object
from .globs import excluder
from .json_paths import json_path
from .objects import ObjectInfo, ObjectStore, split_uri
from .rows import Manner, Readable, Reading

SERDES: Mapping[Readable, tuple[str, ...]] = {
    "csv": ("LazySimpleSerDe", "OpenCSVSerde"),
    "json": ("JsonSerDe",),
    "parquet": ("ParquetHiveSerDe",),
    "orc": ("OrcSerde",),
    "avro": ("AvroSerDe",),
    "ion": ("IonHiveSerDe",),
    "xml": ("XmlSerDe",),
}
READERS = 8
ESCAPED = {"\\t": "\t", "\\001": "\x01", "\\u0001": "\x01"}
"""Delimiters as people write them who cannot type them."""

NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"


class TableDescription(Protocol):
    """What is read of a table: see `gluematch.models.catalog.tables.Table`."""

    @property
    def database(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def document(self) -> Mapping[str, Any]: ...
    @property
    def columns(self) -> tuple[tuple[str, str], ...]: ...
    @property
    def partition_keys(self) -> tuple[tuple[str, str], ...]: ...
    @property
    def location(self) -> str: ...
    @property
    def parameters(self) -> Mapping[str, str]: ...


class PartitionDescription(Protocol):
    """What is read of a partition: see `gluematch.models.catalog.partitions.Partition`."""

    @property
    def values(self) -> tuple[str, ...]: ...
    @property
    def location(self) -> str: ...


def silence(_: str) -> None:
    """A log that nobody reads."""


def read_table(
    store: ObjectStore,
    table: TableDescription,
    partitions: Sequence[PartitionDescription] = (),
    log: Callable[[str], None] = silence,
) -> pd.DataFrame:
    """Every row of the table: its columns, then its partition keys, as `cells` types them.

    Rows come in the order of the objects' keys. Cells that do not fit their type are null, and
    `log` gets their counts. Raises FormatError and ObjectStoreError, which name the object.
    """
    form, manner = table_format(table), table_manner(table)
    columns = [(name.lower(), kind) for name, kind in table.columns]

    def place(where: tuple[tuple[str, ...], str]) -> list[tuple[tuple[str, ...], str]]:
        values, location = where
        _require_s3(table, location)
        return [(values, found.uri) for found in table_objects(store, table, location)]

    def read(what: tuple[tuple[str, ...], str]) -> Reading:
        values, uri = what
        reading = read_object(store, uri, form, columns, manner)
        return Reading(_with_keys(reading.frame, table.partition_keys, values), reading.losses)

    with ThreadPoolExecutor(READERS) as pool:
        objects = [one for found in pool.map(place, places(table, partitions)) for one in found]
        readings = list(pool.map(read, objects))
    for what, count in sum((one.losses for one in readings), Counter[str]()).items():
        log(f"{table.database}.{table.name}: {count} {what}")
    return _joined([one.frame for one in readings], table_columns(table))


def table_columns(table: TableDescription) -> list[tuple[str, str]]:
    """Name, in lower case, and Hive type of each column, the partition keys last."""
    return [(name.lower(), kind) for name, kind in (*table.columns, *table.partition_keys)]


def table_format(table: TableDescription) -> Readable:
    """The table's format, by its classification or its SerDe. Raises FormatError."""
    classification = table.parameters.get("classification", "").lower()
    library = str(_serde(table).get("SerializationLibrary", ""))
    for form, serdes in SERDES.items():
        if classification == form or (not classification and library.endswith(serdes)):
            return form
    if library.endswith("GrokSerDe"):  # the classification is the classifier's own word
        return "grok"
    if "rowTag" in table.parameters:
        return "xml"
    raise FormatError(
        f"Table {table.database}.{table.name} is of format {classification or 'unknown'}; "
        f"{', '.join(SERDES)}, and lines by grok can be read."
    )


def table_manner(table: TableDescription) -> Manner:
    """How the table's objects are written. Raises FormatError as `table_dialect`."""
    serde = _serde(table).get("Parameters") or {}
    path = table.parameters.get("jsonPath") or serde.get("jsonPath")
    try:
        records = json_path(path) if path else None
    except ValueError as error:
        raise FormatError(f"Table {table.database}.{table.name}: {error}.") from None
    return Manner(
        dialect=table_dialect(table),
        json_path=records,
        row_tag=table.parameters.get("rowTag") or serde.get("rowTag", ""),
        pattern=serde.get("input.format", ""),
        custom_patterns=serde.get("input.grokCustomPatterns", ""),
    )


def table_dialect(table: TableDescription) -> Dialect:
    """How the table's CSV files are written: by its SerDe, then by its own parameters.

    Raises FormatError for a delimiter of several characters.
    """
    serde = _serde(table).get("Parameters") or {}
    skipped = table.parameters.get("skip.header.line.count", "0").strip()
    quotes = table.parameters.get("quoteChar", '"')
    given = serde.get("field.delim") or serde.get("separatorChar")
    given = given or table.parameters.get("delimiter") or ","
    delimiter = ESCAPED.get(given, given)
    if len(delimiter) != 1:
        raise FormatError(
            f"Table {table.database}.{table.name} has the delimiter {given!r}; "
            "delimiters of one character can be read."
        )
    return Dialect(
        delimiter=delimiter,
        quote=serde.get("quoteChar", quotes)[:1],
        escape=(serde.get("escapeChar") or serde.get("escape.delim") or "")[:1] or None,
        skipped=int(skipped) if skipped.isdecimal() else 0,
        null_text=serde.get("serialization.null.format", ""),
    )


def table_objects(store: ObjectStore, table: TableDescription, location: str) -> list[ObjectInfo]:
    """The objects with data at a location of the table, in the order of their keys.

    The location may be one object. Empty objects are left out, and those whose names, or a
    folder's below the location, begin with `_` or `.`; so are those that the crawler excluded.
    """
    if not location.endswith("/"):
        alone = store.head(location)
        if alone is not None and alone.size:
            return [alone]
    folder = location.rstrip("/") + "/"
    start = len(split_uri(folder)[1])
    exclusions = _exclusions(table)
    absolute = excluder(one for one in exclusions if one.startswith("s3://"))
    relative = excluder(one for one in exclusions if not one.startswith("s3://"))
    below = len(split_uri(table.location.rstrip("/") + "/")[1])
    return [
        found
        for found in store.list(folder)
        if found.size
        and not any(part.startswith(("_", ".")) for part in found.key[start:].split("/"))
        and not (relative(found.key[below:]) or absolute(found.uri))
    ]


def places(
    table: TableDescription, partitions: Sequence[PartitionDescription]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Where the table's data lie: the values of the partition keys, and a location."""
    if not table.location:
        raise FormatError(f"Table {table.database}.{table.name} has no location.")
    if not table.partition_keys:
        yield (), table.location
    for partition in partitions if table.partition_keys else ():
        folders = "/".join(
            f"{key}={value}"
            for (key, _), value in zip(table.partition_keys, partition.values, strict=True)
        )
        yield partition.values, partition.location or f"{table.location.rstrip('/')}/{folders}/"


def _require_s3(table: TableDescription, location: str) -> None:
    for uri in (location, table.location):
        try:
            split_uri(uri)
        except ValueError:
            raise FormatError(
                f"Table {table.database}.{table.name} lies at {uri}; tables in S3 can be read."
            ) from None


def _with_keys(
    frame: pd.DataFrame, keys: Sequence[tuple[str, str]], values: Sequence[str]
) -> pd.DataFrame:
    added = {}
    for (name, hive_type), value in zip(keys, values, strict=True):
        word = None if value == NULL_PARTITION else value
        array = pa.chunked_array([pa.array([word], pa.string())])
        column, _ = typed(array, hive_type)
        added[name.lower()] = column.repeat(len(frame)).set_axis(frame.index)
    return frame.assign(**added) if added else frame


def _joined(frames: Sequence[pd.DataFrame], columns: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """The frames one below the other: equal columns of equal types, as all were read alike."""
    if len(frames) == 1:
        return frames[0]
    if frames:
        return pd.concat(frames, ignore_index=True)
    nothing = pa.chunked_array([pa.array([], pa.string())])
    return pd.DataFrame({name: typed(nothing, kind)[0] for name, kind in columns})


def _serde(table: TableDescription) -> Mapping[str, Any]:
    descriptor = table.document.get("StorageDescriptor") or {}
    return descriptor.get("SerdeInfo") or {}


def _exclusions(table: TableDescription) -> list[str]:
    try:
        listed = json.loads(table.parameters.get("exclusions", "[]"))
    except ValueError:
        return []
    return [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
