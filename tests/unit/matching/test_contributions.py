"""What each feature contributes to a classifier's decision: it adds up to that decision."""

import numpy as np
import pytest

from gluematch.models.matching.features.pair_features import WHOLE, Features
from gluematch.models.matching.training.classifier import (
    Classifier,
    fit,
    fit_line,
    fit_prior,
    log_odds,
)

NAMES = ("name:edit", "town:edit", f"{WHOLE}:score")


def lesson() -> tuple[Features, np.ndarray]:
    chance = np.random.default_rng(5)
    matrix = chance.random((300, 3)).astype(np.float32)
    return Features(matrix, NAMES), matrix[:, 0] + 0.3 * matrix[:, 1] > 0.8


def classifiers() -> dict[str, Classifier]:
    features, y = lesson()
    prior = fit_prior(features)
    some = features.take(np.arange(100))
    return {
        "untaught": prior,
        "taught": fit(features, y, some, prior, 0, heed=False),
        "one kind of answer": fit(
            features, np.ones(300, dtype=np.bool_), some, prior, 0, heed=False
        ),
        "line": fit_line(features, y, NAMES[0]),
    }


@pytest.mark.parametrize("name", classifiers())
def test_contributions_and_what_holds_without_them_are_the_decision(name: str) -> None:
    classifier, features = classifiers()[name], lesson()[0]
    base, added = classifier.contributions(features)
    assert added.shape == (300, 3)
    told = log_odds(classifier.predict(features))
    assert np.allclose(base + added.sum(axis=1), told, atol=1e-4)


def test_what_decides_contributes_most_and_in_its_direction() -> None:
    classifier, (features, _) = classifiers()["taught"], lesson()
    _, added = classifier.contributions(features)
    weight = np.abs(added).mean(axis=0)
    assert weight[0] > 3 * weight[1:].max()
    name = features.matrix[:, 0]
    assert (added[name > 0.95, 0] > 0).all()
    assert (added[name < 0.05, 0] < 0).all()


def test_a_feature_that_a_table_lacks_contributes_nothing_to_the_regression() -> None:
    features, _ = lesson()
    fewer = Features(features.matrix[:, [0, 2]], (NAMES[0], NAMES[2]))
    _, added = classifiers()["line"].contributions(fewer)
    assert np.abs(added[:, 1]).max() < 1e-6
