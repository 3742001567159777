"""The estimate of a table's matches beside its truth."""

import numpy as np
import pytest
from persons import answers, people, records

from gluematch.models.matching import pipeline
from gluematch.models.matching.kernels import size_limits

NOBODY = np.zeros(0, dtype=np.int64)
WISHES = {"precision_recall": 0.5, "accuracy_cost": 0.5}


def learned(count: int, sets: int) -> tuple[pipeline.Records, np.ndarray, pipeline.Labels]:
    frame, truth = people(count)
    rows = records(frame)
    asked = pipeline.choose_sets(rows, None, None, asked=NOBODY, accuracy_cost=0.5, sets=sets)
    return rows, truth, answers(asked, truth)


def ratios(match_id: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    upper = np.triu_indices(len(truth), 1)
    said = (match_id[:, None] == match_id[None, :])[upper]
    true = (truth[:, None] == truth[None, :])[upper]
    return float((said & true).sum() / said.sum()), float((said & true).sum() / true.sum())


def test_the_estimate_is_near_the_truth_of_the_whole_table() -> None:
    rows, truth, labels = learned(240, sets=12)
    told = pipeline.evaluate(rows, labels, **WISHES)
    matcher = pipeline.train(rows, labels)
    found = pipeline.find_matches(rows, matcher, **WISHES, enforced=None)
    precision, recall = ratios(found.match_id, truth)
    assert told.precision == pytest.approx(precision, abs=0.1)
    assert told.recall == pytest.approx(recall, abs=0.1)


def test_more_precision_is_expected_to_cost_recall() -> None:
    rows, _, labels = learned(90, sets=6)
    low, high = (
        pipeline.evaluate(rows, labels, precision_recall=wish, accuracy_cost=0.5)
        for wish in (0.1, 0.9)
    )
    assert high.whole.together <= low.whole.together
    recalls = [point.recall for point in low.curve]
    assert recalls == sorted(recalls, reverse=True)


def test_the_least_sure_pairs_are_not_among_the_labelled() -> None:
    rows, _, labels = learned(90, sets=6)
    told = pipeline.evaluate(rows, labels, **WISHES).doubtful
    stated = labels.pairs()
    known = set(zip(stated.i.tolist(), stated.j.tolist(), strict=True))
    asked = {tuple(sorted(pair)) for pair in zip(told.i.tolist(), told.j.tolist(), strict=True)}
    assert asked
    assert not asked & known


def test_a_large_table_is_judged_by_its_labels_and_a_sample(monkeypatch) -> None:
    monkeypatch.setattr(size_limits, "LARGE", 1)
    monkeypatch.setattr(pipeline, "_EVALUATED", 100)
    rows, truth, labels = learned(240, sets=12)
    told = pipeline.evaluate(rows, labels, **WISHES)
    assert told.sampled
    assert told.whole.together < 2 * len(truth)
    assert told.f1 > 0.8
