"""Exclusion globs, by the examples of AWS Glue's guide."""

import pytest

from gluematch.models.datasets.globs import excluder

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
