"""Groups out of the probabilities of pairs that are spread over a cluster: components of their
links, then every component whole in one part, where the engine completes, links and cuts it.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from gluematch.models.matching.clustering.confidence import with_confidence
from gluematch.models.matching.clustering.linkage import (
    FLOOR,
    LinkedPairs,
    absent_pairs,
    cut,
    link,
    to_complete,
)
from gluematch.models.matching.clustering.soft_constraints import add_known_pairs, apply_constraints
from gluematch.models.matching.kernels.arrays import Doubles, Ints, Longs
from gluematch.models.matching.kernels.parallel import single_core
from gluematch.models.matching.records.pairs import Pairs
from gluematch.models.matching.records.remembered_labels import KnownLabels

from .components import connected_components
from .shuffle import Arrays, Parts, cached, concatenate_parts, move_rows, part_of, take

_LEAST = 3
"""A component of less members lacks no pair."""

_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """The links, each component whole in one part: rows `i`, `j`, `both`, `component`, which is
    the least member. Of the components, in order, the `first` member and how many there are in
    `count`."""

    links: Parts
    first: Ints
    count: Longs


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Entities that are linked to others: each with the first `root` of its group, and how sure
    the group is."""

    entity: Ints
    root: Ints
    confidence: Doubles


def link_components(pairs: Parts, said: KnownLabels, bounds: Longs) -> Components:
    """The components of the pairs by their column `both` and of what was said. What grows too large
    is linked by a higher floor where it is whole, by `clustering.link`."""
    edges = cached(pairs.map(partial(_kept_links, said, bounds)))
    found, _ = connected_components(edges, bounds)
    links = cached(move_rows(found, partial(_by_component, len(bounds) - 1)).map(limit_component))
    told = concatenate_parts(links.map(lambda part: _counted(part[1])).collect())
    order = np.argsort(told["first"])
    return Components(links, told["first"][order], told["count"][order])


def missing(components: Components, most: int, bounds: Longs) -> Parts | None:
    """The pairs inside components that nobody has scored, as `clustering.missing_pairs` takes
    them, in the parts of their first entities; None if no component is completed."""
    chosen = to_complete(components.count, most)
    if not chosen.any():
        return None
    size = int(components.count[chosen].max())
    last = int(components.first[chosen & (components.count == size)].max())
    extra = components.links.map(partial(_lacking, size, last))
    return cached(move_rows(extra, partial(_home, bounds)))


def cluster(components: Components, said: KnownLabels, threshold: float) -> Groups:
    """The groups of all components after what was said, cut at `threshold`."""
    parts = concatenate_parts(components.links.map(partial(_cut, said, threshold)).collect())
    return Groups(parts["entity"], parts["root"], parts["confidence"])


def _kept_links(said: KnownLabels, bounds: Longs, part: tuple[int, Arrays]) -> tuple[int, Arrays]:
    """The part's pairs above the floor, and what was said to match."""
    number, arrays = part
    mine = part_of(bounds, said.pairs.i) == number
    here = KnownLabels(Pairs(said.pairs.i[mine], said.pairs.j[mine]), said.y[mine])
    pairs, both = add_known_pairs(Pairs(arrays["i"], arrays["j"]), arrays["both"], here)
    edges = {"i": pairs.i, "j": pairs.j, "both": both}
    return number, take(edges, both >= FLOOR)


def _home(bounds: Longs, _number: int, arrays: Arrays) -> Longs:
    return part_of(bounds, arrays["i"])


def _by_component(count: int, _number: int, arrays: Arrays) -> Longs:
    mixed = arrays["component"].astype(np.uint64) * _MIX >> np.uint64(32)
    return np.asarray(mixed % np.uint64(count), dtype=np.int64)


def _linked(arrays: Arrays) -> tuple[Ints, Ints, LinkedPairs]:
    """A part's entities, the first member of each of its components, and its links, by numbers
    of their own for both, in the same order."""
    entities, at = np.unique(np.concatenate([arrays["i"], arrays["j"]]), return_inverse=True)
    place = at.astype(np.int32)
    m = len(arrays["i"])
    name = np.zeros(len(entities), dtype=np.int32)
    name[place] = np.concatenate([arrays["component"], arrays["component"]])
    first, component = np.unique(name, return_inverse=True)
    pairs = Pairs(place[:m], place[m:])
    return entities, first, LinkedPairs(pairs, arrays["both"], component.astype(np.int32))


@single_core
def limit_component(part: tuple[int, Arrays]) -> tuple[int, Arrays]:
    """A part's links by their first ends, without those by which components grow too large."""
    number, arrays = part
    entities, _, here = _linked(arrays)
    if not len(entities):
        return part
    fitting = link(len(entities), here.pairs, here.probability)
    first = entities[np.unique(fitting.component, return_index=True)[1]]
    links: Arrays = {
        "i": entities[fitting.pairs.i],
        "j": entities[fitting.pairs.j],
        "both": fitting.probability,
        "component": first[fitting.component[fitting.pairs.i]],
    }
    return number, take(links, np.lexsort((links["j"], links["i"])))


def _counted(arrays: Arrays) -> Arrays:
    _, first, here = _linked(arrays)
    return {"first": first, "count": np.bincount(here.component, minlength=len(first))}


def _lacking(size: int, last: int, part: tuple[int, Arrays]) -> tuple[int, Arrays]:
    """The pairs that the components of less than `size` members lack, and those of so many
    members up to the one whose first is `last`."""
    entities, first, here = _linked(part[1])
    count = np.bincount(here.component, minlength=len(first))
    chosen = (count >= _LEAST) & ((count < size) | (count == size) & (first <= last))
    found = (
        absent_pairs(here, chosen) if chosen.any() else Pairs(here.pairs.i[:0], here.pairs.j[:0])
    )
    return part[0], {"i": entities[found.i], "j": entities[found.j]}


@single_core
def _cut(said: KnownLabels, threshold: float, part: tuple[int, Arrays]) -> Arrays:
    """The part's entities, each with the first one of its group and how sure that is."""
    entities, _, here = _linked(part[1])
    mine = _heard(said, entities)
    here = apply_constraints(here, mine) if len(mine) else here
    groups = with_confidence(here, cut(here, threshold))
    first = np.unique(groups.group, return_index=True)[1]
    return {
        "entity": entities,
        "root": entities[first[groups.group]],
        "confidence": groups.confidence[groups.group],
    }


def _heard(said: KnownLabels, entities: Ints) -> KnownLabels:
    """What was said of two of a part's entities, by their numbers there."""
    places = []
    known = np.ones(len(said), dtype=np.bool_)
    for end in (said.pairs.i, said.pairs.j):
        at = np.minimum(np.searchsorted(entities, end), max(len(entities) - 1, 0))
        known &= entities[at] == end if len(entities) else False
        places.append(at)
    i, j = (at[known].astype(np.int32) for at in places)
    return KnownLabels(Pairs(i, j), said.y[known])
