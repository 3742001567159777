"""The blocking of large tables: true pairs are in, the order of rows is not seen, effort adds."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from persons import answers, people, records

from gluematch.models.matching.blocking.neighbour_blocking import candidate_pairs
from gluematch.models.matching.features import candidate_table
from gluematch.models.matching.features.candidate_table import read_entities
from gluematch.models.matching.kernels import block_index, block_keys, size_limits
from gluematch.models.matching.kernels.arrays import no_progress
from gluematch.models.matching.pipeline import choose_sets, find_matches, train


@pytest.fixture(autouse=True)
def every_table_is_large(monkeypatch) -> None:
    monkeypatch.setattr(size_limits, "LARGE", 1)


def named_pairs(frame, effort: float, apart: str | None = None) -> set[tuple[str, ...]]:
    """The pairs by what identifies their rows, whatever their order."""
    base = read_entities(records(frame), no_progress)
    pairs = candidate_pairs(base.table, base.vectors, effort, apart)
    name = {int(e): str(k) for e, k in zip(base.table.entity, frame["id"], strict=True)}
    ends = zip(pairs.i.tolist(), pairs.j.tolist(), strict=True)
    return {tuple(sorted((name[i], name[j]))) for i, j in ends}


def test_true_pairs_are_candidates_of_a_large_table() -> None:
    frame, truth = people()
    found = named_pairs(frame, 0.5)
    keys = frame["id"].astype(str).to_numpy()
    for person in range(0, 90, 3):
        assert tuple(sorted(keys[truth == person])) in found


def test_more_effort_keeps_every_pair_of_a_large_table() -> None:
    frame = people()[0]
    low, middle, high = (named_pairs(frame, effort) for effort in (0.0, 0.5, 1.0))
    assert low <= middle <= high
    assert low < high


def test_the_order_of_rows_and_columns_changes_no_pair_of_a_large_table() -> None:
    frame = people()[0]
    turned = frame.iloc[::-1][list(frame.columns[::-1])]
    assert named_pairs(turned, 0.5) == named_pairs(frame, 0.5)


def test_pairs_of_a_large_table_differ_in_the_source() -> None:
    base = read_entities(records(people()[0].assign(source=lambda f: f["id"] % 2)), no_progress)
    pairs = candidate_pairs(base.table, base.vectors, 0.5, "source")
    source = next(c for c in base.table.columns if c.name == "source").codes
    assert len(pairs) > 0
    assert (source[pairs.i] != source[pairs.j]).all()


def test_halves_are_those_of_the_text_without_spaces() -> None:
    texts = ["abcd", "ab cdef", "abcxyz", "abc"]
    points = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32)
    start = np.append(0, np.cumsum([len(t) for t in texts]))
    first, second = block_keys.halves(points, start).T
    assert first[1] == first[2] != first[0]
    assert len(set(second[:3].tolist())) == 3
    assert first[3] == second[3] == 0


def test_blocks_hold_those_who_share_a_key_and_no_one_else() -> None:
    keys = np.array([5 << 4 | 1, 5 << 4 | 3, 6 << 4 | 2, 7 << 4 | 1, 7 << 4 | 2], dtype=np.uint64)
    start, member, first, block = block_index.build_block_index(keys, 4, 4)
    assert [member[a:b].tolist() for a, b in pairwise(start)] == [
        [1, 3],
        [1, 2],
    ]
    assert [block[a:b].tolist() for a, b in pairwise(first)] == [
        [],
        [0, 1],
        [1],
        [0],
    ]


def test_a_focus_brings_the_pairs_of_its_entities_and_few_others() -> None:
    base = read_entities(records(people()[0]), no_progress)
    whole = candidate_pairs(base.table, base.vectors, 0.5, None)
    focus = np.arange(0, base.table.size, 20, dtype=np.int32)
    near = candidate_pairs(base.table, base.vectors, 0.5, None, focus)
    assert set(focus.tolist()) <= set(near.i.tolist()) | set(near.j.tolist())
    assert 0 < len(near) < len(whole)


def test_a_focus_on_all_entities_changes_nothing() -> None:
    base = read_entities(records(people()[0]), no_progress)
    whole = candidate_pairs(base.table, base.vectors, 0.5, None)
    every = np.arange(base.table.size, dtype=np.int32)
    near = candidate_pairs(base.table, base.vectors, 0.5, None, every)
    assert near.i.tolist() == whole.i.tolist()
    assert near.j.tolist() == whole.j.tolist()


def test_a_large_table_is_taught_from_its_labels_and_a_sample(monkeypatch) -> None:
    frame, truth = people()
    monkeypatch.setattr(candidate_table, "_SAMPLE", 30)
    table = records(frame)
    none = np.zeros(0, dtype=np.int64)
    sets = choose_sets(table, None, None, asked=none, accuracy_cost=0.5)
    assert len(sets) > 1
    matcher = train(table, answers(sets, truth))
    found = find_matches(
        table, matcher, precision_recall=0.5, accuracy_cost=0.5, enforced=None
    ).match_id
    twice = [np.flatnonzero(truth == person) for person in range(0, 90, 3)]
    together = [found[rows[0]] == found[rows[1]] for rows in twice]
    assert np.mean(together) > 0.8


def test_free_texts_with_few_rare_words_in_common_are_candidates_of_a_large_table() -> None:
    chance = np.random.default_rng(5)
    vocabulary = np.array([f"{a}{b}{c}" for a in "bcdfgh" for b in "aeiou" for c in "klmnpr"])
    titles, twins = [], []
    for product in range(300):
        words = chance.choice(vocabulary, 9, replace=False)
        titles += [" ".join(words), " ".join(chance.permutation(words)[:6])]
        twins.append((f"{2 * product}", f"{2 * product + 1}"))
    frame = pd.DataFrame({"id": np.arange(len(titles)), "title": titles})
    found = named_pairs(frame, 0.5)
    assert np.mean([tuple(sorted(pair)) in found for pair in twins]) > 0.95
