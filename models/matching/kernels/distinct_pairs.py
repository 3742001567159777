"""Compiled loops that put pairs of entities in order, each once, by counting."""

import numpy as np

from .arrays import Ints, Longs
from .compile_loops import compiled
from .parallel import concatenate, parallel_ranges
from .token_loops import sort_distinct


def distinct_pairs(rows: Ints, others: Ints, size: int) -> tuple[Ints, Ints]:
    """The pairs of each of `rows` (r,) with its `others` (r, k), -1 for none, among so many
    entities: the lower ones and the higher ones, sorted, each pair once."""
    start = np.zeros(size + 1, dtype=np.int64)
    _add_lower(rows, others, start[1:])
    np.cumsum(start, out=start)
    higher = np.empty(int(start[-1]), dtype=np.int32)
    _lay_higher(rows, others, start[:-1].copy(), higher)
    count = np.zeros(size, dtype=np.int64)
    found: dict[int, Ints] = {}

    def loop(s: int, e: int) -> None:
        here = higher[start[s] : start[e]]
        found[s] = here[: _sort_each(here, start[s : e + 1], count[s:e])]

    parallel_ranges(size, loop)
    lower = np.repeat(np.arange(size, dtype=np.int32), count)
    return lower, concatenate([higher[:0], *(found[s] for s in sorted(found))])


@compiled
def _add_lower(rows: Ints, others: Ints, count: Longs) -> None:
    for r in range(len(rows)):
        for k in range(others.shape[1]):
            if others[r, k] >= 0:
                count[np.uint32(min(rows[r], others[r, k]))] += 1


@compiled
def _lay_higher(rows: Ints, others: Ints, fill: Longs, higher: Ints) -> None:
    for r in range(len(rows)):
        for k in range(others.shape[1]):
            if others[r, k] >= 0:
                low = np.uint32(min(rows[r], others[r, k]))
                higher[np.uint64(fill[low])] = max(rows[r], others[r, k])
                fill[low] += 1


@compiled
def _sort_each(higher: Ints, start: Longs, count: Longs) -> int:
    """Sort the partners of each entity and close all up, each once; how many there are."""
    at = 0
    for k in range(len(count)):
        own = higher[start[k] - start[0] : start[k + 1] - start[0]]
        count[k] = sort_distinct(own)
        for q in range(count[k]):
            higher[at + q] = own[q]
        at += count[k]
    return at
