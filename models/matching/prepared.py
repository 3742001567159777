"""Everything that the later stages read of one table: entities, candidate pairs, features,
and the labelled pairs' places among them.
"""

from dataclasses import dataclass

import numpy as np

from .arrays import Flags, Ints, Longs, Progress, part
from .blocking import Keys, Pairs, build_keys, candidate_pairs, join, pairs_of, positions
from .features import Features, pair_features
from .labels import Labels
from .records import Records
from .table import Table, prepare_table


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """p labelled pairs of rows: `at` their place among the pairs, -1 where both rows are
    one entity; `y` whether they match; `fold_group`: pairs that share it stay together."""

    at: Longs
    y: Flags
    fold_group: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A table with its pairs and their features; `proposed` marks what blocking found."""

    table: Table
    keys: Keys
    pairs: Pairs
    features: Features
    proposed: Flags


def prepare(records: Records, effort: float, labels: Labels | None, progress: Progress) -> Prepared:
    """Block the table and describe every candidate pair, and every labelled pair too."""
    progress(0.0, "reading")
    table = prepare_table(records)
    progress(0.1, "blocking")
    keys = build_keys(table)
    found = candidate_pairs(table, keys, effort)
    pairs = found
    if labels is not None and len(labels):
        stated = labels.pairs()
        asked = pairs_of(
            table.entity[stated.i].astype(np.int64), table.entity[stated.j].astype(np.int64)
        )
        pairs = join(found, asked)
    features = pair_features(table, keys, pairs, part(progress, 0.4, 1.0))
    proposed = positions(found, pairs.i, pairs.j) >= 0
    return Prepared(table, keys, pairs, features, proposed)


def answers(prepared: Prepared, labels: Labels) -> Answers:
    """The labelled pairs, oldest first, by their place among the prepared pairs."""
    stated = labels.pairs()
    a, b = prepared.table.entity[stated.i], prepared.table.entity[stated.j]
    at = positions(prepared.pairs, np.minimum(a, b), np.maximum(a, b))
    at[a == b] = -1
    return Answers(at, stated.y, _fold_groups(at, stated.set))


def _fold_groups(at: Longs, sets: Ints) -> Ints:
    """Sets that speak of the same pair of entities are one group."""
    parent = {int(s): int(s) for s in np.unique(sets)}

    def root(s: int) -> int:
        while parent[s] != s:
            parent[s] = parent[parent[s]]
            s = parent[s]
        return s

    seen: dict[int, int] = {}
    for place, s in zip(at.tolist(), sets.tolist(), strict=True):
        if place >= 0:
            other = seen.setdefault(place, s)
            low, high = sorted((root(s), root(other)))
            parent[high] = low
    return np.array([root(int(s)) for s in sets], dtype=np.int32)
