"""Looking at tables of Iceberg: each is its newest metadata file."""

from collections.abc import Iterator

from gluematch.models.crawling.findings import ColumnNote, FoundTable
from gluematch.models.crawling.other_targets import IcebergTarget, folder
from gluematch.models.crawling.table_formats import Elsewhere
from gluematch.models.datasets.globs import excluder
from gluematch.models.datasets.iceberg_reading import (
    IcebergTable,
    iceberg_table,
    newest_metadata,
)

from .surroundings import Surroundings


def look(target: IcebergTarget, around: Surroundings) -> Iterator[FoundTable]:
    """A table for each folder that has a folder `metadata`. Raises SourceError."""
    excluded = excluder(target.exclusions)
    for path in target.paths:
        root = folder(path)
        count = 0
        for location, metadata in newest_metadata(around.objects.list(root)).items():
            below = location[len(root) :]
            if below.count("/") <= target.depth and not excluded(below.rstrip("/")):
                count += 1
                yield _table(iceberg_table(around.objects, location, metadata.uri))
        level = "INFO" if count else "WARN"
        around.log(f"{level} : Iceberg tables below {root}: {count}")


def _table(table: IcebergTable) -> FoundTable:
    parameters = {"table_type": "ICEBERG", "metadata_location": table.metadata}
    if table.previous is not None:
        parameters["previous_metadata_location"] = table.previous
    return FoundTable(
        location=table.location,
        format=Elsewhere("iceberg", parameters),
        compression="none",
        columns=tuple((column.name.lower(), column.hive) for column in table.columns),
        figures=None,
        notes={
            column.name.lower(): ColumnNote(column.comment, column.parameters)
            for column in table.columns
        },
    )
