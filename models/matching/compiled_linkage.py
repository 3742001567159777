"""Average linkage of many small components in one compiled loop: the groups that scipy's
linkage and cut give each of them, without a Python call for each.
"""

import numpy as np

from .arrays import AnyArray, Doubles, Ints, Longs
from .compiled import compiled, spread
from .large import CAUTION, FEW, SMALL_COMPONENT


def cut_small(
    size: int, ends: tuple[Ints, Ints], probability: Doubles, edges: AnyArray, threshold: float
) -> tuple[Longs, Doubles]:
    """Each entity's group (u,), named by its first member, and each group's weakest merge
    at that place (u,), of components whose pairs are edges[0] to edges[1], and so on.

    Pairs are sorted by component; a component has at most SMALL_COMPONENT members.
    """
    group = np.arange(size, dtype=np.int64)
    weakest = np.ones(size)

    def loop(s: int, e: int) -> None:
        _cut(edges[s : e + 1], ends[0], ends[1], probability, threshold, group, weakest)

    spread(len(edges) - 1, loop)
    return group, weakest


@compiled
def _cut(
    edges: Longs,
    i: Ints,
    j: Ints,
    p: Doubles,
    threshold: float,
    group: Longs,
    weakest: Doubles,
) -> None:
    members = np.empty(SMALL_COMPONENT, dtype=np.int64)
    likely = np.empty((SMALL_COMPONENT, SMALL_COMPONENT))
    for c in range(len(edges) - 1):
        n = _read(i, j, p, edges[c], edges[c + 1], members, likely)
        _link(n, members, likely, threshold - 1e-9, group, weakest)


@compiled
def _read(
    i: Ints, j: Ints, p: Doubles, start: int, end: int, members: Longs, likely: Doubles
) -> int:
    """Lay out one component: its members in order, and the pairs' probabilities, else 0."""
    found = np.unique(np.concatenate((i[start:end], j[start:end])))
    n = len(found)
    members[:n] = found
    likely[:n, :n] = 0
    for k in range(start, end):
        a, b = np.searchsorted(found, i[k]), np.searchsorted(found, j[k])
        likely[a, b] = p[k]
        likely[b, a] = p[k]
    return n


@compiled
def _link(
    n: int, members: Longs, likely: Doubles, threshold: float, group: Longs, weakest: Doubles
) -> None:
    """Join the two most probable groups, by the mean over their pairs, while that is at
    least the threshold, and higher for large groups. A group lives at the place of its first
    member; one that a refused merge absorbed joins nothing more."""
    weight = np.ones(n)
    owner = np.arange(n)
    open_ = np.ones(n, dtype=np.bool_)
    while True:
        best, left, right = threshold, -1, -1
        for a in range(n):
            for b in range(a + 1, n):
                alive = weight[a] > 0 and weight[b] > 0
                mean = likely[a, b]
                if alive and (mean > best or (left < 0 and mean == best)):
                    best, left, right = mean, a, b
        if left < 0:
            break
        total = weight[left] + weight[right]
        for k in range(n):
            mean = (weight[left] * likely[left, k] + weight[right] * likely[right, k]) / total
            likely[left, k] = mean
            likely[k, left] = mean
        made = weight[left] * weight[right]
        more = CAUTION * max(0.0, 1 - FEW / np.sqrt(made))
        needed = threshold / (threshold + (1 - threshold) / np.exp(more))
        open_[left] = open_[left] and open_[right] and best >= needed
        weight[left], weight[right] = total, 0
        if not open_[left]:
            continue
        weakest[members[left]] = best
        for k in range(n):
            if owner[k] == right:
                owner[k] = left
    for k in range(n):
        group[members[k]] = members[owner[k]]
