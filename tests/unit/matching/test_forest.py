"""The trees as arrays say what scikit-learn says with its own."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier

from gluematch.models.matching.training import forest


def test_a_forest_kept_as_arrays_predicts_as_scikit_learn_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    grown = []

    class Kept(ExtraTreesClassifier):
        def fit(self, *given: object, **named: object) -> "Kept":
            grown.append(super().fit(*given, **named))
            return self

    monkeypatch.setattr(forest, "ExtraTreesClassifier", Kept)
    chance = np.random.default_rng(2)
    matrix = chance.random((400, 5)).astype(np.float32)
    y = matrix[:, 0] + matrix[:, 1] > 1
    kept, _ = forest.grow(matrix, y, 0.5 + chance.random(400), 0)
    fresh = chance.random((200, 5)).astype(np.float32)
    said = kept.predict(fresh)
    assert np.allclose(said, grown[0].predict_proba(fresh)[:, 1], atol=1e-6)
    assert np.ptp(said) > 0.5
    assert np.array_equal(said, replace(kept, grown=()).predict(fresh))
