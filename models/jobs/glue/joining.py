"""Two frames and one: joins, merges by key, splits by comparisons."""

import operator
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

from . import columns
from .choices import itself

COMPARISONS: Mapping[str, Callable[[Any, Any], Column]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
}


def joined(
    one: DataFrame, other: DataFrame, keys1: Sequence[str], keys2: Sequence[str]
) -> DataFrame:
    """Rows of both whose keys are equal. Columns of `other` that `one` has too begin with a dot.

    Raises ValueError for keys that are not there or differ in number.
    """
    if len(keys1) != len(keys2) or not keys1:
        raise ValueError("Join needs equally many keys of both frames")
    taken = {name.lower() for name in one.columns}
    names = [f".{name}" if name.lower() in taken else name for name in other.columns]
    left, right = f.struct(*map(itself, one.columns)), f.struct(*map(itself, other.columns))
    a, b = [
        one.select(_keys(one, keys1), left.alias("row")).alias("a"),
        other.select(_keys(other, keys2), right.alias("row")).alias("b"),
    ]
    pairs = a.join(b, f.col("a.keys") == f.col("b.keys"))
    chosen = [f.col("a.row").getField(name).alias(name) for name in one.columns]
    for name, new in zip(other.columns, names, strict=True):
        chosen.append(f.col("b.row").getField(name).alias(new))
    return pairs.select(*chosen)


def _keys(frame: DataFrame, paths: Sequence[str]) -> Column:
    """The values at the paths as one struct, null where one is null: nulls match nothing."""
    values = [_at(frame, path) for path in paths]
    numbered = [value.alias(f"k{place}") for place, value in enumerate(values)]
    whole = f.when(reduce(operator.and_, (v.isNotNull() for v in values)), f.struct(*numbered))
    return whole.alias("keys")


def merged(one: DataFrame, other: DataFrame, keys: Sequence[str]) -> DataFrame:
    """The rows of `one` whose keys `other` lacks, and all of `other`."""
    old, new = one.alias("old"), other.alias("new")
    same = reduce(
        operator.and_, (f.col(f"old.`{key}`").eqNullSafe(f.col(f"new.`{key}`")) for key in keys)
    )
    kept = old.join(new, same, "left_anti")
    return kept.unionByName(other, allowMissingColumns=True)


def split(
    frame: DataFrame, comparisons: Mapping[str, Mapping[str, Any]]
) -> tuple[DataFrame, DataFrame]:
    """The rows that meet all comparisons, and those that do not, with nulls. Raises ValueError."""
    tests = []
    for path, wanted in comparisons.items():
        for sign, value in wanted.items():
            if sign not in COMPARISONS:
                raise ValueError(f"SplitRows: there is no comparison {sign!r}")
            tests.append(COMPARISONS[sign](_at(frame, path), f.lit(value)))
    meets = f.coalesce(reduce(operator.and_, tests, f.lit(True)), f.lit(False))  # a value
    return frame.where(meets), frame.where(~meets)


def _at(frame: DataFrame, path: str) -> Column:
    found = columns.find(frame.schema, path)
    if found is None:
        raise ValueError(f"there is no column {path}")
    return columns.column(found[0])
