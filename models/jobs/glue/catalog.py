"""Tables of the Data Catalog as a script sees them: asked of the server, read from S3."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from gluematch.models.datasets.errors import FormatError
from gluematch.models.datasets.objects import ObjectStore
from gluematch.models.datasets.tables import (
    NULL_PARTITION,
    places,
    table_dialect,
    table_format,
    table_manner,
    table_objects,
)

from .columnar import FORMS, columnar_frame
from .pieces import Piece
from .reading import Text, text_frame
from .surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class Table:
    """A table as GetTable shows it; names in lower case."""

    database: str
    name: str
    document: Mapping[str, Any]

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        return _columns(self.document.get("StorageDescriptor", {}).get("Columns", ()))

    @property
    def partition_keys(self) -> tuple[tuple[str, str], ...]:
        return _columns(self.document.get("PartitionKeys", ()))

    @property
    def location(self) -> str:
        return str(self.document.get("StorageDescriptor", {}).get("Location", ""))

    @property
    def parameters(self) -> Mapping[str, str]:
        parameters: Mapping[str, str] = self.document.get("Parameters", {})
        return parameters


@dataclass(frozen=True, slots=True)
class Partition:
    """The values of the partition keys, and where the rows lie."""

    values: tuple[str, ...]
    location: str


def find_table(around: Surroundings, database: str, name: str, catalog_id: str | None) -> Table:
    """The table; what GetTable raises, it raises."""
    more = {} if catalog_id is None else {"CatalogId": catalog_id}
    found = around.services.client("glue").get_table(DatabaseName=database, Name=name, **more)
    return Table(database.lower(), name.lower(), found["Table"])


def column_types(
    around: Surroundings, database: str, name: str, catalog_id: str | None
) -> dict[str, str]:
    """Hive types of all columns, the partition keys among them."""
    table = find_table(around, database, name, catalog_id)
    return dict((*table.columns, *table.partition_keys))


def partitions(
    spark: SparkSession, around: Surroundings, table: Table, predicate: str, expression: str
) -> list[Partition]:
    """The partitions that meet a predicate in Spark's SQL and an expression of GetPartitions."""
    if not table.partition_keys:
        return []
    asked = {"Expression": expression} if expression else {}
    pages = around.services.client("glue").get_paginator("get_partitions")
    found = [
        Partition(tuple(one["Values"]), one.get("StorageDescriptor", {}).get("Location", ""))
        for page in pages.paginate(DatabaseName=table.database, TableName=table.name, **asked)
        for one in page["Partitions"]
    ]
    return _meeting(spark, table, found, predicate) if predicate and found else found


def table_frame(
    spark: SparkSession, store: ObjectStore, table: Table, pieces: Sequence[Piece]
) -> DataFrame:
    """The rows of objects of the table."""
    keys, form = table.partition_keys, table_format(table)
    if form in FORMS:
        return columnar_frame(spark, store, form, pieces, keys, table.columns)
    text = Text(store, form, table_manner(table), table.columns, keys)
    return text_frame(spark, text, pieces)


def table_pieces(around: Surroundings, table: Table, found: Sequence[Partition]) -> list[Piece]:
    """The objects of the table with data, in the order of their keys."""
    pieces = []
    for values, location in places(table, found):
        if not location.startswith(("s3://", "s3a://", "s3n://")):
            raise FormatError(
                f"Table {table.database}.{table.name} lies at {location}; tables in S3 can be read."
            )
        words = tuple(None if value == NULL_PARTITION else value for value in values)
        pieces += [Piece(one, words) for one in table_objects(around.objects, table, location)]
    return pieces


def _meeting(
    spark: SparkSession, table: Table, found: Sequence[Partition], predicate: str
) -> list[Partition]:
    keys = [f"cast(`{name}` as {kind}) as `{name}`" for name, kind in table.partition_keys]
    names = [name for name, _ in table.partition_keys]
    rows = [(number, *one.values) for number, one in enumerate(found)]
    described = ", ".join(["`glue number` int", *(f"`{name}` string" for name in names)])
    values = spark.createDataFrame(rows, described).selectExpr("`glue number`", *keys)
    return [found[row[0]] for row in values.where(predicate).collect()]


def _columns(listed: Sequence[Mapping[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((one["Name"].lower(), one.get("Type", "string")) for one in listed)


def format_options(table: Table) -> dict[str, Any]:
    """How rows are to be written that the table is to hold."""
    if table_format(table) != "csv":
        return {}
    dialect = table_dialect(table)
    return {
        "separator": dialect.delimiter,
        "quoteChar": dialect.quote or -1,
        "escaper": dialect.escape or -1,
        "writeHeader": dialect.skipped > 0,
    }
