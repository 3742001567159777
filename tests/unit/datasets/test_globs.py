"""Exclusion globs, by the examples of AWS Glue's guide."""

import time

import pytest

from gluematch.models.datasets.globs import GlobError, check_glob, excluder

CASES = [
    ("*.csv", "a.csv", True),
    ("*.csv", "folder/a.csv", False),
    ("*.*", "a.csv", True),
    ("*.*", "a", False),
    ("*.{csv,avro}", "a.avro", True),
    ("*.{csv,avro}", "a.json", False),
    ("foo.?", "foo.c", True),
    ("foo.?", "foo.cc", False),
    ("myfolder/*", "myfolder/source", True),
    ("myfolder/*", "myfolder/deep/source", False),
    ("myfolder/*/*", "myfolder/deep/source", True),
    ("myfolder/**", "myfolder/deep/source", True),
    ("myfolder/**", "myfolder", False),
    ("myfolder**", "myfolder", True),
    ("myfolder**", "myfolder/deep/source", True),
    ("**.csv", "a/b/c.csv", True),
    ("departments/market*", "departments/market-us.json", True),
    ("departments/market*", "departments/finance.json", False),
    ("2015/01/{[!0],0[8-9]}**", "2015/01/08/data", True),
    ("2015/01/{[!0],0[8-9]}**", "2015/01/31/data", True),
    ("2015/01/{[!0],0[8-9]}**", "2015/01/07/data", False),
    ("2015/[2-9]**", "2015/3/data", True),
    ("2015/[2-9]**", "2015/03/data", False),
    ("[abc]", "b", True),
    ("[abc]", "d", False),
    ("[a-z]", "q", True),
    ("[a-z]", "Q", False),
    ("[abce-g]", "f", True),
    ("[abce-g]", "d", False),
    ("[abx-z]", "y", True),
    ("[abx-z]", "c", False),
    ("[!a-c]", "d", True),
    ("[!a-c]", "a", False),
    (r"a\*b", "a*b", True),
    (r"a\*b", "axb", False),
    ("*", ".hidden", True),
    ("[*?\\]", "\\", True),
    ("plain", "plain", True),
    ("a+b", "a+b", True),
    ("a{b", "a{b", True),
    ("a[b", "a[b", True),
]


@pytest.mark.parametrize(("pattern", "path", "excluded"), CASES)
def test_a_glob_excludes_what_the_guide_says(pattern: str, path: str, *, excluded: bool) -> None:
    assert excluder([pattern])(path) is excluded


def test_no_globs_exclude_nothing() -> None:
    assert not excluder([])("anything")


COMPANY = [
    "departments/finance.json",
    "departments/market-us.json",
    "departments/market-emea.json",
    "departments/market-ap.json",
    "employees/hr.json",
    "employees/john.csv",
    "employees/jane.csv",
    "employees/juan.txt",
]
DAYS = [f"2015/{month:02}/{day:02}" for month in range(1, 13) for day in range(1, 32)]
TABLES = ["HR_us", "HR_fr", "Employees_Table", "Finance", "Market_US_Table", "Market_EMEA_Table"]


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("departments/**", COMPANY[4:]),
        ("departments/market*", [COMPANY[0], *COMPANY[4:]]),
        ("**.csv", [one for one in COMPANY if not one.endswith(".csv")]),
        ("employees/*.csv", [one for one in COMPANY if not one.endswith(".csv")]),
    ],
)
def test_the_guides_company_keeps_what_is_not_excluded(pattern: str, left: list[str]) -> None:
    excluded = excluder([pattern])
    assert [one for one in COMPANY if not excluded(one)] == left


def test_the_guides_first_week_of_january_is_what_three_patterns_leave() -> None:
    excluded = excluder(["2015/01/{[!0],0[8-9]}**", "2015/0[2-9]/**", "2015/1[0-2]/**"])
    assert [one for one in DAYS if not excluded(one)] == [f"2015/01/0{day}" for day in range(1, 8)]


@pytest.mark.parametrize(
    ("pattern", "left"),
    [("HR*", TABLES[2:]), ("Market_*", TABLES[:4]), ("**_Table", ["HR_us", "HR_fr", "Finance"])],
)
def test_the_guides_tables_keep_what_is_not_excluded(pattern: str, left: list[str]) -> None:
    excluded = excluder([pattern])
    assert [one for one in TABLES if not excluded(one)] == left


def test_many_wildcards_over_a_long_key_end_with_a_reason() -> None:
    excluded = excluder(["*a" * 20 + "b"], seconds=0.2)
    began = time.process_time()
    with pytest.raises(GlobError, match=r"The exclusion '\*a.*' takes too long to match\."):
        excluded("a" * 900)
    assert time.process_time() - began < 5


def test_the_time_is_counted_over_all_objects() -> None:
    excluded = excluder(["*a" * 6 + "b"], seconds=0.2)

    def over_and_over() -> None:
        for _ in range(1_000_000):
            excluded("a" * 60)

    with pytest.raises(GlobError, match="takes too long"):
        over_and_over()


@pytest.mark.parametrize("pattern", ["[z-a]", "x/[b-a]*", "{a,[9-0]}", "[!z-a]"])
def test_a_range_that_ends_before_it_begins_is_no_glob(pattern: str) -> None:
    with pytest.raises(GlobError, match="is not a glob: a range ends before it begins"):
        check_glob(pattern)
    with pytest.raises(GlobError, match="is not a glob"):
        excluder([pattern])


@pytest.mark.parametrize("pattern", [case[0] for case in CASES] + ["[a-]", "[-a]", "[!-a]", "[]]"])
def test_what_excludes_something_is_a_glob(pattern: str) -> None:
    check_glob(pattern)


def test_signs_of_regular_expressions_are_characters_in_a_bracket() -> None:
    excluded = excluder(["[[:alpha:]", "x[a&&b]", "x[+--]", "x[a||b]", "x[~~]"])
    assert excluded("[")
    assert excluded("x&")
    assert excluded("x,")
    assert excluded("x|")
    assert excluded("x~")
    assert not excluded("x]")
