"""Texts made comparable all at once read as if made comparable one by one."""

from hypothesis import given
from hypothesis import strategies as st

from gluematch.models.matching.records import text

SIGNS = st.sampled_from("aB9 \t\n.-_é\0\x1f")
VALUES = st.lists(st.text(SIGNS, max_size=8), max_size=6)
PLAIN = st.lists(st.text(st.sampled_from("aB9 \t.-_"), max_size=8), max_size=6)


@given(VALUES | PLAIN)
def test_spellings_are_the_spelling_of_each_value(values: list[str]) -> None:
    assert text.spellings(values) == [text.spelling(v) for v in values]


@given(VALUES | PLAIN)
def test_bares_are_the_bare_form_of_each_spelling(values: list[str]) -> None:
    spelled = [s for s in map(text.spelling, values) if s]
    assert text.normalise_all(spelled) == [text.normalise(s) for s in spelled]


def test_values_that_are_no_texts_are_spelled_too() -> None:
    assert text.spellings([7.0, True, "A"]) == ["7", "true", "a"]
