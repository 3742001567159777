"""What labelled pairs say of a whole table: corrected for how they were chosen."""

import numpy as np
import pytest

from gluematch.models.matching.clustering.calibration import Evidence, calibrate, evidence
from gluematch.models.matching.evaluation.estimation import (
    Estimate,
    Field,
    area_under_curve,
    bins,
    estimate,
    least_certain,
    lost_by_blocking,
)
from gluematch.models.matching.records.pairs import Pairs


def pairs(*both: tuple[int, int]) -> Pairs:
    i, j = np.array(both, dtype=np.int32).reshape(-1, 2).T
    return Pairs(i, j)


def field(chance: list[float], found: Pairs, twins: float = 0.0) -> Field:
    asked = np.zeros(len(found), dtype=np.bool_)
    return Field(found, np.array(chance), np.ones(len(found)), asked, twins)


def alike(own: list[float], *, together: bool) -> Evidence:
    p = np.array(own)
    return Evidence(p, np.full(len(p), together), p)


def test_an_estimate_counts_pairs_in_groups_and_pairs_apart() -> None:
    here = field([0.9, 0.8, 0.1], pairs((0, 1), (2, 3), (0, 2)))
    found = estimate(here, np.array([0, 0, 1, 1], dtype=np.int32), lost=0.3)
    assert (found.together, found.right) == pytest.approx((2.0, 1.7))
    assert found.precision == pytest.approx(0.85)
    assert found.recall == pytest.approx(1.7 / 2.1)
    assert found.blocking_recall == pytest.approx(1 - 0.3 / 2.1)
    assert found.recall <= found.f1 <= found.precision


def test_a_table_without_pairs_has_ratios_of_0() -> None:
    nothing = Estimate(together=0.0, right=0.0, missed=0.0, lost=0.0)
    assert (nothing.precision, nothing.recall, nothing.f1) == (0, 0, 0)


def test_rows_that_read_the_same_count_as_found() -> None:
    found = estimate(field([0.5], pairs((0, 1)), twins=9.0), np.array([0, 0], dtype=np.int32), 0)
    assert found.precision == pytest.approx(9.5 / 10)


def test_what_both_passes_find_says_that_little_was_lost() -> None:
    here = field([1.0] * 6, pairs((0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (0, 6)))
    every = here.pairs
    assert lost_by_blocking(here, every, every) == 0
    some = pairs((0, 1), (0, 2), (0, 3), (0, 4)), pairs((0, 3), (0, 4), (0, 5), (0, 6))
    assert lost_by_blocking(here, *some) == pytest.approx(2.0)


def test_without_answers_the_usual_line_sharpens_what_is_said() -> None:
    nobody = alike([], together=False)
    line = calibrate(nobody, np.zeros(0, dtype=np.bool_))
    low, middle, high = line.chance(alike([0.1, 0.5, 0.9], together=False))
    assert low < 0.1
    assert middle == pytest.approx(0.5)
    assert high > 0.9


def test_answers_that_contradict_the_model_move_the_line() -> None:
    told = alike([0.9] * 300, together=True)
    wrong = calibrate(told, np.arange(300) % 2 == 0)
    right = calibrate(told, np.ones(300, dtype=np.bool_))
    asked = alike([0.9], together=True)
    assert wrong.chance(asked)[0] < 0.8 < right.chance(asked)[0]


def test_a_weak_pair_of_a_sure_group_is_likelier_than_alone() -> None:
    found = pairs((0, 1), (0, 2), (1, 2), (3, 4))
    group = np.array([0, 0, 0, 1, 2], dtype=np.int32)
    told = evidence(found, np.array([0.9, 0.9, 0.2, 0.2]), group, found)
    assert told.around == pytest.approx([2 / 3, 2 / 3, 2 / 3, 0.2])
    assert told.together.tolist() == [True, True, True, False]
    chance = calibrate(told.take([]), np.zeros(0, dtype=np.bool_)).chance(told)
    assert chance[2] > chance[3]


def test_pairs_that_nobody_scored_have_no_probability() -> None:
    told = evidence(pairs((0, 1)), np.array([0.7]), np.arange(4, dtype=np.int32), pairs((2, 3)))
    assert (told.own[0], told.around[0]) == (0, 0)


def test_the_least_sure_pairs_come_first_and_answered_ones_never() -> None:
    here = field([0.9, 0.45, 0.6, 0.5], pairs((0, 1), (0, 2), (0, 3), (1, 2)))
    here.asked[3] = True
    assert least_certain(here).tolist() == [1, 2, 0]


def test_the_area_is_1_where_every_pair_is_certain() -> None:
    found = pairs((0, 1), (0, 2), (1, 2))
    assert area_under_curve(field([1.0, 0.0, 1.0], found)) == pytest.approx(1)
    assert area_under_curve(field([0.5, 0.5, 0.5], found)) == pytest.approx(0.5)


def test_bins_hold_every_pair_once() -> None:
    said = np.array([0.0, 0.05, 0.5, 0.95, 1.0])
    found = bins(said, said > 0.4, (0.0, 0.1, 0.9, 1.0))
    assert [part.pairs for part in found] == [2, 1, 2]
    assert [part.true for part in found] == [0, 1, 1]
