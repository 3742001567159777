"""Objects that carry their own schema: Parquet, ORC and Avro, as Arrow tables."""

import io
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.orc
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema
from pyspark.sql.types import DataType, StringType, StructField, StructType, TimestampNTZType

from gluematch.models.datasets.cells import typed
from gluematch.models.datasets.errors import FormatError
from gluematch.models.datasets.objects import ObjectInfo, ObjectStore

from . import inference, types
from .pieces import Part, Piece, Units, grouped, parted
from .reading import frame_of

FORMS = ("parquet", "orc", "avro")
READERS = 8

Columns = Sequence[tuple[str, str]]


def columnar_frame(
    spark: SparkSession,
    store: ObjectStore,
    form: str,
    pieces: Sequence[Piece],
    keys: Columns,
    columns: Columns | None,
) -> DataFrame:
    """The rows of all pieces; with no `columns`, those that the objects have among them."""
    fields = (
        _own_fields(store, form, pieces)
        if columns is None
        else [StructField(name, types.spark_type(kind)) for name, kind in columns]
    )
    kinds = {name.lower(): kind for name, kind in columns or ()}
    words = [StructField(name, StringType()) for name, _ in keys]
    schema = to_arrow_schema(StructType([*fields, *words]))
    width = len(fields)

    def read(piece: Piece) -> pa.Table:
        stored = _table(store, form, piece)
        places = {name.lower(): place for place, name in enumerate(stored.column_names)}
        arrays = []
        for field in list(schema)[:width]:
            place = places.get(field.name.lower())
            kind = kinds.get(field.name.lower(), "")
            arrays.append(
                pa.nulls(len(stored), field.type)
                if place is None
                else _column(stored.column(place), kind, field, piece)
            )
        arrays += [pa.array([value] * len(stored), pa.string()) for value in piece.values]
        return pa.table(arrays, schema=schema)

    tasks = spark.sparkContext.defaultParallelism
    parts = parted(pieces, tasks, lambda info, most: _parts(store, form, info, most))
    frame = frame_of(spark, grouped(parts, tasks), StructType([*fields, *words]), read)
    for name, kind in keys:
        if types.spark_type(kind) != StringType():
            frame = frame.withColumn(name, frame[name].cast(types.spark_type(kind)))
    return frame


def _own_fields(store: ObjectStore, form: str, pieces: Sequence[Piece]) -> list[StructField]:
    """The columns of all objects, as the first one has them that has them."""
    fields: dict[str, StructField] = {}
    with ThreadPoolExecutor(READERS) as pool:
        for schema in pool.map(lambda piece: _schema(store, form, piece), pieces):
            for field in schema.fields:
                fields.setdefault(field.name.lower(), field)
    return list(fields.values())


def _schema(store: ObjectStore, form: str, piece: Piece) -> StructType:
    try:
        if form == "avro":
            return inference.struct_of(_records(store, piece))
        file = _opened(store, form, piece.info)
        stored = file.schema_arrow if isinstance(file, pq.ParquetFile) else file.schema
        found = from_arrow_schema(pa.schema([_plain(field) for field in stored]))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise FormatError(f"{piece.info.uri} cannot be read as {form}: {error}") from error
    return StructType([StructField(one.name, _zoned(one.dataType)) for one in found.fields])


def _parts(store: ObjectStore, form: str, info: ObjectInfo, most: int) -> Sequence[Part]:
    """Equally many row groups or stripes for each part, of about `most` bytes at most."""
    if form == "avro":
        return ()
    try:
        file = _opened(store, form, info)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise FormatError(f"{info.uri} cannot be read as {form}: {error}") from error
    count = file.num_row_groups if isinstance(file, pq.ParquetFile) else file.nstripes
    parts = min(count, -(-info.size // most))
    bounds = [count * number // parts for number in range(parts + 1)] if parts else []
    return [
        Units(tuple(range(start, stop)), info.size * (stop - start) // count)
        for start, stop in pairwise(bounds)
    ]


def _opened(
    store: ObjectStore, form: str, info: ObjectInfo
) -> "pq.ParquetFile | pyarrow.orc.ORCFile":
    file = pa.PythonFile(store.open(info.uri, info.size), mode="r")
    return pq.ParquetFile(file) if form == "parquet" else pyarrow.orc.ORCFile(file)


def _plain(field: pa.Field) -> pa.Field:
    kind = field.type
    return pa.field(field.name, kind.value_type if pa.types.is_dictionary(kind) else kind)


def _zoned(kind: DataType) -> DataType:
    return types.spark_type("timestamp") if isinstance(kind, TimestampNTZType) else kind


def _table(store: ObjectStore, form: str, piece: Piece) -> pa.Table:
    try:
        if form == "avro":
            records = _records(store, piece)
            return inference.table(records, inference.struct_of(records))
        file = _opened(store, form, piece.info)
        if not isinstance(piece.part, Units):
            return file.read()
        if isinstance(file, pq.ParquetFile):
            return file.read_row_groups(piece.part.numbers)
        return pa.Table.from_batches([file.read_stripe(number) for number in piece.part.numbers])
    except (pa.ArrowException, OSError, ValueError) as error:
        raise FormatError(f"{piece.info.uri} cannot be read as {form}: {error}") from error


def _records(store: ObjectStore, piece: Piece) -> list[Mapping[str, Any]]:
    try:
        reader: Any = fastavro.reader(io.BytesIO(store.read(piece.info.uri)))
        return list(reader)
    except (ValueError, EOFError, KeyError, IndexError, TypeError) as error:
        raise FormatError(f"{piece.info.uri} cannot be read as avro: {error}") from error


def _column(array: pa.ChunkedArray, kind: str, field: pa.Field, piece: Piece) -> pa.ChunkedArray:
    """The stored column as the wanted type: at once where they fit, else cell by cell."""
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    try:
        return array.cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        if pa.types.is_nested(field.type) or not kind:
            raise FormatError(
                f"{piece.info.uri}: column {field.name} is of type {array.type}, not {field.type}"
            ) from error
    column, _ = typed(array, kind)
    return pa.chunked_array([pa.Array.from_pandas(column, type=field.type)])
