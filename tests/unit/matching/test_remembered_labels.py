"""What people said is known again by the rows' content, whatever the order of the columns."""

import numpy as np
import pandas as pd
import pytest

from gluematch.models.matching.clustering.linkage import cut, link
from gluematch.models.matching.clustering.soft_constraints import add_known_pairs, apply_constraints
from gluematch.models.matching.features.candidate_table import read_entities
from gluematch.models.matching.kernels.arrays import no_progress
from gluematch.models.matching.records.labels import Labels
from gluematch.models.matching.records.pairs import Pairs
from gluematch.models.matching.records.records import Records
from gluematch.models.matching.records.remembered_labels import KnownLabels, known_pairs, remember

FRAME = pd.DataFrame(
    {
        "id": list("abcd"),
        "name": ["Ann Lee", "Anne Lee", "Bob Ray", "Bo Ray"],
        "city": ["Rome", "Rome", None, "Oslo"],
    }
)


def table_of(frame: pd.DataFrame):
    return read_entities(Records.from_frame(frame, {}, "id"), no_progress).table


def labels_of(*answers: tuple[int, int, int]) -> Labels:
    row, group, label = (np.array(part, dtype=np.int32) for part in zip(*answers, strict=True))
    return Labels(row, group, label)


def said(*answers: tuple[int, int, bool]) -> KnownLabels:
    i, j, y = zip(*answers, strict=True)
    return KnownLabels(Pairs(np.array(i, dtype=np.int32), np.array(j, dtype=np.int32)), np.array(y))


def test_statements_are_recalled_in_another_order_of_rows_and_columns() -> None:
    memory = remember(table_of(FRAME), labels_of((0, 0, 1), (1, 0, 1), (2, 0, 2)))
    other = FRAME.iloc[[3, 1, 2, 0]][["city", "id", "name"]].reset_index(drop=True)
    table = table_of(other)
    found = known_pairs(memory, table)
    names = {int(e): row for row, e in zip(other["id"], table.entity, strict=True)}
    stated = {
        (*sorted((names[int(i)], names[int(j)])), bool(y))
        for i, j, y in zip(found.pairs.i, found.pairs.j, found.y, strict=True)
    }
    assert stated == {("a", "b", True), ("a", "c", False), ("b", "c", False)}


def test_rows_that_a_table_lacks_are_not_spoken_of() -> None:
    memory = remember(table_of(FRAME), labels_of((0, 0, 1), (1, 0, 1)))
    assert not len(known_pairs(memory, table_of(FRAME.iloc[1:].reset_index(drop=True))))
    assert not len(known_pairs(memory, table_of(FRAME.iloc[:0])))


def test_the_later_of_two_statements_stands() -> None:
    answers = ((0, 0, 1), (1, 0, 1), (0, 1, 1), (1, 1, 2))
    found = known_pairs(remember(table_of(FRAME), labels_of(*answers)), table_of(FRAME))
    assert found.y.tolist() == [False]


@pytest.mark.parametrize(("match", "groups"), [(True, 1), (False, 2)])
def test_a_statement_speaks_for_those_that_surely_match_one_of_the_two(
    match: bool, groups: int
) -> None:
    i = np.array([0, 0, 1, 2, 2, 3], dtype=np.int32)
    j = np.array([1, 2, 3, 3, 4, 5], dtype=np.int32)
    p = np.array([0.95, 0.4, 0.45, 0.95, 0.05, 0.1])
    answer = said((0, 3, match))
    linked = apply_constraints(link(6, *add_known_pairs(Pairs(i, j), p, answer)), answer)
    assert len(np.unique(cut(linked, 0.5).group[:4])) == groups
    assert len(np.unique(cut(linked, 0.5).group)) == groups + 2


def test_a_match_joins_rows_that_nothing_else_links() -> None:
    nobody = Pairs(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32))
    answer = said((0, 2, True), (1, 2, False))
    linked = apply_constraints(link(3, *add_known_pairs(nobody, np.zeros(0), answer)), answer)
    assert cut(linked, 0.5).group.tolist() == [0, 1, 0]
