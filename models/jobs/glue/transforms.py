"""`awsglue.transforms`: each transform as a class with `apply`, Glue's form of a function.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-python-transforms.html
`info`, `stageThreshold`, `totalThreshold` and `transformation_ctx` are taken by all of them.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .frames import DynamicFrame, DynamicFrameCollection


class GlueTransform(ABC):
    """What all transforms have: `apply`, and a call that does the same."""

    @classmethod
    def apply(cls, *args: Any, **named: Any) -> Any:
        """Do it; the names of the arguments are Glue's."""
        return cls()(*args, **named)

    @classmethod
    def name(cls) -> str:
        """The transform's name."""
        return cls.__name__

    @abstractmethod
    def __call__(self, *args: Any, **named: Any) -> Any:
        """Do it."""


class ApplyMapping(GlueTransform):
    """Columns by (source, type, target, type)."""

    def __call__(
        self, frame: DynamicFrame, mappings: Sequence[Sequence[str]], *_: Any, **__: Any
    ) -> DynamicFrame:
        return frame.apply_mapping(mappings)


class SelectFields(GlueTransform):
    """The columns at the paths only."""

    def __call__(
        self, frame: DynamicFrame, paths: Sequence[str], *_: Any, **__: Any
    ) -> DynamicFrame:
        return frame.select_fields(paths)


class DropFields(GlueTransform):
    """All but the columns at the paths."""

    def __call__(
        self, frame: DynamicFrame, paths: Sequence[str], *_: Any, **__: Any
    ) -> DynamicFrame:
        return frame.drop_fields(paths)


class RenameField(GlueTransform):
    """A column under another name."""

    def __call__(
        self, frame: DynamicFrame, old_name: str, new_name: str, *_: Any, **__: Any
    ) -> DynamicFrame:
        return frame.rename_field(old_name, new_name)


class DropNullFields(GlueTransform):
    """All but the columns without any value."""

    def __call__(self, frame: DynamicFrame, *_: Any, **__: Any) -> DynamicFrame:
        return frame.drop_null_fields()


class ResolveChoice(GlueTransform):
    """Choices made columns of one type."""

    def __call__(
        self,
        frame: DynamicFrame,
        specs: Sequence[tuple[str, str]] | None = None,
        choice: str = "",
        database: str | None = None,
        table_name: str | None = None,
        *_: Any,
        catalog_id: str | None = None,
        **__: Any,
    ) -> DynamicFrame:
        return frame.resolveChoice(specs, choice, database, table_name, catalog_id=catalog_id)


class _RowTransform(GlueTransform):
    """A function of the user's applied to each row."""

    def __call__(
        self,
        frame: DynamicFrame,
        f: Callable[[Any], Any],
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        del transformation_ctx, info, totalThreshold
        return self.applied(frame, f, stageThreshold)

    @abstractmethod
    def applied(self, frame: DynamicFrame, f: Callable[[Any], Any], errors: int) -> DynamicFrame:
        """The frame, when at most `errors` rows fail."""


class Filter(_RowTransform):
    """The rows that a function says yes to."""

    def applied(self, frame: DynamicFrame, f: Callable[[Any], Any], errors: int) -> DynamicFrame:
        return frame.filter(f, stageThreshold=errors)


class Map(_RowTransform):
    """What a function makes of each row."""

    def applied(self, frame: DynamicFrame, f: Callable[[Any], Any], errors: int) -> DynamicFrame:
        return frame.map(f, stageThreshold=errors)


class Join(GlueTransform):
    """Rows of both frames that agree in their keys."""

    def __call__(
        self,
        frame1: DynamicFrame,
        frame2: DynamicFrame,
        keys1: Sequence[str],
        keys2: Sequence[str],
        *_: Any,
        **__: Any,
    ) -> DynamicFrame:
        return frame1.join(keys1, keys2, frame2)


class SplitFields(GlueTransform):
    """The columns at the paths, and all others."""

    def __call__(
        self,
        frame: DynamicFrame,
        paths: Sequence[str],
        name1: str = "1",
        name2: str = "2",
        *_: Any,
        **__: Any,
    ) -> DynamicFrameCollection:
        return frame.split_fields(paths, name1, name2)


class SplitRows(GlueTransform):
    """The rows that meet every comparison, and all others."""

    def __call__(
        self,
        frame: DynamicFrame,
        comparison_dict: Mapping[str, Mapping[str, Any]],
        name1: str = "frame1",
        name2: str = "frame2",
        *_: Any,
        **__: Any,
    ) -> DynamicFrameCollection:
        return frame.split_rows(comparison_dict, name1, name2)


class Relationalize(GlueTransform):
    """Tables without nested columns."""

    def __call__(
        self,
        frame: DynamicFrame,
        staging_path: str = "",
        name: str = "roottable",
        options: Mapping[str, Any] | None = None,
        *_: Any,
        **__: Any,
    ) -> DynamicFrameCollection:
        return frame.relationalize(name, staging_path, options)


class UnnestFrame(GlueTransform):
    """Structs made columns of their own."""

    def __call__(self, frame: DynamicFrame, *_: Any, **__: Any) -> DynamicFrame:
        return frame.unnest()


class Unbox(GlueTransform):
    """A column of text made a struct of what the text says."""

    def __call__(
        self,
        frame: DynamicFrame,
        path: str,
        format: str,
        *_: Any,
        **options: Any,
    ) -> DynamicFrame:
        return frame.unbox(path, format, **options)


class SelectFromCollection(GlueTransform):
    """One frame of a collection."""

    def __call__(self, dfc: DynamicFrameCollection, key: str, *_: Any, **__: Any) -> DynamicFrame:
        return dfc.select(key)


class MapToCollection(GlueTransform):
    """What a function makes of each frame of a collection."""

    def __call__(
        self,
        dfc: DynamicFrameCollection,
        callable: Callable[..., DynamicFrame],
        *_: Any,
        **__: Any,
    ) -> DynamicFrameCollection:
        return dfc.map(callable)
