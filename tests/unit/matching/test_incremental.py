"""New rows beside matched ones: where they go, and that nothing else moves."""

import numpy as np
import pandas as pd
import pytest
from persons import answers, people, records

from gluematch.models.matching import pipeline
from gluematch.models.matching.blocking.incremental_blocking import candidate_rows
from gluematch.models.matching.clustering.incremental_linkage import link_to_groups
from gluematch.models.matching.labelling.incremental import IncrementalMatches, match_incrementally
from gluematch.models.matching.pipeline import Matcher, Records
from gluematch.models.matching.records.labels import Labels
from gluematch.models.matching.records.pairs import pairs_of


@pytest.fixture(scope="module")
def taught() -> tuple[pd.DataFrame, np.ndarray, Matcher]:
    frame, truth = people()
    rows = records(frame)
    nobody = np.zeros(0, dtype=np.int64)
    sets = pipeline.choose_sets(rows, None, None, asked=nobody, accuracy_cost=0.5, sets=5)
    return frame, truth, pipeline.train(rows, answers(sets, truth))


def join(
    old: pd.DataFrame, ids: np.ndarray, new: pd.DataFrame, matcher: Matcher, wish: float = 0.5
) -> IncrementalMatches:
    return match_incrementally(
        records(old), ids, records(new), matcher, precision_recall=wish, accuracy_cost=0.5
    )


def halves(frame: pd.DataFrame, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first row of every person, and the second ones."""
    first = np.unique(truth, return_index=True)[1]
    return first, np.setdiff1d(np.arange(len(frame)), first)


def test_new_rows_join_the_groups_of_their_persons(taught: tuple) -> None:
    frame, truth, matcher = taught
    old, new = halves(frame, truth)
    found = join(frame.iloc[old], 1000 + truth[old], frame.iloc[new], matcher)
    assert (found.match_id == 1000 + truth[new]).mean() > 0.9
    assert ((found.match_confidence_score >= 0) & (found.match_confidence_score <= 1)).all()


def test_strangers_get_fresh_ids_above_the_existing_ones(taught: tuple) -> None:
    frame, truth, matcher = taught
    some = truth < 45
    found = join(frame[some], truth[some], frame[~some], matcher)
    fresh = found.match_id[found.match_id >= 45]
    assert len(fresh) > 0.9 * (~some).sum()
    assert set(fresh) == set(range(45, 45 + len(set(fresh))))
    both = pd.DataFrame({"found": found.match_id, "true": truth[~some]})
    assert (both.groupby("true").found.nunique() == 1).mean() > 0.9


def test_a_row_that_reads_as_an_existing_one_joins_its_group(taught: tuple) -> None:
    frame, truth, matcher = taught
    again = frame.iloc[[4, 9]].assign(id=[5001, 5002])
    found = join(frame, truth, again, matcher)
    assert found.match_id.tolist() == truth[[4, 9]].tolist()


def test_the_order_of_new_rows_changes_only_the_numbers_of_fresh_groups(taught: tuple) -> None:
    frame, truth, matcher = taught
    some = truth < 45
    usual = join(frame[some], truth[some], frame[~some], matcher).match_id
    turned = join(frame[some], truth[some], frame[~some].iloc[::-1], matcher).match_id[::-1]
    assert len(set(zip(usual.tolist(), turned.tolist(), strict=True))) == len(set(usual.tolist()))


def test_other_columns_are_refused_and_no_rows_are_no_work(taught: tuple) -> None:
    frame, truth, matcher = taught
    with pytest.raises(ValueError, match="different columns"):
        join(frame, truth, frame.drop(columns="town"), matcher)
    assert len(join(frame, truth, frame.iloc[:0], matcher).match_id) == 0
    everything_new = join(frame.iloc[:0], truth[:0], frame, matcher)
    assert everything_new.match_id.min() == 0


def test_no_new_row_joins_two_groups_that_stood() -> None:
    pairs = pairs_of(np.array([0, 1]), np.array([2, 2]))
    groups = link_to_groups(pairs, np.array([0.99, 0.98]), np.array([7, 8, -1]), 0.5)
    assert groups.group[0] == groups.group[2] != groups.group[1]
    assert groups.confidence[groups.group[2]] == pytest.approx(0.99)


def test_a_join_takes_the_mean_over_the_whole_group() -> None:
    pairs = pairs_of(np.array([0, 1]), np.array([2, 2]))
    one_of_two = link_to_groups(pairs, np.array([0.9, 0.0]), np.array([7, 7, -1]), 0.5)
    assert one_of_two.group.tolist() == [0, 0, 1]
    most = link_to_groups(pairs, np.array([0.9, 0.3]), np.array([7, 7, -1]), 0.5)
    assert most.group.tolist() == [0, 0, 0]


def test_in_a_table_of_one_frequent_value_only_rare_words_find_relatives() -> None:
    many = pd.DataFrame({"id": [str(k) for k in range(50_000)], "name": "common value"})
    many.loc[49_321, "name"] = "common Zyxwv"
    asked = pd.DataFrame({"id": ["a", "b"], "name": ["zyxwv value", "common value"]})
    existing, new = (Records.from_frame(frame, {}, "id") for frame in (many, asked))
    assert candidate_rows(existing, new, 8).tolist() == [49_321]
    alike = Records.from_frame(asked[1:], {}, "id")
    assert not len(candidate_rows(existing, alike, 8))


def test_relatives_share_rare_words_in_any_column_case_or_accent() -> None:
    def table(rows: list[tuple[object, ...]]) -> pd.DataFrame:
        return pd.DataFrame(
            [(k, *row) for k, row in enumerate(rows)], columns=["id", "a", "b", "c"]
        )

    old = table([("Anna", "Eriksen", 1), ("Bo", "Castro", 2), (None, "x", 3), ("Zoë", "x", None)])
    cases = [("ERIKSEN", "-", 9), ("q", "castrova", 9), ("zoe", "y", 9), ("u", None, 2)]
    for case, row in zip(cases, (0, 1, 3, 1), strict=True):
        assert candidate_rows(records(old), records(table([case])), 3).tolist() == [row]
    assert candidate_rows(records(old), records(table([("u", "v", 77)])), 3).tolist() == []


@pytest.fixture(scope="module")
def beside(taught: tuple) -> tuple:
    """How new rows join by themselves, and how beside statements of (set, label, key)."""
    frame, truth, matcher = taught
    first, second = halves(frame, truth)
    stood = first[truth[first] < 45]
    second = np.union1d(second, np.setdiff1d(first, stood))
    old, new = records(frame.iloc[stood]), records(frame.iloc[second])
    keys = np.concatenate([old.keys, new.keys])

    def found(*said: tuple[str, str, object]) -> dict[str, int]:
        sets, labels, rows = zip(*((s, label, str(k)) for s, label, k in said), strict=True)
        enforced, unknown = Labels.from_answers(keys, sets, labels, rows)
        assert unknown == 0
        joined = match_incrementally(
            old,
            truth[stood],
            new,
            matcher,
            precision_recall=0.5,
            accuracy_cost=0.5,
            enforced=enforced,
        )
        assert ((joined.match_confidence_score >= 0) & (joined.match_confidence_score <= 1)).all()
        return dict(zip(new.keys.tolist(), joined.match_id.tolist(), strict=True))

    free = join(frame.iloc[stood], truth[stood], frame.iloc[second], matcher).match_id
    of_person = dict(zip(truth[stood].tolist(), old.keys.tolist(), strict=True))
    return found, dict(zip(new.keys.tolist(), free.tolist(), strict=True)), of_person


def test_a_new_row_goes_where_labels_say_that_it_belongs(beside: tuple) -> None:
    found, free, of_person = beside
    row, its = next((k, g) for k, g in free.items() if g in of_person)
    theirs = max(of_person)
    assert its != theirs
    assert found(("s", "a", row), ("s", "a", of_person[theirs])) == {**free, row: theirs}


def test_a_new_row_leaves_what_labels_say_that_it_does_not_match(beside: tuple) -> None:
    found, free, of_person = beside
    row, its = next((k, g) for k, g in free.items() if g in of_person)
    held = found(("s", "a", row), ("s", "b", of_person[its]))
    assert held.pop(row) not in of_person
    joined = {k: group for k, group in free.items() if group in of_person and k != row}
    assert {k: group for k, group in held.items() if group in of_person} == joined


def test_labels_hold_among_new_rows(beside: tuple) -> None:
    found, free, of_person = beside
    groups = {group: [k for k in free if free[k] == group] for group in set(free.values())}
    pair = next(rows for rows in groups.values() if len(rows) > 1)[:2]
    apart = found(("s", "a", pair[0]), ("s", "b", pair[1]))
    assert apart[pair[0]] != apart[pair[1]]
    one, other = [rows[0] for group, rows in groups.items() if group in of_person][:2]
    together = found(("s", "a", one), ("s", "a", other))
    assert together[one] == together[other]
    assert together[one] in of_person


def test_no_label_moves_an_existing_row(beside: tuple) -> None:
    found, free, of_person = beside
    one, other = sorted({group for group in free.values() if group in of_person})[:2]
    assert found(("s", "a", of_person[one]), ("s", "a", of_person[other])) == free
    row = next(k for k in free if free[k] == one)
    # The newest statement wins; what would join two groups that stood is passed over.
    held = found(
        ("s", "a", row), ("s", "a", of_person[one]), ("t", "a", row), ("t", "a", of_person[other])
    )
    assert held[row] == other
