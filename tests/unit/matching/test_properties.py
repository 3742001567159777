"""What holds of every table, however it is matched: untaught and taught, in questions and in
evaluations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import Cells, Lesson, lessons, odd_tables, people, records

from gluematch.models.matching import pipeline
from gluematch.models.matching.explaining.explain import explain
from gluematch.models.matching.pipeline import Labels, Matcher, NotEnoughLabels, Records

NOBODY = np.zeros(0, dtype=np.int64)
TRADEOFFS = st.floats(0, 1)

few = settings(max_examples=4, deadline=None)
some = settings(max_examples=8, deadline=None)


def groups_of(
    rows: Records,
    matcher: Matcher | None,
    *,
    wish: float = 0.5,
    effort: float = 0.5,
    enforced: Labels | None = None,
) -> set[frozenset[str]]:
    """The groups of rows by their keys."""
    found = pipeline.find_matches(
        rows, matcher, precision_recall=wish, accuracy_cost=effort, enforced=enforced
    ).match_id
    return {frozenset(rows.keys[found == k].tolist()) for k in np.unique(found)}


def mixed(cells: Cells, order: list[int], names: list[str]) -> Records:
    """The table with rows and columns in another order."""
    return records({name: cells[name] for name in names}, order)


def moved(labels: Labels, order: list[int]) -> Labels:
    """The labels of the same rows at their new places."""
    place = np.argsort(np.array(order)).astype(np.int32)
    return Labels(place[labels.row], labels.set, labels.label)


def reads(cells: Cells) -> list[tuple[str, ...]]:
    """What each row reads like, case and spaces aside."""
    said = [[" ".join(str(v).lower().split()) for v in column] for column in cells.values()]
    return list(zip(*said, strict=True))


@st.composite
def orders(draw: st.DrawFn, cells: Cells) -> tuple[list[int], list[str]]:
    rows = len(next(iter(cells.values())))
    return draw(st.permutations(range(rows))), draw(st.permutations(list(cells)))


@some
@given(st.data())
def test_any_order_gives_the_same_groups_and_questions_untaught(data: st.DataObject) -> None:
    cells = data.draw(people())
    usual, other = records(cells), mixed(cells, *data.draw(orders(cells)))
    wish = data.draw(TRADEOFFS)
    assert groups_of(usual, None, wish=wish) == groups_of(other, None, wish=wish)
    assert asked(usual, None, None, cells) == asked(other, None, None, cells)


@few
@given(st.data())
def test_any_order_gives_the_same_groups_questions_and_metrics_taught(
    data: st.DataObject,
) -> None:
    lesson: Lesson = data.draw(lessons())
    order, names = data.draw(orders(lesson.cells))
    usual, other = records(lesson.cells), mixed(lesson.cells, order, names)
    labels, again = lesson.labels, moved(lesson.labels, order)
    one, two = pipeline.train(usual, labels), pipeline.train(other, again)
    assert groups_of(usual, one) == groups_of(other, two)
    assert asked(usual, labels, one, lesson.cells) == asked(other, again, two, lesson.cells)
    wishes = {"precision_recall": 0.5, "accuracy_cost": 0.5}
    told = pipeline.evaluate(usual, labels, **wishes)
    assert pipeline.evaluate(other, again, **wishes).confusion == told.confusion


def asked(
    rows: Records, labels: Labels | None, matcher: Matcher | None, cells: Cells
) -> list[list[tuple[str, ...]]]:
    """What the rows of each labelling set read like."""
    sets = pipeline.choose_sets(rows, labels, matcher, asked=NOBODY, accuracy_cost=0.5)
    content = reads(cells)
    return [[content[int(key)] for key in rows.keys[members]] for members in sets]


@some
@given(people())
def test_duplicates_are_together_and_one_question_untaught(cells: Cells) -> None:
    check_duplicates(cells, None, None)


@few
@given(lessons())
def test_duplicates_are_together_and_one_question_taught(lesson: Lesson) -> None:
    matcher = pipeline.train(records(lesson.cells), lesson.labels)
    check_duplicates(lesson.cells, lesson.labels, matcher)


def check_duplicates(cells: Cells, labels: Labels | None, matcher: Matcher | None) -> None:
    twice = {name: [*values, *values[::-1]] for name, values in cells.items()}
    rows, content = records(twice), reads(twice)
    for group in groups_of(rows, matcher, wish=1.0):
        inside = {content[int(key)] for key in group}
        assert group == {str(k) for k, read in enumerate(content) if read in inside}
    questions = [read for members in asked(rows, labels, matcher, twice) for read in members]
    assert len(questions) == len(set(questions))


@some
@given(people(), TRADEOFFS, TRADEOFFS)
def test_a_more_precise_tradeoff_only_splits_untaught(
    cells: Cells, one: float, other: float
) -> None:
    check_splitting(records(cells), None, one, other)


@few
@given(lessons(), TRADEOFFS, TRADEOFFS)
def test_a_more_precise_tradeoff_only_splits_taught(
    lesson: Lesson, one: float, other: float
) -> None:
    rows = records(lesson.cells)
    check_splitting(rows, pipeline.train(rows, lesson.labels), one, other)


def check_splitting(rows: Records, matcher: Matcher | None, one: float, other: float) -> None:
    loose = groups_of(rows, matcher, wish=min(one, other))
    for part in groups_of(rows, matcher, wish=max(one, other)):
        assert any(part <= group for group in loose)


@few
@given(lessons(), TRADEOFFS, st.booleans())
def test_enforced_labels_hold(lesson: Lesson, wish: float, taught: bool) -> None:
    rows = records(lesson.cells)
    matcher = pipeline.train(rows, lesson.labels) if taught else None
    found = groups_of(rows, matcher, wish=wish, enforced=lesson.labels)
    group = {key: number for number, keys in enumerate(found) for key in keys}
    said = lesson.labels.pairs()
    for i, j, match in zip(said.i, said.j, said.y, strict=True):
        assert (group[str(i)] == group[str(j)]) == match


@settings(max_examples=16, deadline=None)
@given(odd_tables(), st.integers(0, 2))
def test_every_stage_ends_well_or_says_what_is_missing(cells: Cells, kinds: int) -> None:
    rows = records(cells)
    size = len(rows)
    row = np.arange(size, dtype=np.int32)
    labels = Labels(row, np.zeros(size, dtype=np.int32), row % (kinds + 1))
    sets = pipeline.choose_sets(rows, None, None, asked=NOBODY, accuracy_cost=0.5)
    assert all(len(set(members.tolist())) >= 2 for members in sets)
    matcher = None
    if size < 2:
        with pytest.raises(NotEnoughLabels, match="at least two rows"):
            pipeline.train(rows, labels)
    else:
        matcher = pipeline.train(rows, labels)
    wishes = {"precision_recall": 0.5, "accuracy_cost": 0.5}
    if len(set(labels.pairs().y.tolist())) < 2:
        with pytest.raises(NotEnoughLabels, match=r"labelled pair|no match|no non-match"):
            pipeline.evaluate(rows, labels, **wishes)
    else:
        assert 0 <= pipeline.evaluate(rows, labels, **wishes).f1 <= 1
    for known in (None, matcher):
        found = pipeline.find_matches(
            rows, known, precision_recall=0.5, accuracy_cost=1.0, enforced=labels
        )
        assert sorted(set(found.match_id.tolist())) == list(range(len(set(found.match_id))))
        assert ((found.match_confidence_score >= 0) & (found.match_confidence_score <= 1)).all()
    if size:
        keys = [str(k) for k in sorted({0, size - 1})]
        why = explain(rows, matcher, keys, labels=labels, enforced=False, **wishes)
        assert why.verdict
