"""Features of the pairs of a large table, compared when they are asked for and held no longer:
of all pairs only what ranks them among their rivals is kept, and what was compared for that.
"""

from dataclasses import dataclass

import numpy as np

from gluematch.models.matching.kernels.arrays import Flags, Floats, Longs, Progress, silent
from gluematch.models.matching.kernels.parallel import spread
from gluematch.models.matching.kernels.size_limits import ENOUGH_PAIRS
from gluematch.models.matching.records.pairs import Pairs, join, positions
from gluematch.models.matching.records.table import Table
from gluematch.models.matching.records.token_vectors import Bags

from .candidate_ranks import STANDING, standings
from .comparators import Comparer
from .pair_features import (
    OUT,
    RANKED,
    STANDING_NAMES,
    WHOLE,
    Features,
    Similarities,
    comparers_of,
    own_part,
    sketch_part,
)

CHUNK = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class FeaturesOnDemand:
    """The features `names` (k,) of m pairs: the similarities `sketched` (s,) that were compared
    to rank them, `sketch` (s, m), and how each pair stands among its rivals, `stand` (9, m)."""

    comparers: tuple[Comparer, ...]
    bags: Bags
    pairs: Pairs
    names: tuple[str, ...]
    sketched: tuple[str, ...]
    sketch: Floats
    stand: Floats

    def __len__(self) -> int:
        return len(self.pairs)

    def take(self, rows: Longs | Flags | slice) -> Features:
        """The features of some of the pairs; what is not sketched is compared now."""
        pairs = Pairs(self.pairs.i[rows], self.pairs.j[rows])
        stand, sketch = self.stand[:, rows], self.sketch[:, rows]
        matrix = np.empty((len(pairs), len(self.names)), dtype=np.float32)
        own = len(self.names) - len(stand)

        def loop(s: int, e: int) -> None:
            known: Similarities = dict(zip(self.sketched, sketch[:, s:e], strict=True))
            found = own_part(self.comparers, self.bags, Pairs(pairs.i[s:e], pairs.j[s:e]), known)
            for place, values in enumerate(found.values()):
                matrix[s:e, place] = values
            matrix[s:e, own:] = stand[:, s:e].T

        spread(len(pairs), loop, CHUNK, most=CHUNK)
        return Features(matrix, self.names)

    def column(self, similarity: str) -> Floats:
        """One similarity of whole records that is held: (m,)."""
        name = f"{WHOLE}:{similarity}"
        if name in self.sketched:
            return np.asarray(self.sketch[self.sketched.index(name)])
        return np.asarray(self.stand[STANDING_NAMES.index(name)])


PairFeatures = Features | FeaturesOnDemand


def on_demand(
    table: Table, bags: Bags, pairs: Pairs, eligible: Flags, progress: Progress
) -> FeaturesOnDemand:
    """The features of `pairs`, of which only the `eligible` (m,) are rivals of each other."""
    comparers = tuple(comparers_of(table, max(len(pairs), ENOUGH_PAIRS)))
    nobody = Pairs(pairs.i[:0], pairs.j[:0])
    sketched = tuple(sketch_part(comparers, bags, nobody))
    sketch = _sketched(comparers, bags, pairs, sketched, progress)
    names = (*own_part(comparers, bags, nobody), *STANDING_NAMES)
    stand = _standing(table.size, pairs, sketched, sketch, eligible)
    return FeaturesOnDemand(comparers, bags, pairs, names, sketched, sketch, stand)


def with_more(
    known: FeaturesOnDemand, size: int, extra: Pairs, eligible: Flags
) -> FeaturesOnDemand:
    """`known` with the `extra` pairs, of which it has none; `eligible` are those of all."""
    pairs, sketched = join(known.pairs, extra), known.sketched
    sketch = np.empty((len(sketched), len(pairs)), dtype=np.float32)
    sketch[:, positions(pairs, known.pairs.i, known.pairs.j)] = known.sketch
    fresh = _sketched(known.comparers, known.bags, extra, sketched, silent)
    sketch[:, positions(pairs, extra.i, extra.j)] = fresh
    stand = _standing(size, pairs, sketched, sketch, eligible)
    return FeaturesOnDemand(
        known.comparers, known.bags, pairs, known.names, sketched, sketch, stand
    )


def _sketched(
    comparers: tuple[Comparer, ...],
    bags: Bags,
    pairs: Pairs,
    names: tuple[str, ...],
    progress: Progress,
) -> Floats:
    sketch = np.empty((len(names), len(pairs)), dtype=np.float32)

    def loop(s: int, e: int) -> None:
        found = sketch_part(comparers, bags, Pairs(pairs.i[s:e], pairs.j[s:e]))
        for row, name in zip(sketch, names, strict=True):
            row[s:e] = found[name]

    spread(len(pairs), loop, CHUNK, most=CHUNK, progress=progress, stage="comparing pairs")
    return sketch


def _standing(
    size: int, pairs: Pairs, sketched: tuple[str, ...], sketch: Floats, eligible: Flags
) -> Floats:
    stand = np.empty((len(STANDING_NAMES), len(pairs)), dtype=np.float32)
    ranked = [sketch[sketched.index(f"{WHOLE}:{base}")] for base in RANKED]
    rivals = [np.where(eligible, values, OUT) for values in ranked]
    for place, found in enumerate(standings(size, pairs, rivals)):
        for k, name in enumerate(STANDING):
            stand[place * len(STANDING) + k] = found[name]
    return stand
