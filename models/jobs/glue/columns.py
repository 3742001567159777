"""Columns by the paths that scripts name them with: `a.b` is a field of a struct, a name that has
dots itself stands in backticks."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f
from pyspark.sql.types import DataType, StructField, StructType

from . import types
from .choices import cast, itself

Path = tuple[str, ...]
STEP = re.compile(r"`((?:[^`]|``)*)`|([^.`]+)")


def steps(path: str) -> Path:
    """The names of a path, from the outermost on."""
    return tuple((quoted or plain).replace("``", "`") for quoted, plain in STEP.findall(path))


def find(schema: StructType, path: str) -> tuple[Path, StructField] | None:
    """The column at the path, a whole name with dots first; None where there is none."""
    for way in ((path.strip("`"),), steps(path)):
        here: DataType = schema
        found: list[StructField] = []
        for name in way:
            inside = here.fields if isinstance(here, StructType) else []
            match = next((one for one in inside if one.name.lower() == name.lower()), None)
            if match is None:
                break
            found.append(match)
            here = match.dataType
        if len(found) == len(way) and found:
            return tuple(one.name for one in found), found[-1]
    return None


def column(way: Path) -> Column:
    """The value at a way through structs."""
    found = itself(way[0])
    for name in way[1:]:
        found = found.getField(name)
    return found


def as_type(way: Path, there: StructField, kind: DataType) -> Column:
    """The value at a way as one type; of a choice, what there is of its branches."""
    return cast(there, kind) if len(way) == 1 else column(way).cast(kind)


@dataclass(slots=True)
class Shape:
    """Columns and structs of columns that are to be, in order."""

    parts: dict[str, "Shape | Column"] = field(default_factory=dict)
    marks: dict[str, Any] = field(default_factory=dict)

    def put(self, way: Sequence[str], value: Column, marks: Any = None) -> None:
        """Have `value` at that way."""
        if len(way) == 1:
            self.parts[way[0]] = value
            self.marks[way[0]] = marks or {}
            return
        inner = self.parts.get(way[0])
        if not isinstance(inner, Shape):
            inner = self.parts[way[0]] = Shape()
        inner.put(way[1:], value)

    def columns(self) -> list[Column]:
        """The columns, named."""
        return [
            part.whole().alias(name)
            if isinstance(part, Shape)
            else part.alias(name, metadata=self.marks.get(name, {}))
            for name, part in self.parts.items()
        ]

    def whole(self) -> Column:
        """All of them as one struct."""
        return f.struct(*self.columns())


def selected(frame: DataFrame, paths: Iterable[str]) -> DataFrame:
    """The columns at the paths, of structs the named fields only; unknown ones are passed over."""
    shape = Shape()
    for path in paths:
        found = find(frame.schema, path)
        if found is not None:
            shape.put(found[0], column(found[0]), found[1].metadata)
    return frame.select(*shape.columns())


def dropped(frame: DataFrame, paths: Iterable[str]) -> DataFrame:
    """All but the columns at the paths."""
    for path in paths:
        found = find(frame.schema, path)
        if found is None:
            continue
        way = found[0]
        if len(way) == 1:
            frame = frame.drop(itself(way[0]))
        else:
            inner = ".".join(f"`{name}`" for name in way[1:])
            frame = frame.withColumn(way[0], itself(way[0]).dropFields(inner))
    return frame


def renamed(frame: DataFrame, old: str, new: str) -> DataFrame:
    """The column at `old` under another name, at the same place in its struct."""
    found = find(frame.schema, old)
    if found is None:
        return frame
    way, target = found[0], steps(new)
    shape = Shape()
    for each, there in leaves(frame.schema, way):
        if each == way:
            shape.put(
                target if len(target) > 1 else (*way[:-1], *target), column(each), there.metadata
            )
        else:
            shape.put(each, column(each), there.metadata)
    return frame.select(*shape.columns())


def leaves(schema: StructType, towards: Path) -> list[tuple[Path, StructField]]:
    """The columns, and in the place of a struct on the way `towards` one, its fields."""
    listed: list[tuple[Path, StructField]] = []
    for one in schema.fields:
        if len(towards) > 1 and one.name == towards[0] and isinstance(one.dataType, StructType):
            listed += [((one.name, *way), it) for way, it in leaves(one.dataType, towards[1:])]
        else:
            listed.append(((one.name,), one))
    return listed


def mapped(frame: DataFrame, mappings: Iterable[Sequence[str]]) -> DataFrame:
    """Columns by (source, type, target, type), or (source, target); unknown sources are passed
    over."""
    shape = Shape()
    for mapping in mappings:
        source = mapping[0]
        target, kind = (mapping[1], "") if len(mapping) == 2 else (mapping[2], mapping[-1])
        found = find(frame.schema, source)
        if found is None:
            continue
        way, there = found
        whole = not kind or kind in {"struct", "array", "map", "choice"}
        value = column(way) if whole else as_type(way, there, types.spark_type(kind))
        shape.put(steps(target), value, there.metadata if whole else None)
    return frame.select(*shape.columns())
