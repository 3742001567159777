"""What people's statements did to a table that is decided: who was spoken of, and which pairs
were moved on their way into the linkage tree.
"""

import numpy as np

from gluematch.models.matching.clustering.linkage import LinkedPairs, link
from gluematch.models.matching.clustering.scoring import ScoredTable
from gluematch.models.matching.clustering.soft_constraints import add_known_pairs
from gluematch.models.matching.kernels.arrays import AnyArray
from gluematch.models.matching.records.pairs import Pairs, positions
from gluematch.models.matching.records.remembered_labels import known_pairs
from gluematch.models.matching.training.matcher import Matcher

_LEAST_CHANGE = 0.0005


class ConstraintEffects:
    """The statements that a matcher remembers of the entities of a decided table."""

    def __init__(self, matcher: Matcher, made: ScoredTable) -> None:
        self._said = known_pairs(matcher.memory, made.prepared.table)
        self._made = made
        self._before = made.linked
        if len(self._said):
            pairs, probability = add_known_pairs(made.prepared.pairs, made.probability, self._said)
            self._before = link(made.prepared.table.size, pairs, probability)

    def statement(self, a: int, b: int) -> bool | None:
        """Whether the entities match, as somebody said of just these; None for nothing."""
        place = _place(self._said.pairs, a, b)
        return bool(self._said.y[place]) if place >= 0 else None

    def heeded(self, a: int, b: int) -> float | None:
        """The probability with which a pair entered the tree, if statements moved it."""
        before, after = _probability(self._before, a, b), _probability(self._made.linked, a, b)
        return after if abs(after - before) > _LEAST_CHANGE else None

    def likely(self, entity: int) -> dict[int, float]:
        """The entities that might match one, each with the higher probability of the two:
        by the model alone, or after what people said."""
        scored = _of(self._made.prepared.pairs, self._made.probability, entity)
        entered = _of(self._made.linked.pairs, self._made.linked.probability, entity)
        return {
            other: max(scored.get(other, 0.0), entered.get(other, 0.0))
            for other in scored.keys() | entered.keys()
        }


def _probability(linked: LinkedPairs, a: int, b: int) -> float:
    place = _place(linked.pairs, a, b)
    return float(linked.probability[place]) if place >= 0 else 0.0


def _place(pairs: Pairs, a: int, b: int) -> int:
    low, high = (np.array([entity], dtype=np.int32) for entity in sorted((a, b)))
    return int(positions(pairs, low, high)[0]) if len(pairs) else -1


def _of(pairs: Pairs, value: AnyArray, entity: int) -> dict[int, float]:
    at = np.flatnonzero((pairs.i == entity) | (pairs.j == entity))
    others = pairs.i[at].astype(np.int64) + pairs.j[at] - entity
    return dict(zip(others.tolist(), value[at].tolist(), strict=True))
