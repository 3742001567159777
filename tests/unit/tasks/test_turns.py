"""Whose run begins next, without processes."""

from datetime import timedelta

from board import Board

from gluematch.models.scope import Scope
from gluematch.models.tasks.turns import Entry, has_room, in_turn
from gluematch.models.tasks.work import State, Work


def entries(kind: Board, account: str, *names: str) -> list[Entry]:
    """Runs of an account that wait."""
    scope = Scope(account, "us-east-1")
    minute = timedelta(minutes=1)
    works = [Work(scope, name, State.WAITING, "g", name, minute, None) for name in names]
    return [(kind, work) for work in works]


def names(found: list[Entry]) -> list[str]:
    return [work.work_id for _, work in found]


def test_an_account_with_one_run_does_not_wait_for_all_of_another() -> None:
    kind = Board()
    waiting = [*entries(kind, "flood", *"abcdef"), *entries(kind, "guest", "g")]
    assert names(list(in_turn([waiting], []))) == ["a", "g", *"bcdef"]


def test_who_has_runs_going_on_comes_after_who_has_none() -> None:
    kind = Board()
    waiting = [*entries(kind, "flood", *"abc"), *entries(kind, "guest", *"gh")]
    going_on = entries(kind, "flood", "1", "2")
    assert names(list(in_turn([waiting], going_on))) == ["g", "h", "a", "b", "c"]


def test_one_account_has_its_runs_oldest_first_and_its_kinds_in_turn() -> None:
    crawls, tasks = Board(), Board()
    waiting = [entries(crawls, "one", *"abc"), entries(tasks, "one", *"xy")]
    assert names(list(in_turn(waiting, []))) == ["a", "x", "b", "y", "c"]


def test_a_kind_with_places_of_its_own_is_counted_by_itself() -> None:
    shared, apart = Board(), Board()
    apart.slots = 8
    waiting = [entries(shared, "one", "a"), entries(apart, "one", "x"), entries(apart, "two", "y")]
    going_on = entries(apart, "one", "1", "2", "3")
    found = names(list(in_turn(waiting, going_on)))
    assert found.index("y") < found.index("x")
    assert found.index("a") < found.index("x")


def test_nothing_waits() -> None:
    assert list(in_turn([[], []], [])) == []


def test_an_account_that_has_all_places_leaves_one_more_to_another() -> None:
    kind = Board()
    flood, (own,), (guest,) = (
        entries(kind, "flood", *"ab"),
        entries(kind, "flood", "c"),
        entries(kind, "guest", "g"),
    )
    assert has_room(own, flood[:1], 2)
    assert not has_room(own, flood, 2)
    assert has_room(guest, flood, 2)
    assert has_room(guest, flood[:1], 1)


def test_there_is_one_such_place_and_no_more() -> None:
    kind = Board()
    (guest,), (third,) = entries(kind, "guest", "h"), entries(kind, "third", "t")
    beside = [*entries(kind, "flood", *"ab"), *entries(kind, "guest", "g")]
    assert not has_room(guest, beside, 2)
    assert not has_room(third, beside, 2)
    assert not has_room(third, beside[1:], 2)


def test_places_of_a_kind_of_its_own_are_counted_by_themselves() -> None:
    shared, apart = Board(), Board()
    apart.slots = 2
    (run,), (guest,) = entries(apart, "flood", "x"), entries(apart, "guest", "g")
    assert has_room(run, entries(shared, "flood", *"abc"), 2)
    assert not has_room(run, entries(apart, "flood", *"xy"), 8)
    assert has_room(guest, entries(apart, "flood", *"xy"), 8)
