"""Compiled loops over many pairs that are not about text: what two sparse rows share, how a
pair stands among its rivals, and the walk through a forest.
"""

import numpy as np
from scipy import sparse

from .arrays import AnyArray, Doubles, Floats, Ints, Longs
from .compiled import compiled, spread

_ROWS = 64
_MARKED = 32


def shared(matrix: sparse.csr_matrix, i: Ints, j: Ints) -> Doubles:
    """The product of rows i and j of `matrix`, whose columns are sorted: (m,)."""
    out = np.empty(len(i))
    start, wide = matrix.indptr.astype(np.uint64), matrix.shape[1]
    parts, weights = matrix.indices.view(np.uint32), matrix.data

    def loop(s: int, e: int) -> None:
        if wide <= _MARKED * (e - s):
            _marked(start, parts, weights, np.zeros(wide, weights.dtype), i[s:e], j[s:e], out[s:e])
        else:
            _shared(start, parts, weights, i[s:e], j[s:e], out[s:e])

    spread(len(i), loop)
    return out


def forest_means(
    feature: Ints,
    threshold: Doubles,
    left: Ints,
    right: Ints,
    value: Floats,
    depth: int,
    matrix: Floats,
) -> Doubles:
    """The mean leaf of t trees for each of m rows: (m,); nodes as in `forest.Forest`."""
    out = np.zeros(len(matrix))
    rows = np.ascontiguousarray(matrix)
    # signed numbers would be asked at each step whether they count from the end
    ways = np.stack([left, right], axis=2).reshape(len(left), -1).astype(np.uint32)
    asked = feature.astype(np.uint32)

    def loop(s: int, e: int) -> None:
        _forest(asked, threshold, ways, value, depth, rows[s:e], out[s:e])

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
def _marked(
    start: AnyArray,
    part: AnyArray,
    weight: Floats,
    mark: Floats,
    i: Ints,
    j: Ints,
    out: AnyArray,
) -> None:
    """Lay row i out in `mark`, which is all zero before, for all pairs of i that follow each
    other, and look the parts of row j up there."""
    last = -1
    for k in range(len(i)):
        if i[k] != last:
            if last >= 0:
                for p in range(start[last], start[last + 1]):
                    mark[part[p]] = 0
            last = i[k]
            for p in range(start[last], start[last + 1]):
                mark[part[p]] = weight[p]
        total = 0.0
        for p in range(start[j[k]], start[j[k] + 1]):
            total += mark[part[p]] * weight[p]
        out[k] = total


@compiled
def _shared(
    start: AnyArray, part: AnyArray, weight: Floats, i: Ints, j: Ints, out: AnyArray
) -> None:
    one, none = np.uint64(1), np.uint64(0)
    for k in range(len(i)):
        a, a_end = start[i[k]], start[i[k] + 1]
        b, b_end = start[j[k]], start[j[k] + 1]
        total = 0.0
        while a < a_end and b < b_end:
            x, y = part[a], part[b]
            both = weight[a] * weight[b]
            total += both if x == y else 0.0
            a += one if x <= y else none
            b += one if y <= x else none
        out[k] = total


@compiled
def _forest(
    asked: AnyArray,
    threshold: Doubles,
    ways: AnyArray,
    value: Floats,
    depth: int,
    rows: Floats,
    out: AnyArray,
) -> None:
    """Walk many rows down a tree side by side, a level at a time, so that no step waits for
    another, and rows and one tree stay in the cache."""
    node = np.zeros(_ROWS, dtype=np.uint32)
    for start in range(0, len(rows), _ROWS):
        count = min(_ROWS, len(rows) - start)
        for tree in range(len(asked)):
            features, bars, following = asked[tree], threshold[tree], ways[tree]
            node[:] = 0
            for _ in range(depth):
                for k in range(count):
                    here = node[k]
                    below = rows[start + k, features[here]] <= bars[here]
                    turn = np.uint32(0) if below else np.uint32(1)
                    node[k] = following[np.uint32(2) * here + turn]
            for k in range(count):
                out[start + k] += value[tree, node[k]]
        for k in range(start, start + count):
            out[k] /= len(asked)


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
