"""Rows handed to a script's own functions, one by one, as dicts.

A row that the function raises on is left out and counted; more of them than a threshold fail the
step. A threshold of 0, Glue's default, is none.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as f
from pyspark.sql.types import StringType, StructField, StructType

from . import columns, inference, types
from .choices import itself
from .objects_source import with_metadata


class DynamicRecord(dict[str, Any]):
    """A row: `record["name"]`, or `record.name`."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def filtered(
    frame: DataFrame, function: Callable[[Any], Any], threshold: int
) -> tuple[DataFrame, int]:
    """The rows that the function is true of, and how many it failed on."""
    schema, choices = frame.schema, _choices(frame.schema)

    def keep(row: Row) -> tuple[bool, Row]:
        try:
            return bool(function(_record(row, choices))), row
        except Exception:
            return False, row

    errors = _errors(frame, function, threshold)
    rows = frame.rdd.map(keep).filter(lambda found: found[0]).map(lambda found: found[1])
    spark = frame.sparkSession
    return with_metadata(spark.createDataFrame(rows, schema, verifySchema=False), schema), errors


def mapped(
    frame: DataFrame, function: Callable[[Any], Any], threshold: int
) -> tuple[DataFrame, int]:
    """What the function makes of each row, and how many rows it failed on.

    The columns are those of all results: one pass finds them out.
    """
    choices = _choices(frame.schema)

    safely = _safely(function)

    def schemas(rows: Iterable[Row]) -> Iterator[str]:
        results = _present(safely(_record(row, choices)) for row in rows)
        yield inference.written(inference.struct_of(results))

    errors = _errors(frame, function, threshold)
    found = frame.rdd.mapPartitions(schemas).collect()
    schema = inference.named(inference.merged(map(inference.read, found)))

    def work(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows = [_dict(row, choices) for row in batch.to_pylist(maps_as_pydicts="lossy")]
            results = list(_present(map(safely, rows)))
            yield from inference.table(results, schema).to_batches()

    return with_metadata(frame.mapInArrow(work, schema), schema), errors


def unboxed(frame: DataFrame, path: str, form: str, options: Mapping[str, Any]) -> DataFrame:
    """The text at `path` read as JSON or CSV: a struct in its place. Raises ValueError."""
    found = columns.find(frame.schema, path)
    if found is None:
        raise ValueError(f"Unbox: there is no column {path}")
    way = found[0]
    word = columns.column(way).cast("string")
    if form == "json":
        texts = frame.select(word.alias("text")).where(f.col("text").isNotNull())

        def schemas(rows: Iterable[Row]) -> Iterator[str]:
            values = (json.loads(row.text) for row in rows)
            whole = inference.struct_of({"value": value} for value in values)
            yield inference.written(whole)

        whole = inference.merged(map(inference.read, texts.rdd.mapPartitions(schemas).collect()))
        kind = inference.named(whole).fields[0].dataType if whole.fields else StringType()
        value = f.from_json(word, kind)  # type: ignore[arg-type]  # a struct or an array
    elif form == "csv":
        first = frame.select(word.alias("text")).where(f.col("text").isNotNull()).first()
        separator = str(options.get("separator", ","))
        width = 0 if first is None else len(first.text.split(separator))
        kind = StructType([StructField(f"col{at}", StringType()) for at in range(width)])
        value = f.from_csv(word, kind.simpleString()[7:-1].replace(":", " "), {"sep": separator})
    else:
        raise ValueError(f"Unbox: the format {form!r} is not built yet: json and csv are")
    if len(way) == 1:
        return frame.withColumn(way[0], value)
    inner = ".".join(f"`{name}`" for name in way[1:])
    return frame.withColumn(way[0], itself(way[0]).withField(inner, value))


def _errors(frame: DataFrame, function: Callable[[Any], Any], threshold: int) -> int:
    """Counted only where it matters: that is a pass over all rows."""
    if not threshold:
        return 0
    choices, safely = _choices(frame.schema), _safely(function)
    count = frame.rdd.filter(lambda row: safely(_record(row, choices)) is Failed).count()
    if count >= threshold:
        raise RuntimeError(f"{count} rows failed, which reaches the stageThreshold of {threshold}")
    return count


class Failed:
    """What stands for the result of a function that raised: the class itself."""


def _safely(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def call(record: Any) -> Any:
        try:
            return function(record)
        except Exception:
            return Failed

    return call


def _present(results: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
    return (one for one in results if one is not None and one is not Failed)


def _choices(schema: StructType) -> frozenset[str]:
    return frozenset(field.name for field in schema.fields if types.branches(field))


def _record(row: Row, choices: frozenset[str]) -> DynamicRecord:
    return _dict(row.asDict(recursive=True), choices)


def _dict(row: Mapping[str, Any], choices: frozenset[str]) -> DynamicRecord:
    """A row's values; of a choice the one that is there."""
    record = DynamicRecord()
    for name, value in row.items():
        if name in choices and isinstance(value, Mapping):
            record[name] = next((one for one in value.values() if one is not None), None)
        else:
            record[name] = value
    return record
