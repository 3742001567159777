"""Features that are compared when they are asked for are those that are held otherwise."""

import numpy as np
import pytest
from persons import answers, people, records

from gluematch.models.matching.features import lazy_features
from gluematch.models.matching.features.candidate_table import (
    CandidateTable,
    EntityTable,
    candidate_table,
    compute_features,
    extend,
    read_entities,
)
from gluematch.models.matching.features.pair_features import (
    RANKED,
    Features,
    comparators_of,
    own_part,
    ranked_part,
)
from gluematch.models.matching.kernels import size_limits
from gluematch.models.matching.kernels.arrays import no_progress
from gluematch.models.matching.pipeline import choose_sets, find_matches, train
from gluematch.models.matching.records.pairs import Pairs


@pytest.fixture
def base() -> EntityTable:
    return read_entities(records(people()[0]), no_progress)


def both(base: EntityTable, pairs: Pairs, monkeypatch) -> tuple[CandidateTable, CandidateTable]:
    held = compute_features(base, pairs, pairs, None, no_progress)
    with monkeypatch.context() as patch:
        patch.setattr(size_limits, "LARGE", 1)
        asked = compute_features(base, pairs, pairs, None, no_progress)
    assert isinstance(held.features, Features)
    assert isinstance(asked.features, lazy_features.LazyFeatures)
    return held, asked


def test_features_on_demand_are_those_that_are_held(base, monkeypatch) -> None:
    monkeypatch.setattr(lazy_features, "CHUNK", 50)
    pairs = candidate_table(base, 0.5, None, None, no_progress).pairs
    held, asked = both(base, pairs, monkeypatch)
    rows = np.arange(len(pairs))
    assert asked.features.names == held.features.names
    np.testing.assert_allclose(
        asked.features.take(rows).matrix, held.features.take(rows).matrix, atol=2e-5
    )
    for name in ("score", "score_rank", "grams_best_gap"):
        np.testing.assert_allclose(
            asked.features.column(name), held.features.column(name), atol=2e-5
        )


def test_more_pairs_on_demand_are_those_that_are_held(base, monkeypatch) -> None:
    pairs = candidate_table(base, 0.5, None, None, no_progress).pairs
    some, others = (Pairs(pairs.i[k::2], pairs.j[k::2]) for k in (0, 1))
    held, asked = (extend(here, others, no_progress) for here in both(base, some, monkeypatch))
    rows = np.arange(len(pairs))
    assert asked.proposed.tolist() == held.proposed.tolist()
    np.testing.assert_allclose(
        asked.features.take(rows).matrix, held.features.take(rows).matrix, atol=2e-5
    )


def test_what_ranks_pairs_is_the_same_alone_as_among_all_features(base) -> None:
    pairs = candidate_table(base, 0.5, None, None, no_progress).pairs
    comparers = comparators_of(base.table, len(pairs))
    whole, alone = (make(comparers, base.vectors, pairs) for make in (own_part, ranked_part))
    assert tuple(alone) == RANKED
    for name, values in alone.items():
        np.testing.assert_array_equal(values, whole[f":{name}"])


def test_a_matcher_scores_features_on_demand_as_those_that_are_held(base, monkeypatch) -> None:
    frame, truth = people()
    none = np.zeros(0, dtype=np.int64)
    sets = choose_sets(records(frame), None, None, asked=none, accuracy_cost=0.5)
    matcher = train(records(frame), answers(sets, truth))
    pairs = candidate_table(base, 0.5, None, None, no_progress).pairs
    held, asked = both(base, pairs, monkeypatch)
    one, other = matcher.score(held), matcher.score(asked)
    assert np.mean(np.abs(one - other) > 1e-3) < 0.01
    rows = np.arange(0, len(pairs), 3)
    np.testing.assert_allclose(matcher.by_itself(asked, rows), matcher.by_itself(asked)[rows])


def test_matching_a_large_table_can_be_cancelled_while_pairs_are_compared(monkeypatch) -> None:
    monkeypatch.setattr(size_limits, "LARGE", 1)
    monkeypatch.setattr(lazy_features, "CHUNK", 20)
    heard: list[float] = []

    def cancel(fraction: float, stage: str) -> None:
        if stage == "comparing pairs":
            heard.append(fraction)
            if len(heard) > 2:
                raise InterruptedError

    with pytest.raises(InterruptedError):
        find_matches(
            records(people()[0]),
            None,
            precision_recall=0.5,
            accuracy_cost=0.5,
            enforced=None,
            progress=cancel,
        )
    assert heard == sorted(heard)
