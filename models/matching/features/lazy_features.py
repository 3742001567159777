"""Features of the pairs of a large table, compared when they are asked for and held no longer:
of all pairs only what ranks them among their rivals is kept, and what was compared for that.
"""

from dataclasses import dataclass

import numpy as np

from gluematch.models.matching.kernels.arrays import Flags, Floats, Longs, Progress, no_progress
from gluematch.models.matching.kernels.parallel import parallel_ranges
from gluematch.models.matching.kernels.size_limits import ENOUGH_PAIRS
from gluematch.models.matching.records.pairs import Pairs, join, positions
from gluematch.models.matching.records.table import Table
from gluematch.models.matching.records.token_vectors import TableVectors

from .candidate_ranks import RANK_FEATURES, rank_features_by_score
from .comparators import Comparator
from .pair_features import (
    OUT,
    RANK_NAMES,
    RANKED,
    WHOLE,
    Features,
    Similarities,
    comparators_of,
    own_part,
    score_inputs,
)

CHUNK = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class LazyFeatures:
    """The features `names` (k,) of m pairs: the similarities `sketched` (s,) that were compared
    to rank them, `sketch` (s, m), and how each pair stands among its rivals, `stand` (9, m)."""

    comparators: tuple[Comparator, ...]
    vectors: TableVectors
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
            found = own_part(
                self.comparators, self.vectors, Pairs(pairs.i[s:e], pairs.j[s:e]), known
            )
            for place, values in enumerate(found.values()):
                matrix[s:e, place] = values
            matrix[s:e, own:] = stand[:, s:e].T

        parallel_ranges(len(pairs), loop, CHUNK, most=CHUNK)
        return Features(matrix, self.names)

    def column(self, similarity: str) -> Floats:
        """One similarity of whole records that is held: (m,)."""
        name = f"{WHOLE}:{similarity}"
        if name in self.sketched:
            return np.asarray(self.sketch[self.sketched.index(name)])
        return np.asarray(self.stand[RANK_NAMES.index(name)])


PairFeatures = Features | LazyFeatures


def lazy_features(
    table: Table, vectors: TableVectors, pairs: Pairs, eligible: Flags, progress: Progress
) -> LazyFeatures:
    """The features of `pairs`, of which only the `eligible` (m,) are rivals of each other."""
    comparators = tuple(comparators_of(table, max(len(pairs), ENOUGH_PAIRS)))
    nobody = Pairs(pairs.i[:0], pairs.j[:0])
    sketched = tuple(score_inputs(comparators, vectors, nobody))
    sketch = _sketched(comparators, vectors, pairs, sketched, progress)
    names = (*own_part(comparators, vectors, nobody), *RANK_NAMES)
    stand = _standing(table.size, pairs, sketched, sketch, eligible)
    return LazyFeatures(comparators, vectors, pairs, names, sketched, sketch, stand)


def extend_lazy(known: LazyFeatures, size: int, extra: Pairs, eligible: Flags) -> LazyFeatures:
    """`known` with the `extra` pairs, of which it has none; `eligible` are those of all."""
    pairs, sketched = join(known.pairs, extra), known.sketched
    sketch = np.empty((len(sketched), len(pairs)), dtype=np.float32)
    sketch[:, positions(pairs, known.pairs.i, known.pairs.j)] = known.sketch
    fresh = _sketched(known.comparators, known.vectors, extra, sketched, no_progress)
    sketch[:, positions(pairs, extra.i, extra.j)] = fresh
    stand = _standing(size, pairs, sketched, sketch, eligible)
    return LazyFeatures(
        known.comparators, known.vectors, pairs, known.names, sketched, sketch, stand
    )


def _sketched(
    comparators: tuple[Comparator, ...],
    vectors: TableVectors,
    pairs: Pairs,
    names: tuple[str, ...],
    progress: Progress,
) -> Floats:
    sketch = np.empty((len(names), len(pairs)), dtype=np.float32)

    def loop(s: int, e: int) -> None:
        found = score_inputs(comparators, vectors, Pairs(pairs.i[s:e], pairs.j[s:e]))
        for row, name in zip(sketch, names, strict=True):
            row[s:e] = found[name]

    parallel_ranges(len(pairs), loop, CHUNK, most=CHUNK, progress=progress, stage="comparing pairs")
    return sketch


def _standing(
    size: int, pairs: Pairs, sketched: tuple[str, ...], sketch: Floats, eligible: Flags
) -> Floats:
    stand = np.empty((len(RANK_NAMES), len(pairs)), dtype=np.float32)
    ranked = [sketch[sketched.index(f"{WHOLE}:{base}")] for base in RANKED]
    competitors = [np.where(eligible, values, OUT) for values in ranked]
    for place, found in enumerate(rank_features_by_score(size, pairs, competitors)):
        for k, name in enumerate(RANK_FEATURES):
            stand[place * len(RANK_FEATURES) + k] = found[name]
    return stand
