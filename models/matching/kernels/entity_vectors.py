"""Compiled loops that put the parts of whole entities together, from those of their values."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from .arrays import AnyArray, Doubles, Floats, Ints, Longs
from .compile_loops import compiled
from .parallel import concatenate, parallel_ranges
from .token_loops import sort_distinct

_AHEAD = 16


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


def entities(
    size: int, codes_of: Sequence[Ints], values: Stack, *, ordered: bool
) -> sparse.csr_matrix:
    """The parts of whole entities (size, parts), with room for the weight of each, from those of
    the values that they have in each column: `codes_of` (size,), -1 where missing. Those of an
    entity are in order only if that is asked for."""
    codes = np.column_stack([np.zeros((size, 0), dtype=np.int32), *codes_of])
    before, first, listed = values.before, values.first, values.listed
    count = np.zeros(size + 1, dtype=np.int64)
    found: dict[int, Ints] = {}

    def gather(s: int, e: int) -> None:
        candidates = np.full(values.wide, e - s, dtype=np.uint32)
        parts = np.empty(_most_parts(codes[s:e], before, first), dtype=np.int32)
        total = _gather(codes[s:e], before, first, listed, candidates, parts, count[s + 1 : e + 1])
        if ordered:
            _sort_each(parts, count[s + 1 : e + 1])
        found[s] = parts[:total]

    parallel_ranges(size, gather)
    np.cumsum(count, out=count)
    nothing = np.zeros(0, dtype=np.int32)
    parts = concatenate([nothing, *(found.pop(s) for s in sorted(found))])
    weights = np.empty(len(parts), dtype=np.float32)
    matrix = sparse.csr_matrix((weights, parts, count), shape=(size, values.wide))
    matrix.has_sorted_indices = ordered
    return matrix


def counts(matrix: sparse.csr_matrix) -> Longs:
    """How many rows of a matrix have each part."""
    start, wide = matrix.indptr, matrix.shape[1]
    found: list[Longs] = []

    def count(s: int, e: int) -> None:
        here = np.zeros(wide, dtype=np.int64)
        _count(matrix.indices[start[s] : start[e]], here)
        found.append(here)

    rows = matrix.shape[0]
    parallel_ranges(rows, count, max(rows // (os.cpu_count() or 1) + 1, wide // 8))
    return np.asarray(np.sum([np.zeros(wide, dtype=np.int64), *found], axis=0), dtype=np.int64)


def weigh(matrix: sparse.csr_matrix, weight: Doubles) -> Doubles:
    """Put the square root of each part's weight into the matrix; each row's total weight."""
    total = np.zeros(matrix.shape[0])
    start, root = matrix.indptr.astype(np.int64), np.sqrt(weight).astype(np.float32)

    def loop(s: int, e: int) -> None:
        _weigh(start[s : e + 1], matrix.indices, weight, root, matrix.data, total[s:e])

    parallel_ranges(len(total), loop)
    return total


@compiled
def _most_parts(codes_of: Ints, before: Longs, rows: AnyArray) -> Any:
    """How many parts the values of all entities have, those of one counted apart."""
    most = np.uint64(0)
    for e in range(codes_of.shape[0]):
        for c in range(codes_of.shape[1]):
            if codes_of[e, c] >= 0:
                at = before[c] + codes_of[e, c]
                most += rows[at + 1] - rows[at]
    return most


@compiled
def _gather(
    codes_of: Ints,
    before: Longs,
    rows: AnyArray,
    listed: Ints,
    candidates: AnyArray,
    parts: Ints,
    count: Longs,
) -> Any:
    """Write the parts of the values of each entity, each once, and count them. `candidates` says
    which entity a part was last found in."""
    columns = codes_of.shape[1]
    begin = np.empty((_AHEAD, columns), dtype=np.uint64)
    end = np.empty((_AHEAD, columns), dtype=np.uint64)
    touched = np.empty((_AHEAD, columns), dtype=np.int32)
    n = np.uint64(0)
    for lead in range(0, len(count), _AHEAD):
        ahead = min(_AHEAD, len(count) - lead)
        _fetch(codes_of[lead : lead + ahead], before, rows, listed, begin, end, touched)
        for k in range(ahead):
            begun, mark = n, np.uint32(lead + k)
            for c in range(columns):
                for p in range(begin[k, c], end[k, c]):
                    part = listed[p]
                    parts[n] = part
                    place = np.uint32(part)
                    n += np.uint64(candidates[place] != mark)
                    candidates[place] = mark
            count[lead + k] = np.int64(n - begun)
    return n


@compiled
def _fetch(
    codes_of: Ints,
    before: Longs,
    rows: AnyArray,
    listed: Ints,
    begin: AnyArray,
    end: AnyArray,
    touched: Ints,
) -> None:
    """Where the parts of the values of a few entities begin and end. What is far away in memory
    is fetched for all of them at once, which takes hardly longer than for one."""
    last = np.uint64(len(listed) - 1)
    for k in range(codes_of.shape[0]):
        for c in range(codes_of.shape[1]):
            at = before[c] + max(codes_of[k, c], 0)
            begin[k, c] = rows[at]
            end[k, c] = rows[at + 1] if codes_of[k, c] >= 0 else rows[at]
    for k in range(codes_of.shape[0]):
        for c in range(codes_of.shape[1]):
            touched[k, c] = listed[min(begin[k, c], last)] if len(listed) else 0


@compiled
def _sort_each(parts: Ints, count: Longs) -> None:
    at = 0
    for k in range(len(count)):
        sort_distinct(parts[at : at + count[k]])
        at += count[k]


@compiled
def _count(parts: Ints, count: Longs) -> None:
    for k in range(len(parts)):
        count[np.uint32(parts[k])] += 1


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
