"""Groups out of probabilities: what is cut, and what a group's score means."""

import numpy as np
import pytest
from persons import groups

from gluematch.models.matching.clustering import linkage
from gluematch.models.matching.clustering.linkage import Groups, cut, link, missing_pairs
from gluematch.models.matching.records.pairs import Pairs


def linked_groups(pairs: dict[tuple[int, int], float], size: int, threshold: float) -> Groups:
    i, j = np.array(sorted(pairs), dtype=np.int32).T
    probability = np.array([pairs[pair] for pair in sorted(pairs)])
    return cut(link(size, Pairs(i, j), probability), threshold)


def test_a_chain_of_likely_pairs_whose_ends_differ_is_cut() -> None:
    chain = {(0, 1): 0.9, (1, 2): 0.8, (0, 2): 0.01}
    assert groups(linked_groups(chain, 4, 0.5).group) == {
        frozenset({0, 1}),
        frozenset({2}),
        frozenset({3}),
    }


def test_a_groups_score_is_its_weakest_merge_and_a_lone_rows_what_it_resists() -> None:
    found = linked_groups({(0, 1): 0.9, (1, 2): 0.3}, 4, 0.5)
    score = found.confidence[found.group]
    assert score == pytest.approx([0.9, 0.9, 0.7, 1.0])


def test_merging_large_groups_needs_more_than_merging_two_rows() -> None:
    side = 8
    inside = {(a, b): 0.95 for a in range(side) for b in range(a + 1, side)}
    inside |= {(a + side, b + side): p for (a, b), p in inside.items()}
    between = {(a, b + side): 0.52 for a in range(side) for b in range(side)}
    assert len(groups(linked_groups(inside | between, 2 * side, 0.5).group)) == 2
    assert len(groups(linked_groups({(0, 1): 0.52}, 2, 0.5).group)) == 1


def test_the_pairs_that_a_component_lacks_are_named() -> None:
    pairs = Pairs(np.array([0, 1], dtype=np.int32), np.array([1, 2], dtype=np.int32))
    lacking = missing_pairs(link(4, pairs, np.array([0.9, 0.9])), 100)
    assert (lacking.i.tolist(), lacking.j.tolist()) == ([0], [2])


def test_a_giant_component_is_divided_at_its_weak_links() -> None:
    size = 1400
    i = np.arange(size - 1, dtype=np.int32)
    probability = np.where(i % 100 == 99, 0.1, 0.9)
    component = link(size, Pairs(i, i + 1), probability).component
    assert np.bincount(component).max() == 100


def two_sided(chance: np.random.Generator) -> dict[tuple[int, int], float]:
    """Ten components of thirty members, every pair scored, each of two groups."""
    pairs: dict[tuple[int, int], float] = {}
    for start in range(0, 300, 30):
        side = chance.integers(0, 2, 30)
        for a in range(30):
            for b in range(a + 1, 30):
                evidence = chance.normal(1.5 if side[a] == side[b] else 0.1, 0.7)
                pairs[start + a, start + b] = float(1 / (1 + np.exp(-evidence)))
    return pairs


def scattered(chance: np.random.Generator) -> dict[tuple[int, int], float]:
    """Components of many sizes, few of their pairs scored."""
    i = chance.integers(0, 295, 350)
    j = i + chance.integers(1, 4, 350)
    return dict(zip(zip(i.tolist(), j.tolist(), strict=True), chance.random(350), strict=True))


@pytest.mark.parametrize("made", [two_sided, scattered])
@pytest.mark.parametrize("threshold", [0.1, 0.3, 0.5, 0.9])
def test_components_linked_together_are_cut_as_scipy_cuts_each(
    monkeypatch: pytest.MonkeyPatch, made, threshold: float
) -> None:
    pairs = made(np.random.default_rng(0))
    together = linked_groups(pairs, 300, threshold)
    monkeypatch.setattr(linkage, "SMALL_COMPONENT", 0)
    alone = linked_groups(pairs, 300, threshold)
    assert (together.group == alone.group).all()
    assert together.confidence == pytest.approx(alone.confidence)
