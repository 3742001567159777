"""A pytest fixture for those who test their own code against Glue: `gluematch_server`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .testing import GlueServer


@pytest.fixture(scope="session")
def gluematch_server() -> Iterator["GlueServer"]:
    """A server that lives as long as the test session; an account of your own keeps tests apart."""
    from .testing import GlueServer  # noqa: PLC0415  # loaded only where a test asks for it

    with GlueServer() as server:
        yield server
