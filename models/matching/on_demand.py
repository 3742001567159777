"""Features of the pairs of a large table, compared when they are asked for and held no longer:
of all pairs only what ranks them among their rivals is kept.
"""

from dataclasses import dataclass

import numpy as np

from .arrays import Flags, Floats, Longs, Progress, silent
from .bags import Bags
from .blocking import Pairs, join, positions
from .cores import spread
from .features import (
    OUT,
    RANKED,
    STANDING_NAMES,
    WHOLE,
    Features,
    comparers_of,
    own_part,
    ranked_part,
)
from .large import ENOUGH_PAIRS
from .similarity import Comparer
from .standing import STANDING, standings
from .table import Table

CHUNK = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class FeaturesOnDemand:
    """The features `names` (k,) of m pairs: `ranked` (3, m) by the names of RANKED, and how
    each pair stands among its rivals by those, `stand` (9, m)."""

    comparers: tuple[Comparer, ...]
    bags: Bags
    pairs: Pairs
    names: tuple[str, ...]
    ranked: Floats
    stand: Floats

    def __len__(self) -> int:
        return len(self.pairs)

    def take(self, rows: Longs | Flags | slice) -> Features:
        """The features of some of the pairs, all compared now."""
        pairs = Pairs(self.pairs.i[rows], self.pairs.j[rows])
        stand = self.stand[:, rows]
        matrix = np.empty((len(pairs), len(self.names)), dtype=np.float32)
        own = len(self.names) - len(stand)

        def loop(s: int, e: int) -> None:
            found = own_part(self.comparers, self.bags, Pairs(pairs.i[s:e], pairs.j[s:e]))
            for place, values in enumerate(found.values()):
                matrix[s:e, place] = values
            matrix[s:e, own:] = stand[:, s:e].T

        spread(len(pairs), loop, CHUNK, most=CHUNK)
        return Features(matrix, self.names)

    def column(self, similarity: str) -> Floats:
        """One similarity of whole records that is held: (m,)."""
        name = f"{WHOLE}:{similarity}"
        if similarity in RANKED:
            return np.asarray(self.ranked[RANKED.index(similarity)])
        return np.asarray(self.stand[STANDING_NAMES.index(name)])


PairFeatures = Features | FeaturesOnDemand


def on_demand(
    table: Table, bags: Bags, pairs: Pairs, eligible: Flags, progress: Progress
) -> FeaturesOnDemand:
    """The features of `pairs`, of which only the `eligible` (m,) are rivals of each other."""
    comparers = tuple(comparers_of(table, max(len(pairs), ENOUGH_PAIRS)))
    ranked = _ranked(comparers, bags, pairs, progress)
    nobody = Pairs(pairs.i[:0], pairs.j[:0])
    names = (*own_part(comparers, bags, nobody), *STANDING_NAMES)
    stand = _standing(table.size, pairs, ranked, eligible)
    return FeaturesOnDemand(comparers, bags, pairs, names, ranked, stand)


def with_more(
    known: FeaturesOnDemand, size: int, extra: Pairs, eligible: Flags
) -> FeaturesOnDemand:
    """`known` with the `extra` pairs, of which it has none; `eligible` are those of all."""
    pairs = join(known.pairs, extra)
    ranked = np.empty((len(RANKED), len(pairs)), dtype=np.float32)
    ranked[:, positions(pairs, known.pairs.i, known.pairs.j)] = known.ranked
    fresh = _ranked(known.comparers, known.bags, extra, silent)
    ranked[:, positions(pairs, extra.i, extra.j)] = fresh
    stand = _standing(size, pairs, ranked, eligible)
    return FeaturesOnDemand(known.comparers, known.bags, pairs, known.names, ranked, stand)


def _ranked(
    comparers: tuple[Comparer, ...], bags: Bags, pairs: Pairs, progress: Progress
) -> Floats:
    ranked = np.empty((len(RANKED), len(pairs)), dtype=np.float32)

    def loop(s: int, e: int) -> None:
        found = ranked_part(comparers, bags, Pairs(pairs.i[s:e], pairs.j[s:e]))
        for row, base in zip(ranked, RANKED, strict=True):
            row[s:e] = found[base]

    spread(len(pairs), loop, CHUNK, most=CHUNK, progress=progress, stage="comparing pairs")
    return ranked


def _standing(size: int, pairs: Pairs, ranked: Floats, eligible: Flags) -> Floats:
    stand = np.empty((len(STANDING_NAMES), len(pairs)), dtype=np.float32)
    rivals = [np.where(eligible, values, OUT) for values in ranked]
    for place, found in enumerate(standings(size, pairs, rivals)):
        for k, name in enumerate(STANDING):
            stand[place * len(STANDING) + k] = found[name]
    return stand
