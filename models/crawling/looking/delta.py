"""Looking at tables of Delta Lake: native ones, or the Parquet files that a manifest lists."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from gluematch.models.crawling.findings import Figures, FoundPartition, FoundTable
from gluematch.models.crawling.other_targets import DeltaTarget, folder
from gluematch.models.crawling.table_formats import NativeDelta, SymlinkedParquet
from gluematch.models.crawling.types import Columns
from gluematch.models.datasets.delta import DataFile, DeltaTable, delta_table

from .surroundings import Surroundings

MANIFESTS = "_symlink_format_manifest/"
NO_VALUE = "__HIVE_DEFAULT_PARTITION__"

Places = dict[tuple[str, ...], list[DataFile]]
"""By values of the partition keys: the files there."""


def look(target: DeltaTarget, around: Surroundings) -> Iterator[FoundTable]:
    """A table for each path. Raises SourceError."""
    for path in target.paths:
        root = folder(path)
        table = delta_table(around.objects.access, root.rstrip("/"))
        places: Places = {}
        for file in table.files:
            places.setdefault(tuple(map(_text, file.partition)), []).append(file)
        if target.write_manifest:
            for values, files in places.items():
                lines = "".join(f"{root}{file.path}\n" for file in files)
                around.objects.write(_manifest(root, table, values) + "manifest", lines.encode())
            around.log(f"INFO : Manifests of {root} written: {len(places)}")
        yield _native(root, table) if target.native else _symlinked(root, table, places)


def _native(root: str, table: DeltaTable) -> FoundTable:
    return FoundTable(root, NativeDelta(root), "none", _columns(table), _figures(table.files))


def _symlinked(root: str, table: DeltaTable, places: Places) -> FoundTable:
    keys = tuple(key.lower() for key in table.keys)
    columns = tuple((name, kind) for name, kind in _columns(table) if name not in keys)
    partitions = tuple(
        FoundPartition(values, _manifest(root, table, values), columns, _figures(files))
        for values, files in places.items()
        if keys
    )
    return FoundTable(
        location=root + MANIFESTS,
        format=SymlinkedParquet(),
        compression="none",
        columns=columns,
        figures=_figures(table.files),
        partition_keys=keys,
        partitions=partitions,
        named=root,
    )


def _columns(table: DeltaTable) -> Columns:
    return tuple((name.lower(), kind) for name, kind in table.columns)


def _figures(files: Sequence[DataFile]) -> Figures:
    return Figures(len(files), sum(f.size for f in files), sum(f.records for f in files))


def _manifest(root: str, table: DeltaTable, values: tuple[str, ...]) -> str:
    """The folder of the manifest for a partition, escaped as Hive does."""
    pairs = zip(table.keys, values, strict=True)
    return root + MANIFESTS + "".join(f"{key}={quote(value, safe=' ')}/" for key, value in pairs)


def _text(value: Any) -> str:
    """A partition's value as Delta writes it in a folder's name."""
    if value is None:
        return NO_VALUE
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return value.isoformat() if isinstance(value, date) else str(value)
