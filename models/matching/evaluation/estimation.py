"""How good the groups of a whole table are likely to be, from what each scored pair is worth.

The counts are expected numbers of pairs of rows: a pair of entities counts for all its rows,
a pair that somebody answered counts as answered, every other one by its chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gluematch.models.matching.clustering.calibration import Calibration, evidence
from gluematch.models.matching.clustering.linkage import cut
from gluematch.models.matching.clustering.scoring import ScoredTable
from gluematch.models.matching.kernels.arrays import Doubles, Flags, Ints, Longs
from gluematch.models.matching.records.pairs import Pairs, positions
from gluematch.models.matching.training.threshold import threshold

_TRADEOFFS = (0.1, 0.3, 0.5, 0.7, 0.9)
_LEAST_CERTAIN = 20


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """The m scored pairs of a table: the `chance` of each to be a match, the pairs of rows
    that it stands for (`weight`), whether nobody `asked` about it, all (m,); and the pairs of
    rows that read the same."""

    pairs: Pairs
    chance: Doubles
    weight: Doubles
    asked: Flags
    exact_duplicates: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """Pairs of rows: in one group, true among these, true but apart, and true but never
    compared, since blocking lost them. A table without pairs has all ratios 0."""

    together: float
    right: float
    missed: float
    lost: float

    @property
    def true(self) -> float:
        return self.right + self.missed + self.lost

    @property
    def precision(self) -> float:
        return self.right / self.together if self.together > 0 else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.true if self.true > 0 else 0.0

    @property
    def f1(self) -> float:
        both = self.together + self.true
        return 2 * self.right / both if both > 0 else 0.0

    @property
    def blocking_recall(self) -> float:
        """The share of the true pairs that were compared."""
        return 1 - self.lost / self.true if self.true > 0 else 1.0


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What another precision-recall tradeoff would give."""

    tradeoff: float
    threshold: float
    precision: float
    recall: float


def field(
    made: ScoredTable, calibration: Calibration, asked: Pairs, y: Flags, focus: Ints | None
) -> Field:
    """The field of a decided table; `y` answers the pairs `asked`, the latest last.

    Where the table is seen from the entities `focus` only, their pairs stand for all: those
    of two of them count once, those of one of them half.
    """
    scored, group = made.prepared.pairs, made.groups.group
    told = evidence(scored, made.heeded, group, scored)
    chance = np.where(made.prepared.eligible, calibration.chance(told), 0.0)
    at = positions(scored, asked.i, asked.j)
    chance[at[at >= 0]] = y[at >= 0]
    chance[~made.prepared.eligible] = 0.0
    known = np.zeros(len(scored), dtype=np.bool_)
    known[at[at >= 0]] = True
    rows = np.bincount(made.prepared.table.entity, minlength=made.prepared.table.size)
    share = np.ones(len(rows))
    if focus is not None:
        share[:] = 0.0
        share[focus] = 1.0
    weight = rows[scored.i] * rows[scored.j] * (share[scored.i] + share[scored.j]) / 2
    weight = np.where(made.prepared.eligible, weight, 0.0)
    exact_duplicates = (
        float((share * rows * (rows - 1) / 2).sum()) if made.prepared.source_column is None else 0.0
    )
    return Field(scored, chance, weight, known, exact_duplicates)


def estimate(here: Field, group: Ints, lost: float) -> Estimate:
    """What the groups (u,) of the entities are likely to be worth."""
    same = group[here.pairs.i] == group[here.pairs.j]
    likely = here.chance * here.weight
    return Estimate(
        together=float(here.weight[same].sum()) + here.exact_duplicates,
        right=float(likely[same].sum()) + here.exact_duplicates,
        missed=float(likely[~same].sum()),
        lost=lost,
    )


def lost_by_blocking(here: Field, first: Pairs, second: Pairs) -> float:
    """The true pairs that neither of two passes found, if a pass finds what the other misses
    as often as what it finds: what only one found, times what only the other found, by what
    both did (Lincoln 1930; Chao 1987: at least so many where passes tend to agree)."""
    likely = here.chance * here.weight
    one, other = (positions(found, here.pairs.i, here.pairs.j) >= 0 for found in (first, second))
    both = float(likely[one & other].sum())
    alone, beside = float(likely[one & ~other].sum()), float(likely[other & ~one].sum())
    return alone * beside / max(both, alone, beside, 1.0)


def curve(made: ScoredTable, here: Field, lost: float) -> list[CurvePoint]:
    """Precision and recall as the tradeoff rises."""
    points = []
    for wish in _TRADEOFFS:
        found = estimate(here, cut(made.linked, threshold(wish)).group, lost)
        points.append(CurvePoint(wish, threshold(wish), found.precision, found.recall))
    return points


def area_under_curve(here: Field) -> float:
    """The mean precision over all recalls, were pairs taken by their chance alone: what the
    pairs allow at best, before groups are formed and with what blocking lost left out."""
    order = np.argsort(-here.chance, kind="stable")
    taken = here.exact_duplicates + np.cumsum(here.weight[order])
    likely = (here.chance * here.weight)[order]
    right = here.exact_duplicates + np.cumsum(likely)
    if not len(right) or right[-1] <= 0:
        return 1.0 if here.exact_duplicates else 0.0
    area = here.exact_duplicates + float((right / np.maximum(taken, 1e-12) * likely).sum())
    return area / float(right[-1])


def least_certain(here: Field) -> Longs:
    """Places of the unanswered pairs whose chance is nearest one half, the nearest first."""
    unsure = np.where(here.asked | (here.weight <= 0), -1.0, 1 - np.abs(2 * here.chance - 1))
    best = np.argsort(-unsure, kind="stable")[:_LEAST_CERTAIN]
    return np.asarray(best[unsure[best] > 0], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Bin:
    """Pairs whose said probability lies from `least` to `most`: the mean of it, and the share
    of true ones."""

    least: float
    most: float
    pairs: int
    said: float
    true: float


def bins(said: Doubles, y: Flags, edges: Sequence[float]) -> list[Bin]:
    """What was said beside what is so, between every two edges; empty bins are left out."""
    place = np.clip(np.searchsorted(np.asarray(edges), said, side="right") - 1, 0, len(edges) - 2)
    found = []
    for k in np.unique(place).tolist():
        inside = place == k
        share = float(y[inside].mean())
        count = int(inside.sum())
        found.append(Bin(edges[k], edges[k + 1], count, float(said[inside].mean()), share))
    return found
