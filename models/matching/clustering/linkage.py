"""Probabilities of pairs in, groups of entities out: connected components, average linkage
inside each, cut where the tradeoff says.

The tree does not depend on the cut, so a higher cut only ever splits groups.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.cluster.hierarchy import linkage
from scipy.sparse.csgraph import connected_components

from gluematch.models.matching.kernels.arrays import Doubles, Flags, Ints, Longs
from gluematch.models.matching.kernels.size_limits import CAUTION, FEW, SMALL_COMPONENT
from gluematch.models.matching.records.pairs import Pairs, pairs_of, positions

from .batched_linkage import cut_small

FLOOR = 0.05
LARGEST = 600
HIGHEST_FLOOR = 0.999


@dataclass(frozen=True, slots=True, eq=False)
class LinkedPairs:
    """The pairs that can end in one group, with their components: `component` (u,)."""

    pairs: Pairs
    probability: Doubles
    component: Ints


def link(size: int, pairs: Pairs, probability: Doubles) -> LinkedPairs:
    """Keep the pairs above the floor, and raise it inside components that grow too large."""
    kept = probability >= FLOOR
    floor = FLOOR
    while True:
        component = components(size, Pairs(pairs.i[kept], pairs.j[kept]))
        counts = np.bincount(component, minlength=1)
        large = counts[component] > LARGEST
        if not large.any() or floor > HIGHEST_FLOOR:
            break
        floor = next_floor(floor)
        kept &= ~(large[pairs.i] & (probability < floor))
    chosen = Pairs(pairs.i[kept], pairs.j[kept])
    return LinkedPairs(chosen, probability[kept], component)


def next_floor(floor: float) -> float:
    """The next floor inside components that are still too large."""
    return 1 - (1 - floor) / 1.5


def components(size: int, pairs: Pairs) -> Ints:
    """The component of each entity (size,), numbered in the order of their first members."""
    i, j = pairs.i, pairs.j
    graph = sparse.coo_matrix((np.ones(len(i), dtype=np.int8), (i, j)), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int32)


def missing_pairs(linked: LinkedPairs, most: int) -> Pairs:
    """The pairs inside components that nobody has scored, smallest components first, at
    most about `most` of them."""
    counts = np.bincount(linked.component, minlength=1).astype(np.int64)
    return absent_pairs(linked, to_complete(counts, most))


def to_complete(counts: Longs, most: int) -> Flags:
    """Which components, of so many members each, are completed: the smallest first, and of
    those the first, while all their pairs are at most `most`."""
    lone_pairs = int((counts == 2).sum())
    larger = np.flatnonzero(counts >= 3)
    order = larger[np.argsort(counts[larger], kind="stable")]
    cost = lone_pairs + np.cumsum(counts[order] * (counts[order] - 1) // 2)
    chosen = np.zeros(len(counts), dtype=np.bool_)
    chosen[order] = cost <= most
    return chosen


def absent_pairs(linked: LinkedPairs, chosen: Flags) -> Pairs:
    """The pairs inside the `chosen` components that nobody has scored."""
    counts = np.bincount(linked.component, minlength=1).astype(np.int64)
    rows = np.flatnonzero(chosen[linked.component])
    sizes = counts[linked.component[rows]]
    by_size = sizes << 32 | linked.component[rows]
    rows = rows[np.argsort(by_size, kind="stable")]
    a, b = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    at = 0
    for size, total in zip(*np.unique(sizes, return_counts=True), strict=True):
        alike = rows[at : at + total].reshape(-1, size)
        left, right = np.triu_indices(size, 1)
        a.append(alike[:, left].ravel())
        b.append(alike[:, right].ravel())
        at += total
    inside = pairs_of(np.concatenate(a), np.concatenate(b))
    fresh = positions(linked.pairs, inside.i, inside.j) < 0
    return Pairs(inside.i[fresh], inside.j[fresh])


def members_of(component: Ints, chosen: Flags) -> list[Longs]:
    """The members of each of the `chosen` components, in order."""
    rows = np.flatnonzero(chosen[component])
    order = rows[np.argsort(component[rows], kind="stable")]
    return [g for g in np.split(order, np.flatnonzero(np.diff(component[order])) + 1) if len(g)]


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """`group` (u,) numbers each entity's group; `confidence` (groups,) is 0 to 1."""

    group: Ints
    confidence: Doubles


def cut(linked: LinkedPairs, threshold: float) -> Groups:
    """Groups whose average probability, merge by merge, is at least `threshold`.

    A group's confidence is the weakest merge inside it; a lone entity's is one minus its
    best rejected link.
    """
    pairs, probability, component = linked.pairs, linked.probability, linked.component
    best = np.zeros(len(component))
    np.maximum.at(best, pairs.i, probability)
    np.maximum.at(best, pairs.j, probability)
    owner = component[pairs.i]
    small = np.bincount(component, minlength=1)[owner] <= SMALL_COMPONENT
    some = Pairs(pairs.i[small], pairs.j[small])
    group, weakest = cut_small(some, probability[small], component, threshold)
    order = np.flatnonzero(~small)
    order = order[np.argsort(owner[order], kind="stable")]
    for mine in np.split(order, np.flatnonzero(np.diff(owner[order])) + 1) if len(order) else ():
        x, y = pairs.i[mine], pairs.j[mine]
        members, at = np.unique(np.concatenate([x, y]), return_inverse=True)
        a, b = at[: len(x)], at[len(x) :]
        for part, height in _cut_one(len(members), a, b, probability[mine], threshold):
            group[members[part]] = members[part[0]]
            weakest[members[part[0]]] = height
    root, number = np.unique(group, return_inverse=True)
    lone = np.bincount(number, minlength=len(root)) == 1
    confidence = np.where(lone, 1 - best[root], weakest[root])
    return Groups(number.astype(np.int32), np.clip(confidence, 0.0, 1.0))


def _cut_one(n: int, a: Longs, b: Longs, p: Doubles, threshold: float) -> list[tuple[Longs, float]]:
    """The groups of one component, each with the probability of its weakest merge."""
    members = [[k] for k in range(n)]
    weakest = [1.0] * (2 * n - 1)
    for merge in merges(n, a, b, p, threshold):
        one, other = members[merge.one], members[merge.other]
        members.append([])
        if merge.taken:
            surest = min(weakest[merge.one], weakest[merge.other])
            weakest[len(members) - 1] = min(surest, merge.probability)
            members[merge.one], members[merge.other] = [], []
            members[-1] = one + other
    return [(np.array(sorted(g)), w) for g, w in zip(members, weakest, strict=True) if g]


@dataclass(frozen=True, slots=True)
class Merge:
    """A merge of two clusters: below n a member, from n on the (number - n)th merge.

    `probability` is the mean over the pairs between them, `needed` what it takes to merge.
    """

    one: int
    other: int
    probability: float
    needed: float
    taken: bool


def merges(n: int, a: Longs, b: Longs, p: Doubles, threshold: float) -> list[Merge]:
    """The linkage tree over n members of one component, whose scored pairs are (a, b).

    Merges are taken from the surest on while every merge below them was; merges of large
    groups need more, for one mistake there is many wrong pairs at once.
    """
    distance = np.ones(n * (n - 1) // 2)
    low, high = np.minimum(a, b), np.maximum(a, b)
    distance[n * low - low * (low + 1) // 2 + high - low - 1] = 1 - p
    sizes, whole = [1] * n, [True] * n
    found = []
    for left, right, source_column, size in linkage(distance, method="average").tolist():
        one, other = int(left), int(right)
        bar = required_probability(threshold, sizes[one] * sizes[other])
        taken = whole[one] and whole[other] and 1 - source_column >= bar
        sizes.append(int(size))
        whole.append(taken)
        found.append(Merge(one, other, 1 - source_column, bar, taken))
    return found


def required_probability(threshold: float, pairs: int) -> float:
    """The average probability from which a merge that makes so many pairs is taken."""
    more = CAUTION * max(0.0, 1 - FEW / math.sqrt(pairs))
    return (
        threshold - 1e-9
        if more == 0
        else threshold / (threshold + (1 - threshold) / math.exp(more))
    )
