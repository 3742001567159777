"""Compiled loops that tell how each pair stands among the other pairs of its two entities."""

import numpy as np

from .arrays import Doubles, Flags, Floats, Ints, Longs
from .compile_loops import compiled
from .parallel import parallel_ranges

_FEW = 32

Ends = tuple[Longs, Ints]
"""Where the ends of each entity's pairs start, and the ends: k is the first of pair k of m
pairs, m + k the second."""


def pairs_by_entity(i: Ints, j: Ints, entities: int) -> Ends:
    """The ends of the pairs (i, j) entity by entity, the first ends first."""
    start = np.zeros(entities + 1, dtype=np.int64)
    _add_ends(i, j, start[1:])
    np.cumsum(start, out=start)
    place = np.empty(2 * len(i), dtype=np.int32)
    _lay_ends(i, j, start[:-1].copy(), place)
    return start, place


def ranks(ends: Ends, score: Floats | Doubles) -> tuple[Ints, Doubles]:
    """For both ends of each pair, the first ends first: how many pairs of that entity score
    higher (ties: as they stand), and the best score of the others (2m,), 0 if there is none."""
    start, place = ends
    rank = np.empty(len(place), dtype=np.int32)
    competitor = np.empty(len(place))
    parallel_ranges(
        len(start) - 1, lambda s, e: _rank(start[s : e + 1], place, score, rank, competitor)
    )
    return rank, competitor


def rank_features(
    score: Floats | Doubles, rank: Ints, competitor: Doubles
) -> tuple[Floats, Floats, Floats]:
    """`standing.stand` of pairs of which both ends are known as `ranks` tells them."""
    m = len(score)
    told = np.empty((3, m), dtype=np.float32)

    def loop(s: int, e: int) -> None:
        ranks_here, rivals_here = (
            (rank[s:e], rank[m + s : m + e]),
            (competitor[s:e], competitor[m + s : m + e]),
        )
        _rank_features(score[s:e], *ranks_here, *rivals_here, told[:, s:e])

    parallel_ranges(m, loop)
    return told[0], told[1], told[2]


def best_pairs(i: Ints, j: Ints, score: Doubles, entities: int) -> tuple[Flags, Flags]:
    """Which pairs score highest at their first, and which at their second entity: (m,) each; of
    equal ones the one that `ranks` puts first."""
    first, second = np.full((2, entities), -1, dtype=np.int64)
    top = ((i, first), (j, second))

    def find(s: int, e: int) -> None:
        for end, best in top[s:e]:
            _top(end, score, best)

    parallel_ranges(len(top), find, 1)
    one, other = np.empty((2, len(i)), dtype=np.bool_)

    parallel_ranges(
        len(i), lambda s, e: _best_pairs(i, j, score, first, second, s, one[s:e], other[s:e])
    )
    return one, other


@compiled
def _add_ends(i: Ints, j: Ints, count: Longs) -> None:
    for k in range(len(i)):
        count[np.uint32(i[k])] += 1
        count[np.uint32(j[k])] += 1


@compiled
def _lay_ends(i: Ints, j: Ints, fill: Longs, place: Ints) -> None:
    m = len(i)
    for k in range(m):
        e = np.uint32(i[k])
        place[np.uint64(fill[e])] = k
        fill[e] += 1
    for k in range(m):
        e = np.uint32(j[k])
        place[np.uint64(fill[e])] = m + k
        fill[e] += 1


@compiled
def _rank(
    start: Longs, place: Ints, score: Floats | Doubles, rank: Ints, competitor: Doubles
) -> None:
    m = len(score)
    few = np.empty(_FEW)
    for entity in range(len(start) - 1):
        ends = place[start[entity] : start[entity + 1]]
        n = len(ends)
        values = few if n <= _FEW else np.empty(n)
        for k in range(n):
            values[k] = score[ends[k] - m if ends[k] >= m else ends[k]]
        if n <= _FEW:
            for k in range(n):
                above = 0
                for q in range(n):
                    above += values[q] > values[k] or (values[q] == values[k] and q < k)
                rank[ends[k]] = above
        else:
            order = np.argsort(-values, kind="mergesort")
            for k in range(n):
                rank[ends[order[k]]] = k
        best = second = 0.0
        for k in range(n):
            if rank[ends[k]] == 0:
                best = values[k]
            elif rank[ends[k]] == 1:
                second = values[k]
        for k in range(n):
            competitor[ends[k]] = second if rank[ends[k]] == 0 else best


@compiled
def _rank_features(
    score: Floats | Doubles,
    rank_i: Ints,
    rank_j: Ints,
    rival_i: Doubles,
    rival_j: Doubles,
    told: Floats,
) -> None:
    for k in range(len(score)):
        gap_i, gap_j = score[k] - rival_i[k], score[k] - rival_j[k]
        told[0, k] = max(gap_i, gap_j)
        told[1, k] = min(gap_i, gap_j)
        told[2, k] = 1 / (1 + max(rank_i[k], rank_j[k]))


@compiled
def _top(end: Ints, score: Doubles, top: Longs) -> None:
    """The first of the best pairs at each entity, of those that have this end there."""
    for k in range(len(end)):
        e = np.uint32(end[k])
        if top[e] < 0 or score[k] > score[top[e]]:
            top[e] = k


@compiled
def _best_pairs(
    i: Ints, j: Ints, score: Doubles, first: Longs, second: Longs, at: int, one: Flags, other: Flags
) -> None:
    """Of the pairs from `at` on: those whose first end no second one outdoes, and the other way
    round, where an equal first one does too."""
    for k in range(len(one)):
        e, f = np.uint32(i[at + k]), np.uint32(j[at + k])
        mine = score[at + k]
        one[k] = first[e] == at + k and (second[e] < 0 or score[second[e]] <= mine)
        other[k] = second[f] == at + k and (first[f] < 0 or score[first[f]] < mine)
