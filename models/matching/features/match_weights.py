"""What the agreement of a column is worth, as match weights (Fellegi, Sunter 1969): how much
more often a level of agreement is met among matches than among other pairs.

They are learned from pairs of which it is only guessed whether they match, so they need no
label, and tell the classifiers of each column what they could not learn from a few.
"""

from dataclasses import dataclass

import numpy as np

from gluematch.models.matching.kernels.arrays import Doubles, Floats, Ints

from .pair_features import WHOLE, Features

WEIGHT = "weight"
_SIMILAR = (0.5, 0.7, 0.8, 0.9, 0.999)
_RARE = (0.3, 0.45, 0.6, 0.75)
_MISSING = len(_SIMILAR) + len(_RARE) + 1
_DOUBT = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class MatchWeights:
    """`table` (c, levels): the match weight, a log of a ratio, of each level of agreement in
    each of the `columns`."""

    columns: tuple[str, ...]
    table: Doubles

    @property
    def names(self) -> tuple[str, ...]:
        """The features that `of` gives: one for each column, and their sum."""
        own = tuple(f"{column}:{WEIGHT}" for column in self.columns)
        return (*own, f"{WHOLE}:{WEIGHT}") if own else ()

    def of(self, features: Features) -> Floats:
        """The weights of each pair's columns, and their sum: (m, c + 1)."""
        out = np.empty((len(features), len(self.names)), dtype=np.float32)
        for place, column in enumerate(self.columns):
            out[:, place] = self.table[place][_levels(features, column)]
        out[:, len(self.columns) :] = out[:, : len(self.columns)].sum(axis=1, keepdims=True)
        return out


def learn_weights(features: Features, probability: Doubles) -> MatchWeights:
    """The weights by pairs that match with `probability` (m,)."""
    owners = dict.fromkeys(name.rpartition(":")[0] for name in features.names)
    have = set(features.names)
    columns = tuple(c for c in owners if {f"{c}:edit", f"{c}:agree"} <= have)
    table = np.zeros((len(columns), _MISSING + 1))
    for place, column in enumerate(columns):
        level = _levels(features, column)
        table[place] = _shares(level, probability) - _shares(level, 1 - probability)
    return MatchWeights(columns, table)


def _shares(level: Ints, weight: Doubles) -> Doubles:
    """The log of each level's share by weight; where none was met, as if a little had been."""
    count: Doubles = np.bincount(level, weight, _MISSING + 1).astype(np.float64) + _DOUBT
    return np.asarray(np.log(count / count.sum()), dtype=np.float64)


def _levels(features: Features, column: str) -> Ints:
    """How far both values agree: by steps of likeness, then, where they are equal, of rarity;
    the last level is for missing ones: (m,)."""
    alike = features.of_column(column, "edit")
    level = np.digitize(alike, _SIMILAR)
    equal = level == len(_SIMILAR)
    level[equal] += np.digitize(features.of_column(column, "agree")[equal], _RARE)
    if f"{column}:missing" in features.names:
        level[features.of_column(column, "missing") > 0.5] = _MISSING
    return level.astype(np.int32)
