"""Drawings of objects: what was drawn is made again, shared as it was shared; nothing else is."""

import json
from collections import OrderedDict, defaultdict
from datetime import UTC
from enum import Enum
from threading import Lock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluematch.server.neighbours.kept.graphs import (
    DEEPEST,
    OBJECTS_DEEPEST,
    Classes,
    Drawing,
    Making,
    NotDrawn,
)


class Node:
    """An object with whatever it was given; one that is constructed has been told so."""

    constructed = 0

    def __init__(self, **held):
        Node.constructed += 1
        vars(self).update(held)


class Store(dict):
    """A mapping with attributes, which is asked for nothing while it is filled."""

    def __setitem__(self, key, value):
        raise AssertionError("nobody's code runs")


class Colour(Enum):
    RED = "red"


CLASSES = Classes({"Node": Node, "Store": Store, "Colour": Colour}, {Node: {"lock": Lock}})

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(),
    st.binary(),
    st.datetimes(timezones=st.sampled_from([None, UTC])),
    st.decimals(allow_nan=False),
    st.uuids(),
    st.sampled_from(Colour),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner),
        st.lists(inner).map(tuple),
        st.dictionaries(st.one_of(st.text(), st.just("$"), st.integers(), st.binary()), inner),
        st.dictionaries(st.text(), inner).map(OrderedDict),
    ),
    max_leaves=20,
)


def again(value):
    """The value, drawn to text and made of it."""
    told = []
    drawing = Drawing(CLASSES, told.append)
    told.append("[")
    drawing.draw(value)
    told.append(", ")
    drawing.draw_later()
    told.append("]")
    made, _ = Making(CLASSES).of(json.loads("".join(told)))
    return made


@given(values)
def test_what_was_drawn_is_made_again(value):
    made = again(value)
    assert made == value
    assert type(made) is type(value)


@given(st.sets(st.one_of(st.text(), st.integers())), st.frozensets(st.binary()))
def test_sets_are_made_again(some, fixed):
    assert again([some, fixed]) == [some, fixed]


def test_objects_are_shared_as_they_were_and_may_go_round():
    first, second = Node(name="first"), Node(name="second")
    first.beside, second.beside, first.own = second, first, first
    made, alone = again([first, {second: {first}}])
    assert (made.name, made.beside.name) == ("first", "second")
    assert made.own is made
    assert made.beside.beside is made
    assert alone == {made.beside: {made}}


def test_objects_may_lead_to_others_without_end():
    first = Node(number=0)
    last = first
    for number in range(1, 5000):
        last.next = Node(number=number, among=[{"a": [last]}])
        last = last.next
    last.next = first
    made = again([first, {"last": last}])
    node, numbers = made[0], []
    for _ in range(5000):
        numbers.append(node.number)
        before, node = node, node.next
        assert before is node or node.number == 0 or node.among[0]["a"][0] is before
    assert numbers == [*range(5000)]
    assert node is made[0]
    assert made[1]["last"] is before


def nested(value, depth):
    for _ in range(depth):
        value = [value]
    return value


def test_plain_lists_below_the_deepest_object_are_drawn_down_to_a_bound():
    first = deepest = Node()
    for _ in range(OBJECTS_DEEPEST - 1):
        deepest.next = Node()
        deepest = deepest.next
    deepest.held = nested("x", DEEPEST - OBJECTS_DEEPEST)
    made = again(nested(first, 0))
    for _ in range(OBJECTS_DEEPEST - 1):
        made = made.next
    assert made.held == deepest.held
    with pytest.raises(NotDrawn, match=f"nests deeper than {DEEPEST} levels"):
        again(nested("x", DEEPEST + 1))
    with pytest.raises(NotDrawn, match="nests deeper"):
        again(nested("x", 100_000))


def test_no_code_of_theirs_runs_and_locks_are_made_anew():
    held = Store.__new__(Store)
    dict.update(held, {1: "a"})
    held.name = "store"
    node = Node(lock=Lock(), held=held, by_name=defaultdict(dict, {"a": {"b": 1}}))
    before = Node.constructed
    made = again(node)
    assert Node.constructed == before
    assert made.lock.acquire(blocking=False)
    assert made.lock is not node.lock
    assert (made.held, made.held.name) == ({1: "a"}, "store")
    assert made.by_name["new"] == {}


@pytest.mark.parametrize(
    "value", [Lock(), lambda: 1, object(), Node, Store, defaultdict(list), Node(inside=object())]
)
def test_what_no_document_can_say_is_not_drawn(value):
    with pytest.raises(NotDrawn):
        again(value)


@pytest.mark.parametrize(
    "found",
    [
        {"$": "object", "of": "Popen", "id": 0, "held": {}},
        {"$": "object", "of": "Lock", "id": 0, "held": {}},
        {"$": "mapping", "of": "Popen", "items": []},
        {"$": "enum", "of": "Popen", "held": 1},
        {"$": "class", "held": "Node"},
        {"$": "init", "held": "Node"},
        {"$": "_class__", "of": "Node"},
    ],
)
def test_what_nobody_named_is_not_made(found):
    with pytest.raises(NotDrawn):
        Making(CLASSES).of(found)
