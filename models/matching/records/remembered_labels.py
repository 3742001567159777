"""What people said about rows, remembered by the rows' content: a statement on two rows
speaks for them wherever they are met again, and for the rows that surely are the same.

Content is kept as marks of 64 bits, never as text.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gluematch.models.matching.kernels.arrays import AnyArray, Flags, Longs

from .labels import Labels
from .pairs import Pairs, pairs_of, positions
from .table import Table


@dataclass(frozen=True, slots=True, eq=False)
class LabelMemory:
    """p statements: `left` and `right` (p,) uint64 mark the contents, `y` whether they match."""

    left: AnyArray
    right: AnyArray
    y: Flags

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True, slots=True, eq=False)
class KnownLabels:
    """Statements on a table's entities: distinct pairs, and whether they match (p,)."""

    pairs: Pairs
    y: Flags

    def __len__(self) -> int:
        return len(self.y)


def empty_memory() -> LabelMemory:
    """The memory of a matcher that nobody taught."""
    return LabelMemory(np.zeros(0, np.uint64), np.zeros(0, np.uint64), np.zeros(0, np.bool_))


def remember(table: Table, labels: Labels) -> LabelMemory:
    """What the labels state of rows that read differently; later statements stand last."""
    stated = labels.pairs()
    mark = _marks(table)[table.entity]
    left, right = mark[stated.i], mark[stated.j]
    differ = left != right
    return LabelMemory(left[differ], right[differ], stated.y[differ])


def known_pairs(memory: LabelMemory, table: Table) -> KnownLabels:
    """The statements on rows that this table has; of contradictions the latest."""
    nobody = np.zeros(0, dtype=np.int32)
    if not len(memory) or not table.size:
        return KnownLabels(Pairs(nobody, nobody), np.zeros(0, dtype=np.bool_))
    mark = _marks(table)
    order = np.argsort(mark, kind="stable")
    a, b = (_found(mark, order, wanted) for wanted in (memory.left, memory.right))
    known = (a >= 0) & (b >= 0)
    low, high = np.minimum(a, b)[known], np.maximum(a, b)[known]
    pairs = pairs_of(low, high)
    y = np.zeros(len(pairs), dtype=np.bool_)
    y[positions(pairs, low.astype(np.int32), high.astype(np.int32))] = memory.y[known]
    return KnownLabels(pairs, y)


def _found(mark: AnyArray, order: Longs, wanted: AnyArray) -> Longs:
    """The entity that bears each wanted mark, -1 if none."""
    at = np.minimum(np.searchsorted(mark, wanted, sorter=order), len(mark) - 1)
    return np.where(mark[order[at]] == wanted, order[at], -1)


def _marks(table: Table) -> AnyArray:
    """A mark (u,) of each entity's content; columns count by name, in any order."""
    total = np.zeros(table.size, dtype=np.uint64)
    for column in table.columns:
        total += np.append(content_hashes(column.name, column.spellings), np.uint64(0))[
            column.codes
        ]
    return total


def content_hashes(name: str, spellings: Sequence[str]) -> AnyArray:
    """The mark (k,) uint64 of each spelling in the column of that name; the sum of its
    spellings' marks is the mark of a row."""
    told = np.array([f"{name}\0{s}" for s in spellings], dtype=object)
    return pd.util.hash_array(told, categorize=False)
