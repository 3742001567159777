"""Components that are whole in one part: what grows too large is linked as in one process."""

import numpy as np
import pytest

from gluematch.models.matching.clustering.linkage import FLOOR, LARGEST, components, link
from gluematch.models.matching.records.pairs import pairs_of

pytest.importorskip("pyspark")

from gluematch.models.matching_on_spark.clustering import limit_component


def test_a_component_that_grows_too_large_is_linked_as_in_one_process() -> None:
    size, chance = 3 * LARGEST, np.random.default_rng(0)
    pairs = pairs_of(chance.integers(0, size, 2 * size), chance.integers(0, size, 2 * size))
    probability = chance.uniform(FLOOR, 1, len(pairs))
    whole = link(size, pairs, probability)
    assert len(whole.pairs) < len(pairs)
    least = np.unique(whole.component, return_index=True)[1]

    before = components(size, pairs)
    names = np.unique(before, return_index=True)[1].astype(np.int32)[before[pairs.i]]
    shuffled = chance.permutation(len(pairs))
    part = {"i": pairs.i, "j": pairs.j, "both": probability, "component": names}
    _, found = limit_component((0, {name: v[shuffled] for name, v in part.items()}))
    assert found["i"].tolist() == whole.pairs.i.tolist()
    assert found["j"].tolist() == whole.pairs.j.tolist()
    assert found["both"].tolist() == whole.probability.tolist()
    assert found["component"].tolist() == least[whole.component[whole.pairs.i]].tolist()


def test_a_part_without_links_has_no_components() -> None:
    nothing = np.zeros(0, dtype=np.int32)
    part = {"i": nothing, "j": nothing, "both": np.zeros(0), "component": nothing}
    assert len(limit_component((3, part))[1]["i"]) == 0
