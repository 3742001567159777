"""The way of a user, straight through the engine: questions, answers, teaching, matching."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from persons import answers, groups, people, records

from gluematch.models.matching import pipeline
from gluematch.models.matching.pipeline import Labels, Matcher, NotEnoughLabels, Records

NOBODY = np.zeros(0, dtype=np.int64)


def match(rows: Records, matcher: Matcher | None, **changes: object) -> pipeline.Matches:
    wishes = {"precision_recall": 0.5, "accuracy_cost": 0.5, "enforced": None} | changes
    return pipeline.find_matches(rows, matcher, **wishes)  # type: ignore[arg-type] # by name


@pytest.fixture(scope="module")
def taught() -> tuple[Records, np.ndarray, Labels, Matcher]:
    frame, truth = people()
    rows = records(frame)
    sets = pipeline.choose_sets(rows, None, None, asked=NOBODY, accuracy_cost=0.5, sets=5)
    labels = answers(sets, truth)
    return rows, truth, labels, pipeline.train(rows, labels)


def f1(match_id: np.ndarray, truth: np.ndarray) -> float:
    upper = np.triu_indices(len(truth), 1)
    said = (match_id[:, None] == match_id[None, :])[upper]
    true = (truth[:, None] == truth[None, :])[upper]
    return float(2 * (said & true).sum() / (said.sum() + true.sum()))


def test_a_taught_matcher_finds_the_persons(taught: tuple) -> None:
    rows, truth, _, matcher = taught
    found = match(rows, matcher)
    assert f1(found.match_id, truth) > 0.9
    assert found.match_id.dtype == np.int64
    assert set(np.unique(found.match_id)) == set(range(found.match_id.max() + 1))


def test_scores_lie_between_0_and_1_and_are_one_per_group(taught: tuple) -> None:
    rows, _, _, matcher = taught
    found = match(rows, matcher)
    assert ((found.match_confidence_score >= 0) & (found.match_confidence_score <= 1)).all()
    for group in groups(found.match_id):
        assert len(set(found.match_confidence_score[list(group)])) == 1


def test_the_first_questions_have_both_kinds_of_answers(taught: tuple) -> None:
    _, _, labels, _ = taught
    y = labels.pairs().y
    assert y.any()
    assert not y.all()


def test_a_second_round_asks_about_other_rows(taught: tuple) -> None:
    rows, _, labels, matcher = taught
    asked = labels.row.astype(np.int64)
    sets = pipeline.choose_sets(rows, labels, matcher, asked=asked, accuracy_cost=0.5, sets=4)
    fresh = np.concatenate(sets)
    assert len(fresh) == len(set(fresh)) > 20
    assert not set(fresh) & set(asked)


def test_the_order_of_rows_and_columns_changes_no_id(taught: tuple) -> None:
    frame, _ = people()
    _, _, _, matcher = taught
    usual = match(records(frame), matcher)
    order = np.random.default_rng(1).permutation(len(frame))
    other = match(records(frame.iloc[order, ::-1]), matcher)
    assert (other.match_id == usual.match_id[order]).all()
    assert np.allclose(other.match_confidence_score, usual.match_confidence_score[order])


def test_training_twice_gives_the_same_matcher(taught: tuple) -> None:
    rows, _, labels, matcher = taught
    assert pipeline.train(rows, labels).to_parts() == matcher.to_parts()


def test_a_saved_matcher_matches_as_before(taught: tuple) -> None:
    rows, _, _, matcher = taught
    document, arrays = matcher.to_parts()
    again = Matcher.from_parts(json.loads(json.dumps(document)), arrays)
    assert (match(rows, again).match_id == match(rows, matcher).match_id).all()


def test_a_matcher_of_another_version_is_refused(taught: tuple) -> None:
    document, arrays = taught[3].to_parts()
    with pytest.raises(ValueError, match="import the labels again"):
        Matcher.from_parts(document | {"version": 0}, arrays)


def test_more_precision_only_splits_groups(taught: tuple) -> None:
    rows, _, _, matcher = taught
    before = None
    for wish in (0.0, 0.2, 0.5, 0.8, 1.0):
        now = match(rows, matcher, precision_recall=wish).match_id
        if before is not None:
            assert all(len(set(before[list(group)])) == 1 for group in groups(now))
        before = now


def test_evaluation_adds_up(taught: tuple) -> None:
    rows, _, labels, _ = taught
    found = pipeline.evaluate(rows, labels, precision_recall=0.5, accuracy_cost=0.5)
    told = found.confusion
    counted = (
        told.true_positives + told.false_positives + told.true_negatives + told.false_negatives
    )
    assert counted == len(labels.pairs())
    assert 0.5 < found.f1 <= 1
    assert 0.5 < found.area_under_pr_curve <= 1
    shares = [share for _, share in found.column_importances]
    assert sum(shares) == pytest.approx(1)
    assert shares == sorted(shares, reverse=True)
    assert {name for name, _ in found.column_importances} == set(rows.names)


@pytest.mark.parametrize(("label", "kind"), [(0, "non-match"), (None, "match")])
def test_evaluation_says_which_kind_of_answer_is_missing(
    taught: tuple, label: int | None, kind: str
) -> None:
    rows, _, labels, _ = taught
    same = np.arange(len(labels)) if label is None else np.full(len(labels), label)
    odd = Labels(labels.row, labels.set, same.astype(np.int32))
    with pytest.raises(NotEnoughLabels, match=f"no {kind}"):
        pipeline.evaluate(rows, odd, precision_recall=0.5, accuracy_cost=0.5)
    assert len(match(rows, pipeline.train(rows, odd)).match_id) == len(rows)


def test_training_without_a_labelled_pair_is_refused() -> None:
    frame, _ = people(4)
    none = np.zeros(0, dtype=np.int32)
    with pytest.raises(NotEnoughLabels, match="no labelled pair"):
        pipeline.train(records(frame), Labels(none, none, none))


@settings(max_examples=8, deadline=None)
@given(codes=st.lists(st.integers(0, 3), min_size=8, max_size=8), start=st.integers(0, 100))
def test_enforced_labels_hold_whatever_they_say(codes: list[int], start: int) -> None:
    frame, _ = people(60)
    rows = records(frame.iloc[:70])
    chosen = ((start + 9 * np.arange(8)) % 70).astype(np.int32)
    labels = Labels(chosen, np.zeros(8, dtype=np.int32), np.array(codes, dtype=np.int32))
    found = match(rows, None, enforced=labels).match_id
    stated = labels.pairs()
    assert ((found[stated.i] == found[stated.j]) == stated.y).all()


def test_of_contradicting_labels_the_newest_hold() -> None:
    frame, _ = people(20)
    row = np.array([0, 5, 5, 9, 0, 9], dtype=np.int32)
    group = np.array([0, 0, 1, 1, 2, 2], dtype=np.int32)
    label = np.array([1, 1, 1, 1, 1, 2], dtype=np.int32)
    found = match(records(frame), None, enforced=Labels(row, group, label)).match_id
    assert found[0] != found[9]
    assert found[5] == found[9]
    assert found[0] != found[5]
