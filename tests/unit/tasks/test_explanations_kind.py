"""Explanations as a kind of work: what becomes of questions that get no answer."""

from datetime import UTC, datetime

import pytest

from gluematch.models import clock
from gluematch.models.catalog import explanations
from gluematch.models.catalog.explanations import Explanation
from gluematch.models.catalog.store import open_catalog
from gluematch.models.errors import EntityNotFoundException
from gluematch.models.scope import Scope
from gluematch.models.tasks.explanations import Explanations
from gluematch.models.tasks.work import Failed, State, Stopped, TimedOut

SCOPE = Scope("123456789012", "eu-central-1")


@pytest.fixture
def catalog(tmp_path):
    opened = open_catalog(tmp_path / "catalog.sqlite")
    yield opened
    opened.close()


def ask(catalog, name, asked=None):
    question = Explanation(name, "tfm", "WAITING", ("1",), 0.0, asked or clock.now())
    with catalog.within(SCOPE).begin() as tx:
        explanations.ask(tx, question)


def found(catalog, name):
    with catalog.within(SCOPE).read() as tx:
        return explanations.get(tx, "tfm", name)


def claimed(catalog, name):
    """The work of a question that the worker has taken."""
    ask(catalog, name)
    kind = Explanations()
    (work,) = kind.open_works(catalog)
    with catalog.within(SCOPE).begin() as tx:
        assert kind.claim(tx, work)
    (work,) = kind.open_works(catalog)
    assert work.state is State.RUNNING
    return kind, work


@pytest.mark.parametrize(
    ("outcome", "code", "told"),
    [
        (Failed("The table is gone."), "InvalidInputException", "The table is gone."),
        (TimedOut(), "OperationTimeoutException", "The explanation took longer than an hour."),
    ],
)
def test_a_question_without_an_answer_says_why(catalog, outcome, code, told):
    kind, work = claimed(catalog, "e")
    with catalog.within(SCOPE).begin() as tx:
        kind.note_progress(tx, work, 0.4, "comparing")
        kind.conclude(tx, work, outcome)
    closed = found(catalog, "e")
    assert (closed.status, closed.progress) == ("FAILED", 0.4)
    assert closed.error == {"Code": code, "Message": told}
    assert kind.open_works(catalog) == []


def test_a_question_that_was_dropped_stays_so(catalog):
    kind, work = claimed(catalog, "e")
    with catalog.within(SCOPE).begin() as tx:
        explanations.drop(tx, "e")
        kind.conclude(tx, work, Stopped())
    with pytest.raises(EntityNotFoundException, match="ask again by ids"):
        found(catalog, "e")


def test_a_server_that_starts_takes_open_questions_up_again(catalog):
    kind, _ = claimed(catalog, "running")
    ask(catalog, "waiting")
    with catalog.connect() as connection:
        kind.recover(connection, set())
    assert {work.state for work in kind.open_works(catalog)} == {State.WAITING}


def test_a_question_that_another_server_answers_is_left_to_it(catalog):
    kind, _ = claimed(catalog, "running")
    with catalog.connect() as connection:
        kind.recover(connection, {"running"})
    assert [work.state for work in kind.open_works(catalog)] == [State.RUNNING]


def test_old_answers_are_forgotten_with_the_next_question(catalog):
    ask(catalog, "old", datetime(2024, 1, 1, tzinfo=UTC))
    with catalog.within(SCOPE).begin() as tx:
        explanations.advance(tx, "old", status="SUCCEEDED", document={})
    assert found(catalog, "old").status == "SUCCEEDED"
    ask(catalog, "new")
    with pytest.raises(EntityNotFoundException):
        found(catalog, "old")
    assert found(catalog, "new").status == "WAITING"
