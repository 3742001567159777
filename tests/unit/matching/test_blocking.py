"""Candidate pairs: the likely ones are in, and effort only adds."""

import numpy as np
from persons import people, records

from gluematch.models.matching.blocking.neighbour_blocking import candidate_pairs
from gluematch.models.matching.features.candidate_table import read_entities
from gluematch.models.matching.kernels.arrays import no_progress


def codes(effort: float, apart: str | None = None) -> set[int]:
    base = read_entities(records(people()[0]), no_progress)
    pairs = candidate_pairs(base.table, base.vectors, effort, apart)
    assert (pairs.i < pairs.j).all()
    found = (pairs.i.astype(np.int64) << 32 | pairs.j).tolist()
    assert found == sorted(set(found))
    return set(found)


def test_more_effort_keeps_every_pair() -> None:
    low, middle, high = codes(0.0), codes(0.5), codes(1.0)
    assert low < middle < high


def test_true_pairs_are_candidates() -> None:
    frame, truth = people()
    base = read_entities(records(frame), no_progress)
    found = codes(0.5)
    for person in range(0, 90, 3):
        low, high = sorted(int(base.table.entity[k]) for k in np.flatnonzero(truth == person))
        assert (low << 32 | high) in found


def test_only_pairs_that_differ_in_the_source_are_proposed() -> None:
    base = read_entities(records(people()[0].assign(source=lambda f: f["id"] % 2)), no_progress)
    pairs = candidate_pairs(base.table, base.vectors, 0.5, "source")
    source = next(c for c in base.table.columns if c.name == "source").codes
    assert len(pairs) > 0
    assert (source[pairs.i] != source[pairs.j]).all()
