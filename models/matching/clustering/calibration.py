"""What a probability is worth: the model's word on a pair and what became of its two groups,
brought to shares by labelled pairs that the model had not seen.

Asked pairs are harder than others of the same probability, for somebody picked them out of
doubt. So the answers only move a usual line, and the more the more of them there are.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from gluematch.models.matching.features.neighbourhood import log_odds
from gluematch.models.matching.kernels.arrays import AnyArray, Doubles, Flags, Ints, Longs
from gluematch.models.matching.records.pairs import Pairs

_USUAL = np.array([0.0, 0.3, 0.0, 1.0])
_HOLD = np.array([8.0, 80.0, 8.0, 80.0])


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Of m pairs: their `own` probability (m,), whether they are `together` in a group (m,),
    and the mean probability `around` (m,): of all pairs between their groups, or in theirs."""

    own: Doubles
    together: Flags
    around: Doubles

    def take(self, chosen: AnyArray) -> "Evidence":
        """The evidence of some of the pairs."""
        return Evidence(self.own[chosen], self.together[chosen], self.around[chosen])


def evidence(pairs: Pairs, probability: Doubles, group: Ints, asked: Pairs) -> Evidence:
    """The evidence of the pairs `asked`, from all scored `pairs` and the groups (u,) made of
    them; pairs that nobody scored have probability 0."""
    key, mean = group_links(pairs, probability, group)
    wanted = _group_pair(group, asked)
    around = _found(key, mean, wanted)
    have = pairs.i.astype(np.int64) << 32 | pairs.j
    own = _found(have, probability, asked.i.astype(np.int64) << 32 | asked.j)
    return Evidence(own, np.asarray(group[asked.i] == group[asked.j]), around)


def group_links(pairs: Pairs, probability: Doubles, group: Ints) -> tuple[Longs, Doubles]:
    """Every two groups that scored pairs link, as sorted codes low << 32 | high, and the mean
    probability of all pairs between them; a group with itself: of all pairs in it."""
    key, at = np.unique(_group_pair(group, pairs), return_inverse=True)
    size = np.bincount(group, minlength=1).astype(np.float64)
    low, high = size[key >> 32], size[key & 0xFFFFFFFF]
    count = np.where(key >> 32 == key & 0xFFFFFFFF, low * (low - 1) / 2, low * high)
    total = np.bincount(at, weights=probability, minlength=len(key))
    return key, np.asarray(total / np.maximum(count, 1), dtype=np.float64)


def _group_pair(group: Ints, pairs: Pairs) -> Longs:
    a, b = group[pairs.i].astype(np.int64), group[pairs.j].astype(np.int64)
    return np.asarray(np.minimum(a, b) << 32 | np.maximum(a, b), dtype=np.int64)


def _found(keys: Longs, values: Doubles, wanted: Longs) -> Doubles:
    """The value of each wanted key, 0 where `keys` (sorted) has it not."""
    if not len(keys):
        return np.zeros(len(wanted))
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """A logistic line: `weights` (4,) of 1, the own log-odds, together, those around."""

    weights: Doubles

    def chance(self, given: Evidence) -> Doubles:
        """How probable a match is, all told: (m,)."""
        return _logistic(_design(given) @ self.weights)


def calibrate(given: Evidence, y: Flags) -> Calibration:
    """The most probable line, after answers `y` on pairs that the model had not seen.

    Before any answer the weights are thought to be normally distributed about the usual ones
    (maximum a posteriori; Platt 1999 fits such a line without).
    """
    design, answer = _design(given), y.astype(np.float64)
    hold = _precision()

    def cost(weights: Doubles) -> tuple[float, Doubles]:
        odds, off = design @ weights, weights - _USUAL
        slope = design.T @ (_logistic(odds) - answer) + hold @ off
        value = np.logaddexp(0.0, odds).sum() - float(odds @ answer) + off @ hold @ off / 2
        return float(value), np.asarray(slope, dtype=np.float64)

    return Calibration(np.asarray(minimize(cost, _USUAL, jac=True, method="L-BFGS-B").x))


def _precision() -> Doubles:
    """How firmly the usual weights are held: by the sum of the own and the around, and by
    the around alone, rather than by each."""
    total = np.array([[1, 0, 0, 0], [0, 1, 0, 1], [0, 0, 1, 0], [0, 0, 0, 1]], dtype=np.float64)
    return np.asarray(total.T @ np.diag(_HOLD) @ total, dtype=np.float64)


def _design(given: Evidence) -> Doubles:
    own, around = log_odds(given.own), log_odds(given.around)
    return np.column_stack([np.ones(len(own)), own, given.together.astype(np.float64), around])


def _logistic(odds: Doubles) -> Doubles:
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -40, 40))), dtype=np.float64)
