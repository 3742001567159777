"""Compiled loops over many pairs that are not about text: what two sparse rows share, how a
pair stands among its rivals, and the walk through a forest.
"""

import numpy as np
from scipy import sparse

from .arrays import AnyArray, Doubles, Floats, Ints, Longs
from .compiled import compiled, spread

_ROWS = 128


def shared(matrix: sparse.csr_matrix, i: Ints, j: Ints) -> Doubles:
    """The product of rows i and j of `matrix`, whose columns are sorted: (m,)."""
    out = np.empty(len(i))
    start = matrix.indptr.astype(np.int64)

    def loop(s: int, e: int) -> None:
        _shared(start, matrix.indices, matrix.data, i[s:e], j[s:e], out[s:e])

    spread(len(i), loop)
    return out


def forest_means(
    feature: Ints, threshold: Doubles, left: Ints, right: Ints, value: Floats, matrix: Floats
) -> Doubles:
    """The mean leaf of t trees for each of m rows: (m,); nodes as in `forest.Forest`."""
    out = np.zeros(len(matrix))
    rows = np.ascontiguousarray(matrix)

    def loop(s: int, e: int) -> None:
        _forest(feature, threshold, left, right, value, rows[s:e], out[s:e])

    spread(len(rows), loop)
    return out


def ranks(i: Ints, j: Ints, score: Doubles, entities: int) -> tuple[Longs, Longs, Doubles, Doubles]:
    """For both ends of each pair how many pairs of that entity score higher (ties: as they
    stand), and per entity its best and second-best score, 0 where it has none."""
    count = np.bincount(i, minlength=entities) + np.bincount(j, minlength=entities)
    start = np.zeros(entities + 1, dtype=np.int64)
    np.cumsum(count, out=start[1:])
    place = np.empty(2 * len(i), dtype=np.int64)
    _by_end(i, j, start[:-1].copy(), place)
    rank = np.empty(2 * len(i), dtype=np.int64)
    best, second = np.zeros(entities), np.zeros(entities)

    def loop(s: int, e: int) -> None:
        _rank(start[s : e + 1], place, score, rank, best[s:e], second[s:e])

    spread(entities, loop)
    return rank[: len(i)], rank[len(i) :], best, second


@compiled
def _shared(start: Longs, part: Ints, weight: Floats, i: Ints, j: Ints, out: AnyArray) -> None:
    for k in range(len(i)):
        a, a_end = start[i[k]], start[i[k] + 1]
        b, b_end = start[j[k]], start[j[k] + 1]
        total = 0.0
        while a < a_end and b < b_end:
            if part[a] < part[b]:
                a += 1
            elif part[b] < part[a]:
                b += 1
            else:
                total += weight[a] * weight[b]
                a += 1
                b += 1
        out[k] = total


@compiled
def _forest(
    feature: Ints,
    threshold: Doubles,
    left: Ints,
    right: Ints,
    value: Floats,
    rows: Floats,
    out: AnyArray,
) -> None:
    for start in range(0, len(rows), _ROWS):  # so that rows and one tree stay in the cache
        end = min(start + _ROWS, len(rows))
        for tree in range(len(feature)):
            features, bars = feature[tree], threshold[tree]
            lefts, rights = left[tree], right[tree]
            for k in range(start, end):
                node = 0
                while lefts[node] != node:
                    node = lefts[node] if rows[k, features[node]] <= bars[node] else rights[node]
                out[k] += value[tree, node]
        for k in range(start, end):
            out[k] /= len(feature)


@compiled
def _by_end(i: Ints, j: Ints, fill: Longs, place: Longs) -> None:
    """Lay the pairs' ends (k for i, m + k for j) out entity by entity."""
    m = len(i)
    for k in range(m):
        place[fill[i[k]]] = k
        fill[i[k]] += 1
    for k in range(m):
        place[fill[j[k]]] = m + k
        fill[j[k]] += 1


@compiled
def _rank(
    start: Longs, place: Longs, score: Doubles, rank: Longs, best: Doubles, second: Doubles
) -> None:
    m = len(score)
    for entity in range(len(start) - 1):
        ends = place[start[entity] : start[entity + 1]]
        values = np.empty(len(ends))
        for k in range(len(ends)):
            values[k] = score[ends[k] % m]
        order = np.argsort(-values, kind="mergesort")
        for k in range(len(ends)):
            rank[ends[order[k]]] = k
        if len(ends) > 0:
            best[entity] = values[order[0]]
        if len(ends) > 1:
            second[entity] = values[order[1]]
