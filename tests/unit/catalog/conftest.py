"""What the tests of the catalog share: a catalog in each kind of store, as one account sees it."""

import pytest

from gluematch.models.scope import Scope


@pytest.fixture
def catalog(open_store):
    """An empty catalog."""
    return open_store()


@pytest.fixture
def scoped(catalog):
    """The catalog as one account sees it."""
    return catalog.within(Scope("123456789012", "us-east-1"))
