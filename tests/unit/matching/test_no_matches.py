"""Tables in which no two rows match: hardly a false group, taught or not."""

import numpy as np
import pandas as pd
import pytest
from persons import answers, people, records

from gluematch.models.matching import pipeline
from gluematch.models.matching.pipeline import Labels, Matcher, Records

NOBODY = np.zeros(0, dtype=np.int64)


@pytest.fixture(scope="module")
def strangers() -> pd.DataFrame:
    """Persons who share names, towns and streets, each of them once."""
    frame, truth = people(400)
    return frame.iloc[np.unique(truth, return_index=True)[1]].reset_index(drop=True)


def grouped(rows: Records, matcher: Matcher | None) -> float:
    """The share of rows that are not alone."""
    found = pipeline.find_matches(
        rows, matcher, precision_recall=0.5, accuracy_cost=0.5, enforced=None
    )
    sizes = np.bincount(found.match_id)
    return float(sizes[sizes > 1].sum()) / len(rows)


def test_answers_that_are_all_different_leave_every_row_alone(strangers: pd.DataFrame) -> None:
    rows = records(strangers)
    labels: Labels | None = None
    matcher: Matcher | None = None
    asked = NOBODY
    for _ in range(2):
        sets = pipeline.choose_sets(rows, labels, matcher, asked=asked, accuracy_cost=0.5)
        asked = np.concatenate([asked, *sets])
        groups = np.array_split(asked, len(asked) // 10)
        labels = answers(groups, np.arange(len(rows)))
        matcher = pipeline.train(rows, labels)
    assert grouped(rows, matcher) <= 0.01
