"""The star operations by which components are found: what they keep, and how soon they end."""

import numpy as np
import pytest

from gluematch.models.matching.records.pairs import Pairs, pairs_of

pytest.importorskip("pyspark")

from gluematch.models.matching_on_spark.components import large_star, small_star


def rounds(pairs: Pairs) -> tuple[int, Pairs]:
    """Rounds of a large star and a small star until nothing changes, and what is left."""
    for count in range(100):
        everywhere = np.ones(2 * len(pairs), dtype=np.bool_)
        after = small_star(large_star(pairs, everywhere))
        if np.array_equal(after.i, pairs.i) and np.array_equal(after.j, pairs.j):
            return count, pairs
        pairs = after
    raise AssertionError("the stars do not settle")


def path(nodes: int, seed: int = 0) -> Pairs:
    """A path through so many nodes, numbered at random."""
    order = np.random.default_rng(seed).permutation(nodes).astype(np.int64)
    return pairs_of(order[1:], order[:-1])


def test_a_path_ends_as_a_star_around_its_least_node() -> None:
    _, left = rounds(path(100))
    assert left.i.tolist() == [0] * 99
    assert left.j.tolist() == list(range(1, 100))


def test_rounds_grow_with_the_logarithm_of_a_paths_length() -> None:
    for exponent in (4, 8, 12):
        assert rounds(path(2**exponent))[0] <= 2 + exponent


def test_random_edges_end_as_one_star_for_each_component() -> None:
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    chance = np.random.default_rng(1)
    pairs = pairs_of(chance.integers(0, 500, 400), chance.integers(0, 500, 400))
    graph = sparse.coo_matrix((np.ones(len(pairs)), (pairs.i, pairs.j)), shape=(500, 500))
    component = connected_components(graph, directed=False)[1]
    least = np.full(component.max() + 1, 500)
    np.minimum.at(least, component, np.arange(500))
    _, left = rounds(pairs)
    found = np.arange(500)
    found[left.j] = left.i
    assert np.array_equal(found, least[component])


def test_a_hub_of_ten_thousand_neighbours_is_a_star_at_once() -> None:
    hub = np.full(10_000, 10_000, dtype=np.int64)
    count, left = rounds(pairs_of(hub, np.arange(10_000, dtype=np.int64)))
    assert count <= 2
    assert set(left.i.tolist()) == {0}


def test_no_edges_are_no_stars() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    assert rounds(pairs_of(nothing, nothing))[0] == 0
