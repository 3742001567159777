"""What contract tests share: a Glue client of an account that no other test uses."""

from itertools import count

import pytest

_accounts = count(310000000000)


@pytest.fixture
def account():
    """The 12 digits of an account that is this test's alone."""
    return str(next(_accounts))


@pytest.fixture
def glue(gluematch_server, account):
    """A boto3 client of Glue in `account`, us-east-1."""
    return gluematch_server.client("glue", account=account)
