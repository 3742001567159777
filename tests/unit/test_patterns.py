"""Regular expressions of users: those that would need all memory are refused unread."""

import pytest

from gluematch.models.patterns import PatternError, compiled


@pytest.mark.parametrize(
    "text",
    [
        "((a{1000}){1000}){1000}",
        "(?:[ab]{400}){400}",
        r"(\{\}{999}){999}",
        "(?:(?:a{99}){99}){99}",
        "a{99999999999999999999}",
    ],
)
def test_repetitions_that_unfold_without_end_are_refused(text):
    with pytest.raises(PatternError, match="unfold"):
        compiled(text)


@pytest.mark.parametrize("text", ["(", "[", "a**+", "(?P<a>x)(?P=b)"])
def test_what_is_no_pattern_is_refused(text):
    with pytest.raises(PatternError):
        compiled(text)


@pytest.mark.parametrize(
    ("text", "fits"),
    [("[0-9]{4}(-[0-9]{2}){2}", "2020-01-02"), (r"[\]{}]{3}", "]{}"), ("(a{0,1000}){0,9}", "aa")],
)
def test_usual_patterns_are_compiled(text, fits):
    assert compiled(text).fullmatch(fits)
