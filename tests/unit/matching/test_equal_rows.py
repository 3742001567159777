"""Rows of one source that read the same: different things, where sources hold no duplicates."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from persons import answers, people, records

from gluematch.models.matching import pipeline
from gluematch.models.matching.features.source_column import one_to_one
from gluematch.models.matching.records.pairs import Pairs
from gluematch.models.matching.records.records import Records
from gluematch.models.matching.records.table import Table, prepare_table


def shelves() -> Table:
    """Three equal rows in one shop, one in the other, and a row that stands alone in both."""
    rows = [("a", "cup"), ("a", "cup"), ("a", "cup"), ("b", "cup"), ("a", "jug"), ("b", "jug")]
    frame = pd.DataFrame(rows, columns=["shop", "thing"]).assign(id=range(len(rows)))
    return prepare_table(Records.from_frame(frame, {}, "id"))


def across(table: Table, one: int, other: int) -> Pairs:
    low, high = sorted((int(table.entity[one]), int(table.entity[other])))
    return Pairs(np.array([low], dtype=np.int32), np.array([high], dtype=np.int32))


@pytest.mark.parametrize(("one", "other", "share"), [(0, 3, 1 / 3), (4, 5, 1.0)])
def test_of_n_rows_that_read_the_same_only_one_is_the_other(one, other, share):
    table = shelves()
    assert one_to_one(table, across(table, one, other)) == pytest.approx([share])


def test_a_matcher_shares_chances_only_while_sources_hold_no_duplicates():
    frame, truth = people(120)
    rows = records(frame)
    nobody = np.zeros(0, dtype=np.int64)
    sets = pipeline.choose_sets(rows, None, None, asked=nobody, accuracy_cost=0.5)
    matcher = pipeline.train(rows, answers(sets, truth))
    table = shelves()
    equal = across(table, 0, 3)
    assert not matcher.single
    assert matcher.share(table, equal) == pytest.approx([1.0])
    assert replace(matcher, single=True).share(table, equal) == pytest.approx([1 / 3])
