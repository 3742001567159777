"""Connected components of edges that are spread over a cluster, by alternating large-star and
small-star operations (R. Kiveris, S. Lattanzi, V. Mirrokni, V. Rastogi, S. Vassilvitskii:
"Connected Components in MapReduce and Beyond", 2014).

Each operation only looks at a node's neighbours, and keeps what is connected. The paper proves
that O(log^2 n) rounds suffice, and conjectures O(log n); a path halves with every round.
"""

from functools import partial

import numpy as np

from gluematch.models.matching.clustering.linkage import components
from gluematch.models.matching.kernels.arrays import AnyArray, Ints, Longs
from gluematch.models.matching.kernels.parallel import single_core
from gluematch.models.matching.records.pairs import Pairs, pairs_of

from .shuffle import Arrays, Parts, cached, move_rows, part_of, zip_parts

_MIX = np.uint64(0x9E3779B97F4A7C15)


def large_star(pairs: Pairs, node: AnyArray) -> Pairs:
    """For each node that is marked in `node` (2m,) as an end of the pairs, first ends first: its
    larger neighbours linked to the least of all it is linked to, itself too."""
    here = np.concatenate([pairs.i, pairs.j])[node]
    there = np.concatenate([pairs.j, pairs.i])[node]
    least = _least(here, np.minimum(here, there))
    larger = there > here
    return pairs_of(least[larger], there[larger])


def small_star(pairs: Pairs) -> Pairs:
    """For each larger end of the pairs, all of whose pairs as such are here: itself and its
    smaller neighbours linked to the least of them."""
    least = _least(pairs.j, pairs.i)
    return pairs_of(np.concatenate([least, least]), np.concatenate([pairs.i, pairs.j]))


def _least(node: Ints, value: Ints) -> Ints:
    """The least value of each row's node: (m,)."""
    _, at = np.unique(node, return_inverse=True)
    least = np.full(int(at.max(initial=-1)) + 1, np.iinfo(np.int32).max, dtype=np.int32)
    np.minimum.at(least, at, value)
    return least[at]


def connected_components(edges: Parts, bounds: Longs) -> tuple[Parts, int]:
    """The component of the first end of each edge as a column `component`, named by its least
    member, and how many rounds it took.

    Edges `i`, `j` (i < j) are in the part of their first end, parts going by `bounds`.
    """
    state = edges.map(_contracted)
    before, rounds = None, 0
    while True:
        larger = _by_both(state, bounds).map(partial(_large, bounds))
        state = cached(move_rows(larger, partial(_at_larger, bounds)).map(_once))
        now = state.map(_told).reduce(lambda a, b: (a[0] + b[0], a[1] ^ b[1]))
        rounds += 1
        if now == before:
            break
        before = now
        state = state.map(_small)
    return zip_parts(edges, cached(state.map(_small))).map(_named), rounds


@single_core
def _contracted(part: tuple[int, Arrays]) -> tuple[int, Arrays]:
    """The edges of one part, by which each member hangs on the least that the part knows."""
    number, arrays = part
    members, at = np.unique(np.concatenate([arrays["i"], arrays["j"]]), return_inverse=True)
    m = len(arrays["i"])
    place = at.astype(np.int32)
    component = components(len(members), Pairs(place[:m], place[m:]))
    first = members[np.unique(component, return_index=True)[1]] if len(members) else members
    return number, _arrays(pairs_of(first[component] if len(members) else members, members))


def _by_both(state: Parts, bounds: Longs) -> Parts:
    """Each edge in the part of either end."""
    return move_rows(state.map(partial(_twice, bounds)), _to)


def _twice(bounds: Longs, part: tuple[int, Arrays]) -> tuple[int, Arrays]:
    number, arrays = part
    i, j = arrays["i"], arrays["j"]
    first, second = part_of(bounds, i), part_of(bounds, j)
    away = first != second
    return number, {
        "i": np.concatenate([i, i[away]]),
        "j": np.concatenate([j, j[away]]),
        "to": np.concatenate([first, second[away]]),
    }


def _to(_number: int, arrays: Arrays) -> Longs:
    return np.asarray(arrays["to"], dtype=np.int64)


def _large(bounds: Longs, part: tuple[int, Arrays]) -> tuple[int, Arrays]:
    number, arrays = part
    pairs = pairs_of(arrays["i"], arrays["j"])
    mine = part_of(bounds, np.concatenate([pairs.i, pairs.j])) == number
    return number, _arrays(large_star(pairs, mine))


def _small(part: tuple[int, Arrays]) -> tuple[int, Arrays]:
    return part[0], _arrays(small_star(Pairs(part[1]["i"], part[1]["j"])))


def _once(part: tuple[int, Arrays]) -> tuple[int, Arrays]:
    return part[0], _arrays(pairs_of(part[1]["i"], part[1]["j"]))


def _told(part: tuple[int, Arrays]) -> tuple[int, int]:
    """How many edges there are, and a mark of all of them in any order."""
    code = part[1]["i"].astype(np.uint64) << np.uint64(32) | part[1]["j"].astype(np.uint64)
    mixed = (code ^ (code >> np.uint64(29))) * _MIX
    return len(code), int(np.bitwise_xor.reduce(mixed ^ (mixed >> np.uint64(32)), initial=0))


def _named(two: tuple[tuple[int, Arrays], tuple[int, Arrays]]) -> tuple[int, Arrays]:
    """The edges, with the component of their first ends; what hangs on nothing is the least."""
    (number, edges), (_, stars) = two
    i = edges["i"]
    if not len(stars["j"]):
        return number, edges | {"component": i}
    order = np.argsort(stars["j"], kind="stable")
    at = np.minimum(np.searchsorted(stars["j"], i, sorter=order), len(order) - 1)
    hangs = stars["j"][order[at]] == i
    return number, edges | {"component": np.where(hangs, stars["i"][order[at]], i)}


def _at_larger(bounds: Longs, _number: int, arrays: Arrays) -> Longs:
    return part_of(bounds, arrays["j"])


def _arrays(pairs: Pairs) -> Arrays:
    return {"i": pairs.i, "j": pairs.j}
