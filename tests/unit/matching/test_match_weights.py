"""Match weights: what agreement in a column is worth, learned from guesses."""

import numpy as np

from gluematch.models.matching.features.match_weights import MatchWeights, learn_weights
from gluematch.models.matching.features.pair_features import WHOLE, Features

NAMES = ("name:edit", "name:agree", "name:missing", "town:edit", "town:agree", f"{WHOLE}:score")
EQUAL_RARE = [1.0, 0.9, 0.0]
EQUAL_COMMON = [1.0, 0.1, 0.0]
UNLIKE = [0.2, 0.0, 0.0]
MISSING = [0.5, 0.0, 1.0]


def pairs(*names: list[float]) -> Features:
    """One pair for each likeness of names; towns always differ."""
    rows = [[*name, 0.1, 0.0, 0.5] for name in names]
    return Features(np.array(rows, dtype=np.float32), NAMES)


def learned() -> MatchWeights:
    """From 100 likely matches and 100 others: rare names are equal in matches only, common
    ones in both, and a name is missing as often here as there."""
    kinds = [EQUAL_RARE] * 60 + [EQUAL_COMMON] * 30 + [MISSING] * 10
    kinds += [EQUAL_COMMON] * 20 + [UNLIKE] * 70 + [MISSING] * 10
    return learn_weights(pairs(*kinds), np.repeat([0.9, 0.1], 100))


def test_the_rarer_the_agreement_the_more_it_weighs():
    rare, common, missing, unlike = learned().of(pairs(EQUAL_RARE, EQUAL_COMMON, MISSING, UNLIKE))[
        :, 0
    ]
    assert rare > common > missing > unlike
    assert common > 0 > unlike


def test_a_missing_value_weighs_nothing_where_matches_lack_it_as_often():
    assert abs(learned().of(pairs(MISSING))[0, 0]) < 0.01


def test_what_is_the_same_everywhere_weighs_nothing():
    weights = learned()
    assert weights.columns == ("name", "town")
    assert abs(weights.of(pairs(UNLIKE))[0, 1]) < 0.01


def test_the_last_feature_is_the_sum():
    found = learned().of(pairs(EQUAL_RARE, UNLIKE, MISSING))
    assert np.allclose(found[:, -1], found[:, :-1].sum(axis=1))


def test_pairs_of_which_nothing_is_known_weigh_the_same_everywhere():
    weights = learn_weights(pairs(EQUAL_RARE, UNLIKE), np.full(2, 0.5))
    assert np.allclose(weights.table, 0)
