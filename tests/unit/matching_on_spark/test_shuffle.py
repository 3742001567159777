"""Rows of parts: split by where they go, taken and joined."""

import numpy as np
import pyarrow as pa
import pytest

pytest.importorskip("pyspark")

from gluematch.models.matching_on_spark.shuffle import concatenate_parts, part_of, split, take

ROWS = {"number": np.array([4, 5, 6, 7]), "text": pa.array(["a", None, "c", "d"])}


def test_rows_go_to_their_targets_in_their_order() -> None:
    sent = dict(split(ROWS, np.array([2, 0, 2, 0]), 3, home=1))
    assert {target: rows["number"].tolist() for target, rows in sent.items()} == {
        0: [5, 7],
        1: [],
        2: [4, 6],
    }
    assert sent[0]["text"].to_pylist() == [None, "d"]


def test_every_part_hears_of_rows_that_have_no_home() -> None:
    assert [target for target, _ in split(ROWS, np.zeros(4, dtype=np.int64), 3)] == [0, 1, 2]


def test_what_was_split_can_be_joined_again() -> None:
    pieces = [rows for _, rows in split(ROWS, np.array([0, 0, 1, 1]), 2, home=0)]
    whole = concatenate_parts(pieces)
    assert whole["number"].tolist() == [4, 5, 6, 7]
    assert whole["text"].to_pylist() == ["a", None, "c", "d"]


def test_rows_are_taken_by_place_or_by_flag() -> None:
    assert take(ROWS, np.array([3, 0]))["text"].to_pylist() == ["d", "a"]
    assert take(ROWS, np.array([True, False, False, True]))["number"].tolist() == [4, 7]


def test_entities_belong_to_the_part_whose_bounds_they_lie_in() -> None:
    bounds = np.array([0, 2, 2, 5])
    assert part_of(bounds, np.array([0, 1, 2, 4])).tolist() == [0, 0, 2, 2]
