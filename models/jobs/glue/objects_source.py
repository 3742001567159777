"""Objects of S3 that no catalog describes: what a script reads by paths and format options."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StringType, StructField, StructType

from gluematch.models.datasets.compression import compression_of, unpacked
from gluematch.models.datasets.dialects import BYTE_ORDER_MARK, Dialect, rows
from gluematch.models.datasets.errors import FormatError
from gluematch.models.datasets.json_paths import JsonPath, json_path
from gluematch.models.datasets.objects import ObjectStore, split_uri
from gluematch.models.datasets.rows import Manner, rows_of
from gluematch.models.datasets.spans import BEGINNING, Span, contents, cut

from . import columnar, inference
from .options import Options, dialect_of, exclusions_of
from .pieces import Piece, grouped, parted
from .reading import Text, frame_of, text_frame

Keys = tuple[tuple[str, str], ...]


def pieces_of(store: ObjectStore, options: Options) -> tuple[list[Piece], Keys]:
    """The objects with data below the paths, and the partition keys that all their folders name."""
    excluded = exclusions_of(options)
    found: list[tuple[Piece, dict[str, str]]] = []
    for path in options.texts("paths") or options.texts("path"):
        start = len(split_uri(path.rstrip("/") + "/")[1])
        alone = None if path.endswith("/") else store.head(path)
        listed = [alone] if alone else list(store.list(path.rstrip("/") + "/"))
        for info in listed:
            below = "" if alone else info.key[start:]
            hidden = any(part.startswith(("_", ".")) for part in below.split("/"))
            if info.size and not hidden and not excluded(below) and not excluded(info.uri):
                found.append((Piece(info), _folders(below)))
    names = list(found[0][1]) if found else []
    if any(list(folders) != names for _, folders in found):
        names = []
    pieces = [Piece(piece.info, tuple(folders[name] for name in names)) for piece, folders in found]
    return pieces, tuple((name, "string") for name in names)


def objects_frame(
    spark: SparkSession,
    store: ObjectStore,
    form: str,
    options: Options,
    pieces: Sequence[Piece],
    keys: Keys,
) -> DataFrame:
    """The rows of the objects; their columns are found out from the objects themselves."""
    if not pieces:
        return spark.createDataFrame([], StructType([]))
    if form in columnar.FORMS:
        return columnar.columnar_frame(spark, store, form, pieces, keys, None)
    if form == "json":
        path = options.text("jsonPath")
        return _json_frame(spark, store, json_path(path) if path else None, pieces, keys)
    dialect = dialect_of(options)
    names = _header(store, pieces[0], dialect, named=options.flag("withHeader"))
    columns = tuple((name.lower(), "string") for name in names)
    frame = text_frame(spark, Text(store, "csv", Manner(dialect), columns, keys), pieces)
    return frame.toDF(*names, *(name for name, _ in keys))


def _folders(below: str) -> dict[str, str]:
    folders = [part.partition("=") for part in below.split("/")[:-1]]
    return {name: value for name, equals, value in folders if equals}


def _header(store: ObjectStore, piece: Piece, dialect: Dialect, *, named: bool) -> list[str]:
    """The names of the columns: the first row, or col0, col1 and so on."""
    start = store.read_range(piece.info.uri, 0, BEGINNING)
    if len(start) < piece.info.size and compression_of(start) == "none":
        start = start[: start.rfind(b"\n") + 1]  # it may end inside a character
    else:
        start = unpacked(store.read(piece.info.uri))
    try:
        text = start.removeprefix(BYTE_ORDER_MARK).decode()
    except UnicodeDecodeError as error:
        raise FormatError(f"{piece.info.uri} cannot be read as csv: it is not UTF-8") from error
    first = next(rows(text, dialect), [])
    return [name.strip() for name in first] if named else [f"col{at}" for at in range(len(first))]


def _json_frame(
    spark: SparkSession,
    store: ObjectStore,
    path: JsonPath | None,
    pieces: Sequence[Piece],
    keys: Keys,
) -> DataFrame:
    tasks = spark.sparkContext.defaultParallelism
    parts = parted(pieces, tasks, lambda info, most: cut(store, info, "json", Dialect(), most))
    groups = grouped(parts, tasks)
    word = StructType([StructField("schema", StringType())])

    def described(piece: Piece) -> pa.Table:
        text = inference.written(inference.struct_of(_records(store, piece, path)))
        return pa.table({"schema": [text]})

    found = frame_of(spark, groups, word, described).collect()
    own = inference.named(inference.merged(inference.read(row.schema) for row in found))
    schema = StructType([*own.fields, *(StructField(name, StringType()) for name, _ in keys)])
    target = to_arrow_schema(schema)

    def read(piece: Piece) -> pa.Table:
        rows = inference.table(_records(store, piece, path), own)
        values = [pa.array([value] * len(rows), pa.string()) for value in piece.values]
        return pa.table([*rows.columns, *values], schema=target)

    return with_metadata(frame_of(spark, groups, schema, read), schema)


def with_metadata(frame: DataFrame, schema: StructType) -> DataFrame:
    """The frame with the marks that `schema` has: a way through Python loses them."""
    for field in schema.fields:
        if field.metadata:
            frame = frame.withMetadata(field.name, field.metadata)
    return frame


def _records(store: ObjectStore, piece: Piece, path: JsonPath | None) -> list[Mapping[str, Any]]:
    """The objects in a JSON file, those of its arrays too. Raises FormatError."""
    try:
        data = contents(store, piece.info.uri, piece.part if isinstance(piece.part, Span) else None)
        values = list(rows_of(data, "json", Manner(json_path=path)))
    except FormatError as error:
        raise FormatError(f"{piece.info.uri} cannot be read as json: {error}") from error
    records = [one for value in values for one in (value if isinstance(value, list) else [value])]
    if not all(isinstance(one, Mapping) for one in records):
        raise FormatError(f"{piece.info.uri} cannot be read as json: its values are not objects")
    return records
