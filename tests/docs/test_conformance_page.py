"""docs/conformance.md and docs/conformance-s3.md: few differences, each with a reason."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(("page", "most"), [("conformance.md", 25), ("conformance-s3.md", 15)])
def test_there_are_few_differences_each_with_its_reason(page, most):
    text = (DOCS / page).read_text()
    rows = re.findall(r"^\| `([^`]+)` \| (.+) \|$", text, re.MULTILINE)
    assert 0 < len(rows) <= most
    assert len({test for test, _ in rows}) == len(rows)
    assert len(rows) == len([line for line in text.splitlines() if line.startswith("| `")])
    assert all(reason.endswith(".") for _, reason in rows)
