"""Each test file that a page of the documentation names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
NAMED = re.compile(r"`(?:tests/)?((?:contract|unit|docs|journeys)/[\w/]*\.py|test_\w+\.py)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_tests_that_are_there(page: Path) -> None:
    there = {file.name for file in ROOT.glob("tests/**/*.py")}
    named = NAMED.findall(page.read_text())
    missing = [name for name in named if name.rpartition("/")[2] not in there]
    missing += [name for name in named if "/" in name and not (ROOT / "tests" / name).exists()]
    assert not missing
