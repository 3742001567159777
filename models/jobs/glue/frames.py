"""DynamicFrame and DynamicFrameCollection: Glue's names around a Spark frame.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-dynamic-frame.html
Names and parameters are Glue's. Every method gives a new frame.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as f
from pyspark.sql.types import NullType, StructType

from . import catalog, choices, columns, joining, records, relations, types
from .choices import itself

if TYPE_CHECKING:
    from .context import GlueContext


class DynamicFrame:
    """Rows in Spark, with columns that may be choices of several types."""

    def __init__(
        self, frame: DataFrame, glue_ctx: "GlueContext", name: str = "", errors: int = 0
    ) -> None:
        self._frame = frame
        self.glue_ctx = glue_ctx
        self.name = name
        self._errors = errors

    @classmethod
    def fromDF(
        cls, dataframe: DataFrame, glue_ctx: "GlueContext", name: str = ""
    ) -> "DynamicFrame":
        """The rows of a Spark frame."""
        return cls(dataframe, glue_ctx, name)

    def toDF(self, options: Sequence[Any] | None = None) -> DataFrame:
        """The rows as a Spark frame; a choice is a struct with a field for each type."""
        del options
        return self._frame

    def schema(self) -> StructType:
        """The columns and their types."""
        return self._frame.schema

    def printSchema(self) -> None:
        """Print the columns and their types as Glue does."""
        print(types.tree(self.schema()))

    def show(self, num_rows: int = 20) -> None:
        """Print the first rows, a JSON object each."""
        for line in self._frame.limit(num_rows).toJSON().collect():
            print(line)

    def count(self) -> int:
        """How many rows there are."""
        return self._frame.count()

    def errorsCount(self) -> int:
        """How many rows were lost by errors on the way here."""
        return self._errors

    def stageErrorsCount(self) -> int:
        """The same: only the last step is counted."""
        return self._errors

    def assertErrorThreshold(self) -> None:
        """Raise if rows were lost by errors."""
        if self._errors:
            raise RuntimeError(f"{self._errors} rows were lost by errors")

    def getNumPartitions(self) -> int:
        """Into how many parts the rows fall."""
        return self._frame.rdd.getNumPartitions()

    def repartition(self, numPartitions: int, *_: Any) -> "DynamicFrame":
        """The rows in so many parts."""
        return self._made(self._frame.repartition(numPartitions))

    def coalesce(self, numPartitions: int, shuffle: bool = False, *_: Any) -> "DynamicFrame":
        """The rows in no more than so many parts."""
        frame = self._frame
        return self._made(
            frame.repartition(numPartitions) if shuffle else frame.coalesce(numPartitions)
        )

    def apply_mapping(
        self,
        mappings: Iterable[Sequence[str]],
        case_sensitive: bool = False,
        *_: Any,
        **__: Any,
    ) -> "DynamicFrame":
        """Columns by (source, type, target, type)."""
        del case_sensitive
        return self._made(columns.mapped(self._frame, mappings))

    def select_fields(self, paths: Sequence[str], *_: Any, **__: Any) -> "DynamicFrame":
        """The columns at the paths only."""
        return self._made(columns.selected(self._frame, paths))

    def drop_fields(self, paths: Sequence[str], *_: Any, **__: Any) -> "DynamicFrame":
        """All but the columns at the paths."""
        return self._made(columns.dropped(self._frame, paths))

    def rename_field(self, oldName: str, newName: str, *_: Any, **__: Any) -> "DynamicFrame":
        """A column under another name."""
        return self._made(columns.renamed(self._frame, oldName, newName))

    def drop_null_fields(self) -> "DynamicFrame":
        """All but the columns that have no value in any row."""
        schema = self.schema()
        counts = self._frame.agg(*(f.count(itself(name)).alias(name) for name in schema.names))
        found = counts.collect()[0] if schema.names else ()
        empty = [
            one.name
            for one, count in zip(schema.fields, found, strict=True)
            if count == 0 or isinstance(one.dataType, NullType)
        ]
        return self._made(self._frame.drop(*(itself(name) for name in empty)))

    def resolveChoice(
        self,
        specs: Sequence[tuple[str, str]] | None = None,
        choice: str = "",
        database: str | None = None,
        table_name: str | None = None,
        *_: Any,
        catalog_id: str | None = None,
        **__: Any,
    ) -> "DynamicFrame":
        """Choices made columns of one type: those of `specs` by their actions, or all by `choice`.

        Raises ValueError unless exactly one of the two is given.
        """
        if bool(specs) == bool(choice):
            raise ValueError("ResolveChoice takes either specs or choice")
        known: Mapping[str, str] = {}
        if choice.lower() == "match_catalog":
            if not database or not table_name:
                raise ValueError("ResolveChoice MATCH_CATALOG needs database and table_name")
            known = catalog.column_types(self.glue_ctx.around, database, table_name, catalog_id)
        return self._made(choices.resolved(self._frame, specs or (), choice, known))

    def map(
        self, f: Callable[[Any], Any], *_: Any, stageThreshold: int = 0, **__: Any
    ) -> "DynamicFrame":
        """What `f` makes of each row, a dict; rows that it fails on are left out and counted."""
        made, errors = records.mapped(self._frame, f, stageThreshold)
        return DynamicFrame(made, self.glue_ctx, self.name, errors)

    def filter(
        self, f: Callable[[Any], Any], *_: Any, stageThreshold: int = 0, **__: Any
    ) -> "DynamicFrame":
        """The rows that `f` says yes to; rows that it fails on are left out and counted."""
        made, errors = records.filtered(self._frame, f, stageThreshold)
        return DynamicFrame(made, self.glue_ctx, self.name, errors)

    def join(
        self,
        paths1: Sequence[str],
        paths2: Sequence[str],
        frame2: "DynamicFrame",
        *_: Any,
        **__: Any,
    ) -> "DynamicFrame":
        """Rows of both that agree in the columns at the paths."""
        return self._made(joining.joined(self._frame, frame2.toDF(), paths1, paths2))

    def union(self, other_frame: "DynamicFrame", *_: Any, **__: Any) -> "DynamicFrame":
        """The rows of both."""
        return self._made(self._frame.unionByName(other_frame.toDF(), allowMissingColumns=True))

    unionAll = union

    def mergeDynamicFrame(
        self, stage_dynamic_frame: "DynamicFrame", primary_keys: Sequence[str], *_: Any, **__: Any
    ) -> "DynamicFrame":
        """These rows, in the place of those of equal keys the rows of the other frame."""
        return self._made(joining.merged(self._frame, stage_dynamic_frame.toDF(), primary_keys))

    def split_fields(
        self, paths: Sequence[str], name1: str, name2: str, *_: Any, **__: Any
    ) -> "DynamicFrameCollection":
        """The columns at the paths, and all others."""
        halves = self.select_fields(paths), self.drop_fields(paths)
        return DynamicFrameCollection(dict(zip((name1, name2), halves, strict=True)), self.glue_ctx)

    def split_rows(
        self,
        comparison_dict: Mapping[str, Mapping[str, Any]],
        name1: str,
        name2: str,
        *_: Any,
        **__: Any,
    ) -> "DynamicFrameCollection":
        """The rows that meet every comparison, and all others."""
        yes, no = joining.split(self._frame, comparison_dict)
        frames = {name1: self._made(yes), name2: self._made(no)}
        return DynamicFrameCollection(frames, self.glue_ctx)

    def relationalize(
        self, root_table_name: str, staging_path: str, options: Any = None, *_: Any, **__: Any
    ) -> "DynamicFrameCollection":
        """Tables without nested columns: structs become columns, arrays tables of their own."""
        del staging_path, options
        tables = relations.relationalized(self._frame, root_table_name)
        frames = {name: self._made(frame) for name, frame in tables.items()}
        return DynamicFrameCollection(frames, self.glue_ctx)

    def unnest(self, *_: Any, **__: Any) -> "DynamicFrame":
        """Structs made columns of their own, named with dots."""
        return self._made(relations.flat(self._frame))

    def unbox(self, path: str, format: str, *_: Any, **options: Any) -> "DynamicFrame":
        """A column of text made a struct of what the text says."""
        return self._made(records.unboxed(self._frame, path, format, options))

    def _made(self, frame: DataFrame) -> "DynamicFrame":
        return DynamicFrame(frame, self.glue_ctx, self.name)


class DynamicFrameCollection:
    """Frames by their names."""

    def __init__(self, dynamic_frames: Mapping[str, DynamicFrame], glue_ctx: "GlueContext") -> None:
        self._frames = dict(dynamic_frames)
        self._glue_ctx = glue_ctx

    def __getitem__(self, key: str) -> DynamicFrame:
        return self._frames[key]

    def __len__(self) -> int:
        return len(self._frames)

    def __iter__(self) -> Iterator[str]:
        return iter(self._frames)

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._frames.keys()

    def values(self) -> Iterable[DynamicFrame]:
        """The frames."""
        return self._frames.values()

    def items(self) -> Iterable[tuple[str, DynamicFrame]]:
        """Names and frames."""
        return self._frames.items()

    def select(self, key: str, *_: Any, **__: Any) -> DynamicFrame:
        """The frame of that name. Raises KeyError."""
        return self._frames[key]

    def map(
        self, callable: Callable[..., DynamicFrame], *_: Any, **__: Any
    ) -> "DynamicFrameCollection":
        """What the function makes of each frame; it gets the frame, and a name for its state."""
        frames = {name: callable(frame, name) for name, frame in self._frames.items()}
        return DynamicFrameCollection(frames, self._glue_ctx)

    def flatmap(self, f: Callable[..., Any], *_: Any, **__: Any) -> "DynamicFrameCollection":
        """What the function makes of each frame, which may be several frames."""
        frames: dict[str, DynamicFrame] = {}
        for name, frame in self._frames.items():
            made = f(frame, name)
            frames |= {name: made} if isinstance(made, DynamicFrame) else dict(made.items())
        return DynamicFrameCollection(frames, self._glue_ctx)
