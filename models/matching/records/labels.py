"""What people said about the rows: who is with whom inside a labelling set.

Equal labels in one set state a match, different labels a non-match; rows of different
sets are not compared by anybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gluematch.models.matching.kernels.arrays import AnyArray, Flags, Ints, Longs


class NotEnoughLabels(ValueError):
    """The labels do not suffice for what was asked; the message says what is missing."""


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """m labelled rows, oldest first: index of the row, number of its set, code of its label."""

    row: Ints
    set: Ints
    label: Ints

    def __len__(self) -> int:
        return len(self.row)

    @classmethod
    def from_answers(
        cls,
        keys: AnyArray,
        set_ids: Sequence[str],
        labels: Sequence[str],
        row_keys: Sequence[str],
    ) -> "tuple[Labels, int]":
        """The labels of the rows that bear `row_keys`, and how many keys no row bears.

        Where several rows bear a key, the first one stands for it.
        """
        first = {key: len(keys) - 1 - back for back, key in enumerate(keys[::-1])}
        rows = np.array([first.get(key, -1) for key in row_keys], dtype=np.int32)
        known = rows >= 0
        sets = pd.factorize(np.array(list(set_ids), dtype=object))[0].astype(np.int32)
        codes = pd.factorize(np.array(list(labels), dtype=object))[0].astype(np.int32)
        found = cls(rows[known], sets[known], codes[known])
        return found, int(np.count_nonzero(~known))

    def pairs(self) -> "LabelledPairs":
        """Every stated pair of two different rows once; of contradictions the later wins."""
        i, j = [], []
        order = np.argsort(self.set, kind="stable")
        bounds = np.flatnonzero(np.diff(self.set[order])) + 1
        for members in np.split(order, bounds):
            if len(members) < 2:
                continue
            a, b = np.triu_indices(len(members), 1)
            i.append(members[a])
            j.append(members[b])
        if not i:
            empty = np.zeros(0, dtype=np.int32)
            return LabelledPairs(empty, empty, np.zeros(0, dtype=np.bool_), empty)
        a, b = np.concatenate(i), np.concatenate(j)
        newest_last = np.argsort(np.maximum(a, b), kind="stable")
        a, b = a[newest_last], b[newest_last]
        y, group = self.label[a] == self.label[b], self.set[a]
        low = np.minimum(self.row[a], self.row[b])
        high = np.maximum(self.row[a], self.row[b])
        return _latest(low, high, y, group)


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPairs:
    """p pairs of rows (i < j, oldest statement first), whether they match, and their set."""

    i: Ints
    j: Ints
    y: Flags
    set: Ints

    def __len__(self) -> int:
        return len(self.i)


def _latest(low: Ints, high: Ints, y: Flags, group: Ints) -> LabelledPairs:
    """The last statement on each pair, in the order of those statements."""
    source_column = low != high
    low, high, y, group = (
        low[source_column],
        high[source_column],
        y[source_column],
        group[source_column],
    )
    code: Longs = low.astype(np.int64) << 32 | high
    last = len(code) - 1 - np.unique(code[::-1], return_index=True)[1]
    last.sort()
    return LabelledPairs(
        low[last].astype(np.int32),
        high[last].astype(np.int32),
        y[last],
        group[last].astype(np.int32),
    )
