"""The page of the services that are served."""

from pathlib import Path

from gluematch.server.neighbours import served
from gluematch.server.neighbours.kept.keeping import NAMES

PAGE = Path(__file__).parent.parent.parent / "docs" / "services.md"


def test_the_page_is_what_the_code_says():
    assert PAGE.read_text() == served.page()


def test_the_page_tells_which_services_are_kept():
    told = {name for name, service in served.REVIEWED.items() if service.is_kept}
    assert told == NAMES | {"s3", "sts"}
