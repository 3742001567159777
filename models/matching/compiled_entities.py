"""Compiled loops that put the parts of whole entities together, from those of their values."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from .arrays import AnyArray, Doubles, Floats, Ints, Longs
from .compiled import compiled, spread
from .compiled_parts import close_up


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """What the values of c columns consist of, of `wide` different parts, end to end: those of
    value v of column k are listed[first[p]:first[p + 1]], where p = before[k] + v."""

    wide: int
    before: Longs
    first: AnyArray
    listed: Ints


def stack(parts: Sequence[sparse.csr_matrix]) -> Stack:
    """The parts of the values of each column, matrices (values, parts) of ones, end to end."""
    wide = parts[0].shape[1] if parts else 1
    values = np.array([0, *(len(p.indptr) for p in parts)], dtype=np.int64)
    used = np.cumsum([0, *(len(p.indices) for p in parts)])[: len(parts)].tolist()
    rows = [p.indptr.astype(np.uint64) + np.uint64(b) for p, b in zip(parts, used, strict=True)]
    return Stack(
        max(wide, 1),
        np.cumsum(values)[: len(parts)],
        np.concatenate([np.zeros(0, dtype=np.uint64), *rows]),
        np.concatenate([np.zeros(0, dtype=np.int32), *(p.indices for p in parts)]),
    )


def entities(size: int, codes_of: Sequence[Ints], values: Stack) -> sparse.csr_matrix:
    """The parts of whole entities (size, parts), a one for each, from those of the values that
    they have in each column: `codes_of` (size,), -1 where missing."""
    codes = np.column_stack([np.zeros((size, 0), dtype=np.int32), *codes_of])
    before, first, listed = values.before, values.first, values.listed
    most, count = np.zeros(size + 1, dtype=np.int64), np.zeros(size + 1, dtype=np.int64)
    spread(size, lambda s, e: _most_parts(codes[s:e], before, first, most[s + 1 : e + 1]))
    np.cumsum(most, out=most)
    merged = np.empty(int(most[-1]), dtype=np.int32)

    def merge(s: int, e: int) -> None:
        _merge(codes[s:e], before, first, listed, most[s : e + 1], merged, count[s + 1 : e + 1])

    spread(size, merge)
    np.cumsum(count, out=count)
    close_up(merged, most, count, merged)  # in its own room: nothing moves to the right
    merged = merged[: count[-1]]
    ones = np.ones(len(merged), dtype=np.float32)
    return sparse.csr_matrix((ones, merged, count), shape=(size, values.wide))


def weigh(matrix: sparse.csr_matrix, weight: Doubles) -> Doubles:
    """Put the square root of each part's weight into the matrix; each row's total weight."""
    total = np.zeros(matrix.shape[0])
    start, root = matrix.indptr.astype(np.int64), np.sqrt(weight).astype(np.float32)

    def loop(s: int, e: int) -> None:
        _weigh(start[s : e + 1], matrix.indices, weight, root, matrix.data, total[s:e])

    spread(len(total), loop)
    return total


@compiled
def _most_parts(codes_of: Ints, before: Longs, rows: AnyArray, most: Longs) -> None:
    """How many parts the values of each entity have together."""
    for e in range(len(most)):
        for c in range(codes_of.shape[1]):
            if codes_of[e, c] >= 0:
                at = before[c] + codes_of[e, c]
                most[e] += np.int64(rows[at + 1] - rows[at])


@compiled
def _merge(
    codes_of: Ints,
    before: Longs,
    rows: AnyArray,
    ids: Ints,
    start: Longs,
    merged: Ints,
    count: Longs,
) -> None:
    """Merge the sorted parts of the values of each entity, from its `start` in `merged` on;
    count them."""
    one, none = np.uint64(1), np.uint64(0)
    room = 0
    for e in range(len(count)):
        room = max(room, start[e + 1] - start[e])
    here, there = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int32)
    for e in range(len(count)):
        n = none
        for c in range(codes_of.shape[1]):
            code = codes_of[e, c]
            if code < 0:
                continue
            p, end = rows[before[c] + code], rows[before[c] + code + 1]
            q = m = none
            while q < n and p < end:
                x, y = here[q], ids[p]
                there[m] = min(x, y)
                q += one if x <= y else none
                p += one if y <= x else none
                m += one
            while q < n:
                there[m] = here[q]
                q += one
                m += one
            while p < end:
                there[m] = ids[p]
                p += one
                m += one
            here, there = there, here
            n = m
        count[e] = np.int64(n)
        for k in range(count[e]):
            merged[start[e] + k] = here[k]


@compiled
def _weigh(
    start: Longs, parts: Ints, weight: Doubles, root: Floats, data: Floats, total: Doubles
) -> None:
    for k in range(len(total)):
        here = 0.0
        for p in range(start[k], start[k + 1]):
            here += weight[parts[p]]
            data[p] = root[parts[p]]
        total[k] = here
