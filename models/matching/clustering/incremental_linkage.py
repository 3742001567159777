"""Average linkage beside groups that stand: entities join one of them or each other, and two
that stood before are never joined.
"""

import heapq

import numpy as np

from gluematch.models.matching.kernels.arrays import Doubles, Longs
from gluematch.models.matching.records.pairs import Pairs

from .linkage import Groups, required_probability

Links = list[dict[int, tuple[float, int]]]
"""For each unit, to each unit that it has scored pairs with: their sum and number."""


def link_to_groups(pairs: Pairs, probability: Doubles, anchor: Longs, threshold: float) -> Groups:
    """Groups of the u entities: those of one `anchor` (u,), -1 for none, stay together, and
    from the surest on every two units are joined whose pairs have a mean of `threshold`, more
    where many pairs are joined at once.

    A group's confidence is the weakest join in it; 1 where none was made.
    """
    names, unit = _units(anchor)
    count = len(names)
    size = np.bincount(unit, minlength=count).tolist()
    held = (names >= 0).tolist()
    links = _links(pairs, probability, unit, count)
    queue = [(-s / n, a, b) for a in range(count) for b, (s, n) in links[a].items() if a < b]
    heapq.heapify(queue)
    owner, weakest = list(range(count)), [1.0] * count
    while queue:
        mean, a, b = heapq.heappop(queue)
        now = links[a].get(b)
        if now is None or -mean != now[0] / now[1]:
            continue
        if -mean < required_probability(threshold, size[a] * size[b]) or (held[a] and held[b]):
            continue
        if len(links[a]) < len(links[b]):
            a, b = b, a
        _absorb(links, a, b)
        owner[b] = a
        size[a] += size[b]
        held[a] = held[a] or held[b]
        weakest[a] = min(weakest[a], weakest[b], -mean)
        for other, (s, n) in links[a].items():
            heapq.heappush(queue, (-s / n, min(a, other), max(a, other)))
    root = np.array([_root(owner, k) for k in range(count)], dtype=np.int64)
    groups, number = np.unique(root, return_inverse=True)
    return Groups(number[unit].astype(np.int32), np.array(weakest)[groups])


def _units(anchor: Longs) -> tuple[Longs, Longs]:
    """The units, by their anchors, -1 for one entity alone; and each entity's unit."""
    alone = anchor < 0
    names, held = np.unique(anchor[~alone], return_inverse=True)
    unit = np.empty(len(anchor), dtype=np.int64)
    unit[~alone] = held
    unit[alone] = len(names) + np.arange(int(alone.sum()))
    return np.concatenate([names, np.full(int(alone.sum()), -1, dtype=np.int64)]), unit


def _links(pairs: Pairs, probability: Doubles, unit: Longs, count: int) -> Links:
    links: Links = [{} for _ in range(count)]
    ends = zip(unit[pairs.i].tolist(), unit[pairs.j].tolist(), probability.tolist(), strict=True)
    for a, b, p in ends:
        if a != b:
            s, n = links[a].get(b, (0.0, 0))
            links[a][b] = links[b][a] = (s + p, n + 1)
    return links


def _absorb(links: Links, a: int, b: int) -> None:
    """Unit b becomes a part of a."""
    for other, (s, n) in links[b].items():
        del links[other][b]
        if other != a:
            before, more = links[a].get(other, (0.0, 0))
            links[a][other] = links[other][a] = (before + s, more + n)
    links[b] = {}


def _root(owner: list[int], k: int) -> int:
    while owner[k] != k:
        k = owner[k]
    return k
