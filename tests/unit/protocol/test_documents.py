"""JSON bodies: what is refused, and that others run while a large one is read."""

import threading
import time

import pytest

from gluematch.server.protocol import documents
from gluematch.server.protocol.faults import SerializationException

MEMBERS = "{" + ",".join(f'"{n:x}":""' for n in range(300_000)) + "}"


def padded(text: str) -> bytes:
    """The object with so many more values that the parser in Python reads it."""
    return f'{{"more":[{"1," * 30_000}1],{text[1:]}'.encode()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ('{"a":1,"a":1}', "The member 'a' is there twice."),
        ('{"a":{"b":[{"c":1,"d":2,"c":3}]}}', "The member 'c' is there twice."),
        ('{"a":NaN}', "not valid JSON"),
        ('{"a":-Infinity}', "not valid JSON"),
        ('{"a":"\\ud800"}', "not valid JSON"),
        ('{"a":1', "not valid JSON"),
        ('{"a":' + "[" * 5000 + "]" * 5000 + "}", "not valid JSON"),
    ],
)
def test_small_and_large_bodies_are_refused_for_the_same_reasons(body: str, why: str) -> None:
    for sent in (body.encode(), padded(body)):
        with pytest.raises(SerializationException) as refused:
            documents.document(sent)
        assert why in refused.value.message


def test_small_and_large_bodies_are_read_alike() -> None:
    text = '{"a":[1,2.5,-3e2,true,false,null,"\\u00e9\\n",{},[]],"b":{"c":{"d":[[1],[2]]}}}'
    found = documents.document(padded(text))
    assert found.pop("more") == [1] * 30_001
    assert found == documents.document(text.encode())


@pytest.mark.parametrize("value", ["1", "[]", '""', "{}"])
def test_more_values_than_may_be_are_refused(value: str) -> None:
    body = f'{{"a":[{f"{value}," * documents.MOST_VALUES}{value}]}}'.encode()
    with pytest.raises(SerializationException, match="more than 500000 values"):
        documents.document(body)


def test_a_long_text_is_no_large_body() -> None:
    text = "a,[" * 500_000
    assert documents.document(f'{{"a":"{text}"}}'.encode()) == {"a": text}


def test_others_run_while_a_large_body_is_read() -> None:
    ended = threading.Event()
    gaps: list[float] = []

    def ticks() -> None:
        last = time.monotonic()
        while not ended.wait(0.001):
            now = time.monotonic()
            gaps.append(now - last)
            last = now

    other = threading.Thread(target=ticks)
    other.start()
    began = time.monotonic()
    documents.document(MEMBERS.encode())
    took = time.monotonic() - began
    ended.set()
    other.join()
    assert max(gaps) < took / 2
    assert len(gaps) > 5
