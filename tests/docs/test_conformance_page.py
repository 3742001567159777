"""docs/conformance.md: few differences, each with a reason."""

import re
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "conformance.md").read_text()
ROWS = re.findall(r"^\| `([^`]+)` \| (.+) \|$", PAGE, re.MULTILINE)


def test_there_are_at_most_twenty_five_differences_each_with_its_reason():
    assert 0 < len(ROWS) <= 25
    assert len({test for test, _ in ROWS}) == len(ROWS)
    assert len(ROWS) == len([line for line in PAGE.splitlines() if line.startswith("| `")])
    assert all(reason.endswith(".") for _, reason in ROWS)
