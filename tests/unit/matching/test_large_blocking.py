"""The blocking of large tables: true pairs are in, the order of rows is not seen, effort adds."""

from itertools import pairwise

import numpy as np
import pytest
from persons import people, records

from gluematch.models.matching import blocking, compiled_blocks
from gluematch.models.matching.arrays import silent
from gluematch.models.matching.blocking import candidate_pairs
from gluematch.models.matching.prepared import read


@pytest.fixture(autouse=True)
def every_table_is_large(monkeypatch) -> None:
    monkeypatch.setattr(blocking, "LARGE", 1)


def named_pairs(frame, effort: float, apart: str | None = None) -> set[tuple[str, ...]]:
    """The pairs by what identifies their rows, whatever their order."""
    base = read(records(frame), silent)
    pairs = candidate_pairs(base.table, base.bags, effort, apart)
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
    base = read(records(people()[0].assign(source=lambda f: f["id"] % 2)), silent)
    pairs = candidate_pairs(base.table, base.bags, 0.5, "source")
    source = next(c for c in base.table.columns if c.name == "source").codes
    assert len(pairs) > 0
    assert (source[pairs.i] != source[pairs.j]).all()


def test_halves_are_those_of_the_text_without_spaces() -> None:
    texts = ["abcd", "ab cdef", "abcxyz", "abc"]
    points = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32)
    start = np.append(0, np.cumsum([len(t) for t in texts]))
    first, second = compiled_blocks.halves(points, start).T
    assert first[1] == first[2] != first[0]
    assert len(set(second[:3].tolist())) == 3
    assert first[3] == second[3] == 0


def test_blocks_hold_those_who_share_a_key_and_no_one_else() -> None:
    keys = np.array([5 << 4 | 1, 5 << 4 | 3, 6 << 4 | 2, 7 << 4 | 1, 7 << 4 | 2], dtype=np.uint64)
    start, member, first, block = compiled_blocks.form_blocks(keys, 4, 4)
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
