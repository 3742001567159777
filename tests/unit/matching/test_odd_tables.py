"""Tables that nobody should bring, and that somebody will: they end well."""

import numpy as np
import pandas as pd
import pytest

from gluematch.models.matching import pipeline
from gluematch.models.matching.pipeline import Labels, Matches, Records

NOBODY = np.zeros(0, dtype=np.int64)


def table(columns: dict[str, list[object]]) -> Records:
    frame = pd.DataFrame(
        {name: pd.Series(values, dtype=object) for name, values in columns.items()}
    )
    frame.insert(0, "id", np.arange(len(frame)))
    return Records.from_frame(frame, {}, "id")


def match(rows: Records) -> Matches:
    return pipeline.find_matches(rows, None, precision_recall=0.5, accuracy_cost=0.5, enforced=None)


ODD = {
    "no row": {"a": []},
    "one row": {"a": ["x"]},
    "two rows": {"a": ["x", "y"], "b": ["1", "2"]},
    "no column": {},
    "only nulls": {"a": [None] * 5, "b": [None] * 5},
    "a constant": {"a": ["same"] * 5, "b": list("vwxyz")},
    "emoji": {"a": ["😀", "😀😀", "🎉", "é", "e\u0301"] * 3, "b": list("abcdefghijklmno")},
    "huge cells": {"a": ["x" * 100_000 + str(k) for k in range(6)]},
    "nested values": {"a": [[1, 2], {"b": 1}, [1, 3], (1,)], "b": [True, 1, 1.0, "1"]},
    "wide": {f"c{k}": [str((k * r) % 7) for r in range(20)] for k in range(100)},
    "infinite numbers": {"a": [float("inf"), 1e308, -1e308, 0.0, float("nan")]},
}


@pytest.mark.parametrize("name", ODD)
def test_every_stage_ends_well_on(name: str) -> None:
    rows = table(ODD[name])
    assert len(match(rows).match_id) == len(rows)
    sets = pipeline.choose_sets(rows, None, None, asked=NOBODY, accuracy_cost=0.5)
    assert all(len(members) >= 2 for members in sets)
    if not sets:
        return
    chosen = np.concatenate(sets).astype(np.int32)
    group = np.repeat(np.arange(len(sets)), [len(s) for s in sets]).astype(np.int32)
    labels = Labels(chosen, group, (np.arange(len(chosen)) % 2).astype(np.int32))
    matcher = pipeline.train(rows, labels)
    found = pipeline.find_matches(
        rows, matcher, precision_recall=0.9, accuracy_cost=1.0, enforced=labels
    )
    assert np.isfinite(found.match_confidence_score).all()


def test_long_cells_that_differ_at_the_end_are_not_the_same_row() -> None:
    rows = table({"a": ["x" * 5000 + "1", "x" * 5000 + "2"], "b": ["p", "p"]})
    sets = pipeline.choose_sets(rows, None, None, asked=NOBODY, accuracy_cost=0.5)
    assert sorted(np.concatenate(sets).tolist()) == [0, 1]


def test_numbers_that_match_nowhere_can_be_asked_about_and_taught() -> None:
    chance = np.random.default_rng(3)
    rows = table({f"n{k}": chance.integers(0, 200, 150).tolist() for k in range(6)})
    sets = pipeline.choose_sets(rows, None, None, asked=NOBODY, accuracy_cost=0.5)
    assert len(sets) == 10
    assert all(len(members) == 10 for members in sets)
    chosen = np.concatenate(sets).astype(np.int32)
    group = np.repeat(np.arange(10), 10).astype(np.int32)
    labels = Labels(chosen, group, chance.integers(0, 3, 100).astype(np.int32))
    told = pipeline.evaluate(rows, labels, precision_recall=0.5, accuracy_cost=0.5)
    assert 0 <= told.f1 <= 1
