"""Objects of S3 as the rows of a Spark frame: no jar, our own S3 client in Spark's Python workers.

Small objects share a task, and large ones are read by several. Text goes through the same parsers
as in the server, so that a job reads the same values; a cell that does not fit its column's type
makes the column a choice.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StringType, StructField, StructType

from gluematch.models.datasets.cells import NARROW, base_type, typed
from gluematch.models.datasets.errors import FormatError
from gluematch.models.datasets.formats import read_object
from gluematch.models.datasets.objects import ObjectStore
from gluematch.models.datasets.rows import Manner, Readable
from gluematch.models.datasets.spans import Span, contents, cut, is_whole

from . import types
from .choices import itself
from .pieces import Piece, grouped, parted

BATCH_ROWS = 10_000
JVM_READS = ("date", "timestamp")
"""Types whose text Spark reads, and not we."""


@dataclass(frozen=True, slots=True)
class Text:
    """How rows of text objects become rows of a frame.

    `columns` are names in lower case and Hive types, `keys` those of the partitions;
    `mixed` names the columns whose cells do not all fit.
    """

    store: ObjectStore
    form: Readable
    manner: Manner
    columns: tuple[tuple[str, str], ...]
    keys: tuple[tuple[str, str], ...] = ()
    mixed: frozenset[str] = frozenset()

    def cells(self, piece: Piece) -> dict[str, Any]:
        """The piece's columns: Arrow arrays of text, nested ones as they are."""
        wanted = [(name, _read_as(kind)) for name, kind in self.columns]
        span = piece.part if isinstance(piece.part, Span) else None
        frame = read_object(
            self.store, piece.info.uri, self.form, wanted, self.manner, span=span
        ).frame
        return {name: _text(frame[name], kind) for name, kind in wanted}

    def is_whole(self, piece: Piece) -> bool:
        """Whether the piece is an object, or a part that ends with a record."""
        if not isinstance(piece.part, Span):
            return True
        data = contents(self.store, piece.info.uri, piece.part)
        return is_whole(data, self.manner.dialect)

    def misfits(self, piece: Piece) -> Counter[str]:
        """How many cells of each column do not fit its type."""
        cells, found = self.cells(piece), Counter[str]()
        for name, kind in self.columns:
            if _checked(kind):
                found[name] = _fitted(cells[name], kind)[1]
        return found

    def table(self, piece: Piece, schema: pa.Schema) -> pa.Table:
        """The piece's rows, of the types of `schema`, the partition keys last."""
        cells = self.cells(piece)
        size = len(next(iter(cells.values()), ()))
        arrays: list[pa.Array] = []
        for name, kind in self.columns:
            target = schema.field(len(arrays)).type
            if name in self.mixed:
                arrays.append(_choice(cells[name], kind, target))
            elif _checked(kind):
                arrays.append(_arrow(_fitted(cells[name], kind)[0], target))
            else:
                arrays.append(_arrow(cells[name], target))
        arrays += [pa.array([value] * size, pa.string()) for value in piece.values]
        return pa.table(arrays, schema=schema)


def text_frame(spark: SparkSession, text: Text, pieces: Sequence[Piece]) -> DataFrame:
    """The rows of all pieces in their order: one pass to see which columns are mixed, if any may
    be, and one more whenever the frame is used."""
    groups = _groups(spark, text, pieces)
    if any(_checked(kind) for _, kind in text.columns):
        text = replace(text, mixed=_mixed(spark, text, groups))
    fields = [_field(name, kind, text.mixed) for name, kind in text.columns]
    fields += [StructField(name, StringType()) for name, _ in text.keys]
    schema = to_arrow_schema(StructType(fields))
    frame = frame_of(spark, groups, StructType(fields), lambda piece: text.table(piece, schema))
    kinds = [*text.columns, *text.keys]
    return frame.select(
        *(_finished(one, kind) for one, (_, kind) in zip(fields, kinds, strict=True))
    )


def frame_of(
    spark: SparkSession,
    groups: Sequence[Sequence[Any]],
    schema: StructType,
    read: Any,
) -> DataFrame:
    """The rows that `read` gives, as an Arrow table, for each thing of each group; a group is a
    task."""
    if not groups:
        return spark.createDataFrame([], schema)

    def rows(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                for one in groups[number]:
                    yield from read(one).to_batches(max_chunksize=BATCH_ROWS)

    numbers = spark.range(0, len(groups), 1, len(groups))
    return numbers.mapInArrow(rows, schema)


def _groups(spark: SparkSession, text: Text, pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The tasks' pieces; an object is read whole where a cut turns out to lie inside quotes."""
    tasks, dialect = spark.sparkContext.defaultParallelism, text.manner.dialect
    parts = parted(
        pieces, tasks, lambda info, most: cut(text.store, info, text.form, dialect, most)
    )
    groups = grouped(parts, tasks)
    if text.form != "csv" or len(parts) == len(pieces) or not (dialect.quote or dialect.escape):
        return groups

    def broken(piece: Piece) -> pa.Table:
        return _words([] if text.is_whole(piece) else [piece.info.uri])

    return grouped(list(_rejoined(parts, _told(spark, groups, broken))), tasks)


def _rejoined(parts: Sequence[Piece], broken: frozenset[str]) -> Iterator[Piece]:
    """The parts, but those of each object whose URI is `broken` as one piece."""
    for piece in parts:
        if piece.info.uri not in broken:
            yield piece
        elif isinstance(piece.part, Span) and piece.part.start == 0:
            yield replace(piece, part=None)


def _mixed(spark: SparkSession, text: Text, groups: Sequence[Sequence[Piece]]) -> frozenset[str]:
    def names(piece: Piece) -> pa.Table:
        return _words([name for name, bad in text.misfits(piece).items() if bad])

    return _told(spark, groups, names)


def _told(spark: SparkSession, groups: Sequence[Sequence[Piece]], tell: Any) -> frozenset[str]:
    """The words that `tell` gives, as `_words`, of all pieces."""
    schema = StructType([StructField("word", StringType())])
    return frozenset(row.word for row in frame_of(spark, groups, schema, tell).distinct().collect())


def _words(words: Sequence[str]) -> pa.Table:
    return pa.table({"word": words}, schema=pa.schema([("word", pa.string())]))


def _read_as(kind: str) -> str:
    return kind if "<" in kind else "string"


def _checked(kind: str) -> bool:
    base = base_type(kind)
    return "<" not in kind and base not in {*JVM_READS, "string", "char", "varchar", "binary"}


def _text(column: pd.Series, kind: str) -> pd.Series | pa.ChunkedArray:
    if "<" in kind:
        return column
    return pa.chunked_array([pa.array(column, pa.string(), from_pandas=True)])


def _fitted(cells: pa.ChunkedArray, kind: str) -> tuple[pd.Series, int]:
    """The cells as their type, null where they do not fit, and how many do not."""
    column, bad = typed(cells, kind)
    narrow = NARROW.get(base_type(kind))
    if narrow is not None and pa.types.is_integer(narrow):
        limit = 2 ** (narrow.bit_width - 1)
        wide = ((column >= limit) | (column < -limit)).fillna(False).astype(bool)
        column, bad = column.mask(wide), bad + int(wide.sum())
    return column, bad


def _choice(cells: pa.ChunkedArray, kind: str, target: pa.StructType) -> pa.Array:
    column, _ = _fitted(cells, kind)
    words = cells.to_pandas().where(column.isna(), None)
    words = words.where(words != "", None)
    branches = {"string": _arrow(words, pa.string())}
    arrays = []
    for field in target:
        array = branches.get(field.name)
        arrays.append(_arrow(column, field.type) if array is None else array)
    absent = pa.array((column.isna() & words.isna()).to_numpy(bool))
    return pa.StructArray.from_arrays(arrays, fields=list(target), mask=absent)


def _arrow(column: Any, target: pa.DataType) -> pa.Array:
    if isinstance(column, pa.ChunkedArray):
        return column.cast(target)
    try:
        return pa.Array.from_pandas(column, type=target)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise FormatError(f"column {column.name} does not fit its type: {target}") from error


def _field(name: str, kind: str, mixed: frozenset[str]) -> StructField:
    if name in mixed:
        held = types.spark_type(kind)
        return types.choice(name, {types.glue_name(held): held, "string": StringType()})
    if base_type(kind) in JVM_READS:
        return StructField(name, StringType())
    return StructField(name, types.spark_type(kind))


def _finished(field: StructField, kind: str) -> Any:
    """Dates, times and partition keys, read as text, as what they are."""
    column = itself(field.name)
    if types.branches(field):
        return column.alias(field.name, metadata=field.metadata)
    target = types.spark_type(kind)
    return column if field.dataType == target else column.cast(target).alias(field.name)
