"""Pages: every thing once, in order, and an end, whatever is written meanwhile."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluematch.handlers import paging
from gluematch.models.errors import InvalidInputException, OperationTimeoutException


def walk(things, size, *, key=lambda one: [one], descending=False):
    """All pages of a list, by their tokens."""
    request = {"MaxResults": size}
    for _ in range(len(things) + 1):
        page = paging.start("list", request)
        found = paging.listed(page, things, key, descending=descending)
        yield found.items
        if found.next_token is None:
            return
        request = {"MaxResults": size, "NextToken": found.next_token}
    raise AssertionError("the pages do not end")


@given(
    things=st.lists(st.tuples(st.integers(0, 3), st.text(max_size=3)), unique=True, max_size=12),
    size=st.integers(1, 5),
    descending=st.booleans(),
)
def test_pages_show_everything_once_and_in_order(things, size, descending):
    pages = list(walk(things, size, key=list, descending=descending))
    assert all(len(page) == size for page in pages[:-1])
    shown = [one for page in pages for one in page]
    assert shown == sorted(things, reverse=descending)


def test_things_that_come_and_go_meanwhile_neither_repeat_nor_hide_others():
    page = paging.start("list", {"MaxResults": 2})
    first = paging.listed(page, "bdfh", lambda one: [one])
    assert first.items == ["b", "d"]
    page = paging.start("list", {"MaxResults": 9, "NextToken": first.next_token})
    assert paging.listed(page, "acefh", lambda one: [one]).items == ["e", "f", "h"]


def test_a_page_that_is_just_full_is_the_last():
    page = paging.start("list", {"MaxResults": 2})
    assert paging.listed(page, "ab", lambda one: [one]).next_token is None


def test_the_default_page_holds_100():
    found = paging.listed(paging.start("list", {}), range(101), lambda one: [one])
    assert (len(found.items), found.next_token is None) == (100, False)


def test_the_size_of_pages_may_change_on_the_way():
    token = paging.cut(paging.start("list", {"MaxResults": 1}), [1, 2], lambda one: one).next_token
    page = paging.start("list", {"MaxResults": 5, "NextToken": token})
    assert (page.after, page.size, page.probe) == (1, 5, 6)


@pytest.mark.parametrize(
    ("operation", "more"),
    [("other", {"Filter": {"Name": "a"}}), ("list", {}), ("list", {"Filter": {"Name": "b"}})],
)
def test_a_token_fits_only_the_query_that_it_came_from(operation, more):
    page = paging.start("list", {"Filter": {"Name": "a"}})
    token = paging.cut(page, list(range(200)), lambda one: one).next_token
    assert paging.start("list", {"Filter": {"Name": "a"}, "NextToken": token}).after == 99
    with pytest.raises(InvalidInputException):
        paging.start(operation, {**more, "NextToken": token})


def test_a_token_that_was_changed_is_refused():
    token = paging.cut(paging.start("list", {}), list(range(200)), lambda one: one).next_token
    proof, key = json.loads(base64.urlsafe_b64decode(token))
    changed = base64.urlsafe_b64encode(json.dumps([proof, key + 1]).encode()).decode()
    with pytest.raises(InvalidInputException):
        paging.start("list", {"NextToken": changed})


@given(token=st.text(min_size=1, max_size=30))
def test_any_text_that_is_no_token_is_refused(token):
    with pytest.raises(OperationTimeoutException):
        paging.start("list", {"NextToken": token}, refusal=OperationTimeoutException)


def test_a_token_of_endless_depth_is_refused():
    token = base64.urlsafe_b64encode(b"[" * 100000).decode()
    with pytest.raises(InvalidInputException):
        paging.start("list", {"NextToken": token})
