"""Average linkage of many small components at once: components of one size are one array, and
a step of the loop joins two groups in each of them.
"""

import numpy as np

from gluematch.models.matching.kernels.arrays import Doubles, Flags, Ints, Longs
from gluematch.models.matching.kernels.size_limits import CAUTION, FEW
from gluematch.models.matching.records.pairs import Pairs

_CELLS = 1 << 21
_GONE = -1.0


def cut_small(
    pairs: Pairs, probability: Doubles, component: Ints, threshold: float
) -> tuple[Longs, Doubles]:
    """Each entity's group (u,), named by its first member, and each group's weakest merge
    at that place (u,), inside the components (u,) that `pairs` (m,) lie in.

    The two most probable groups are joined, by the mean over their pairs, while that is at
    least the threshold, and higher for large groups.
    """
    group, weakest = np.arange(len(component), dtype=np.int64), np.ones(len(component))
    named = np.zeros(len(component), dtype=np.bool_)
    named[pairs.i] = named[pairs.j] = True
    members = np.flatnonzero(named)
    members = members[np.argsort(component[members], kind="stable")]
    counts = np.bincount(component[members])
    first = np.cumsum(counts) - counts
    place = np.empty(len(component), dtype=np.int64)
    place[members] = np.arange(len(members)) - np.repeat(first, counts)
    owner = component[pairs.i]
    for n in np.unique(counts[counts > 0]).tolist():
        alike = np.flatnonzero(counts == n)
        own = np.flatnonzero(counts[owner] == n)
        own = own[np.argsort(owner[own], kind="stable")]
        for start in range(0, len(alike), max(_CELLS // (n * n), 1)):
            here = alike[start : start + max(_CELLS // (n * n), 1)]
            mine = own[slice(*np.searchsorted(owner[own], [here[0], here[-1] + 1]))]
            at = np.searchsorted(here, owner[mine])
            likely = np.zeros((len(here), n, n))
            likely[:, np.arange(n), np.arange(n)] = _GONE
            a, b = place[pairs.i[mine]], place[pairs.j[mine]]
            likely[at, a, b] = likely[at, b, a] = probability[mine]
            leader, height = _joined(likely, threshold - 1e-9)
            who = members[first[here][:, None] + np.arange(n)]
            group[who] = np.take_along_axis(who, leader, axis=1)
            weakest[who] = height
    return group, weakest


def _joined(likely: Doubles, threshold: float) -> tuple[Longs, Doubles]:
    """The leader of each member's group (k, n), its first member, and there the group's weakest
    merge (k, n), of k components of n members. `likely` (k, n, n) is used up.

    A group lives at the place of its first member; one that a refused merge absorbed joins
    nothing more.
    """
    k, n, _ = likely.shape
    leader = np.tile(np.arange(n), (k, 1))
    height, weight = np.ones((k, n)), np.ones((k, n))
    whole: Flags = np.ones((k, n), dtype=np.bool_)
    going = np.arange(k)
    for _ in range(n - 1):
        flat = likely.reshape(k, n * n)[going]
        best = flat.argmax(axis=1)
        mean = flat[np.arange(len(going)), best]
        likeliest = mean >= threshold
        going, best, mean = going[likeliest], best[likeliest], mean[likeliest]
        if not len(going):
            break
        left, right = best // n, best % n
        one, other = weight[going, left], weight[going, right]
        bar = _needed(threshold, one * other)
        taken = whole[going, left] & whole[going, right] & (mean >= bar)
        row = one[:, None] * likely[going, left] + other[:, None] * likely[going, right]
        row /= (one + other)[:, None]
        row[(likely[going, left] == _GONE) | (likely[going, right] == _GONE)] = _GONE
        likely[going, left], likely[going, :, left] = row, row
        likely[going, right], likely[going, :, right] = _GONE, _GONE
        weight[going, left] = one + other
        whole[going, left] = taken
        done, left, right = going[taken], left[taken], right[taken]
        height[done, left] = mean[taken]
        leader[done] = np.where(leader[done] == right[:, None], left[:, None], leader[done])
    return leader, height


def _needed(threshold: float, pairs: Doubles) -> Doubles:
    """`clustering.needed` of many merges."""
    more = CAUTION * np.maximum(0.0, 1 - FEW / np.sqrt(pairs))
    return np.asarray(threshold / (threshold + (1 - threshold) / np.exp(more)))
