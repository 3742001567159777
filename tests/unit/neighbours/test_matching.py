"""Wildcards that are compared piece by piece."""

import pytest

from gluematch.server.neighbours.matching import fits, split_pattern


@pytest.mark.parametrize(
    ("pattern", "text", "fitting"),
    [
        ("*a" * 2000 + "b", "a" * 20_000, False),
        ("*.csv", "x.csv", True),
        ("*.csv", "xcsv", False),
        ("in/*/*.csv", "in/a/b.csv", True),
        ("in/*/*.csv", "in/b.csv", False),
        (r"a\*b", "a*b", True),
        (r"a\*b", "axb", False),
        (r"a\\*b", r"a\xxb", True),
        (r"a\b", r"a\b", True),
        ("ab*ba", "aba", False),
        ("ab*ba", "abba", True),
        ("*a*", "bab", True),
        ("*ab*ab*", "abxb", False),
        ("exact", "exact", True),
        ("exact", "exactly", False),
        ("*", "", True),
        ("", "", True),
    ],
)
def test_a_star_stands_for_anything_and_all_else_for_itself(pattern, text, fitting):
    assert fits(text, split_pattern(pattern)) is fitting
