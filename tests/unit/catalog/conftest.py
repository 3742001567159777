"""What the tests of the catalog share: a catalog in a temporary directory, and two scopes."""

import pytest

from gluematch.models.catalog.store import open_catalog
from gluematch.models.scope import Scope


@pytest.fixture
def catalog(tmp_path):
    """An empty catalog."""
    opened = open_catalog(tmp_path / "catalog.db")
    yield opened
    opened.close()


@pytest.fixture
def scoped(catalog):
    """The catalog as one account sees it."""
    return catalog.within(Scope("123456789012", "us-east-1"))
