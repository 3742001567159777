"""The score of a group: how likely it is right as it stands."""

import numpy as np
import pytest

from gluematch.models.matching.clustering.confidence import shrunk_confidence, with_confidence
from gluematch.models.matching.clustering.linkage import Groups, cut, link
from gluematch.models.matching.records.pairs import Pairs


def settled(size: int, links: dict[tuple[int, int], float]) -> Groups:
    i, j = np.array(list(links), dtype=np.int32).reshape(-1, 2).T
    linked = link(size, Pairs(i, j), np.array(list(links.values())))
    return with_confidence(linked, cut(linked, 0.5))


def score(found: Groups, entity: int) -> float:
    return float(found.confidence[found.group[entity]])


def sobered_one(said: float) -> float:
    return float(shrunk_confidence(np.array([said]))[0])


def test_what_is_said_of_a_group_is_sobered_in_order() -> None:
    said = np.array([0.0, 0.1, 0.42, 0.8, 0.96, 0.999, 1.0])
    right = shrunk_confidence(said)
    assert (right[[0, -1]] == [0, 1]).all()
    assert (np.diff(right) > 0).all()
    assert (right[2:-1] < said[2:-1]).all()
    assert right[4] == pytest.approx(0.89, abs=0.01)


def test_a_group_without_rivals_is_as_sure_as_its_weakest_merge() -> None:
    assert score(settled(2, {(0, 1): 0.9}), 0) == pytest.approx(sobered_one(0.9))


def test_a_refused_merge_makes_both_sides_less_sure() -> None:
    found = settled(3, {(0, 1): 0.9, (1, 2): 0.4})
    assert found.group[0] == found.group[1] != found.group[2]
    assert score(found, 0) == pytest.approx(sobered_one(0.9 * 0.8))
    assert score(found, 2) == pytest.approx(sobered_one(0.8))


def test_a_lone_row_is_unsure_by_all_its_candidates() -> None:
    found = settled(3, {(0, 1): 0.4, (0, 2): 0.3})
    assert score(found, 0) == pytest.approx(sobered_one(0.6 * 0.7))


def test_a_row_without_candidates_is_certain() -> None:
    assert score(settled(3, {(0, 1): 0.9}), 2) == 1
