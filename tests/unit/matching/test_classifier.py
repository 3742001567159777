"""What a classifier makes of pairs that no label speaks of."""

import numpy as np

from gluematch.models.matching.features.pair_features import Features
from gluematch.models.matching.training.classifier import fit, fit_line

NAMES = ("name:edit", "rest:edit")


def pairs(name: float, rest: float, count: int, chance: np.random.Generator) -> np.ndarray:
    """So many pairs about as alike as that."""
    return np.float32([name, rest]) + chance.normal(0, 0.05, (count, 2)).astype(np.float32)


def test_the_prior_keeps_plain_non_matches_apart_that_no_question_was_about() -> None:
    chance = np.random.default_rng(0)
    asked = Features(
        np.concatenate([pairs(0.9, 0.9, 40, chance), pairs(0.1, 0.9, 40, chance)]), NAMES
    )
    y = np.arange(80) < 40
    plain = pairs(0.9, 0.1, 300, chance)
    others = Features(np.concatenate([plain, pairs(0.9, 0.9, 60, chance)]), NAMES)
    prior = fit_line(others, np.arange(360) >= 300, "rest:edit")
    alone, heeding = (fit(asked, y, others, prior, 0, heed=heed) for heed in (False, True))
    assert (alone.predict(Features(plain, NAMES)) > 0.5).mean() > 0.9
    assert (heeding.predict(Features(plain, NAMES)) > 0.5).mean() < 0.1
    assert (heeding.predict(Features(pairs(0.9, 0.9, 50, chance), NAMES)) > 0.5).all()
