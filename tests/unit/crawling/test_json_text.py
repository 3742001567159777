"""The JSON classifier: lines, values one after another, arrays; whole or cut off."""

import pytest

from gluematch.models.crawling.json_text import classify
from gluematch.models.crawling.types import Array, Struct


def test_lines_and_pretty_printed_values_are_the_same_table():
    lines = '{"A": 1, "b": "x"}\n{"A": 2, "c": null}\n'
    pretty = '{\n "A": 1,\n "b": "x"\n}\n{\n "A": 2,\n "c": null\n}'
    for text in (lines, pretty):
        answer = classify(text, whole=True)
        form, columns, records = answer.format, answer.columns, answer.records
        assert columns == (("a", "int"), ("b", "string"), ("c", None))
        assert form.paths == {"A", "b", "c"}
        assert records == 2


def test_an_array_is_one_column():
    answer = classify('[{"a": 1}, {"a": 2.5}]', whole=True)
    form, columns, records = answer.format, answer.columns, answer.records
    assert columns == (("array", Array(Struct((("a", "double"),)))),)
    assert form.paths == {"array"}
    assert records == 1


def test_the_value_that_a_sample_cuts_off_does_not_count():
    text = '{"a": 1}\n{"a": 2}\n{"a": "cut'
    answer = classify(text, whole=False)
    columns, records, characters = answer.columns, answer.records, round(answer.share * len(text))
    assert columns == (("a", "int"),)
    assert records == 2
    assert characters == text.index('{"a": "cut')


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1\n2\n",
        '"text"',
        '{"a": 1}\nand words',
        "{broken",
        '{"a": 1}\n[2]',
        "[" * 100_000,
        '{"a": ' + "9" * 5000 + "}",
    ],
)
def test_other_text_is_not_json(text):
    assert classify(text, whole=True) is None


def test_a_first_value_that_is_cut_off_says_nothing_yet():
    assert classify('{"a": "very long', whole=False) is None
