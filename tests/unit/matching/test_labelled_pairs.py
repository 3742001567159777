"""What labels state about pairs of rows."""

import numpy as np

from gluematch.models.matching.records.labels import Labels


def stated(labels: Labels) -> dict[tuple[int, int], bool]:
    pairs = labels.pairs()
    return {(int(i), int(j)): bool(y) for i, j, y in zip(pairs.i, pairs.j, pairs.y, strict=True)}


def test_equal_labels_match_inside_a_set_and_say_nothing_across_sets() -> None:
    keys = np.array(["a", "b", "c", "d"], dtype=object)
    labels, missing = Labels.from_answers(keys, "1112", "xxyx", "abcd")
    assert missing == 0
    assert stated(labels) == {(0, 1): True, (0, 2): False, (1, 2): False}


def test_a_later_statement_on_a_pair_wins() -> None:
    keys = np.array(["a", "b"], dtype=object)
    labels, _ = Labels.from_answers(keys, ["1", "1", "2", "2"], "xxxy", "abba")
    assert stated(labels) == {(0, 1): False}


def test_keys_that_no_row_bears_are_counted_and_left_out() -> None:
    keys = np.array(["a", "b"], dtype=object)
    labels, missing = Labels.from_answers(keys, ["1", "1", "1"], "xxx", ["a", "gone", "b"])
    assert missing == 1
    assert stated(labels) == {(0, 1): True}


def test_a_row_labelled_twice_in_a_set_is_no_pair() -> None:
    keys = np.array(["a"], dtype=object)
    labels, _ = Labels.from_answers(keys, "11", "xy", "aa")
    assert stated(labels) == {}
