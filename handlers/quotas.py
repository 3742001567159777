"""How much of a thing there may be: the default quotas of AWS Glue (AWS General Reference)."""

from gluematch.models.errors import ResourceNumberLimitExceededException

DATABASES = 10_000
"""Databases of an account in a region."""

TABLES = 200_000
"""Tables of a database."""

FUNCTIONS = 100
"""User-defined functions of a database."""


def refuse_over(limit: int, count: int, things: str) -> None:
    """Raise ResourceNumberLimitExceededException if there are more than may be.

    Asked after the new one was written: the transaction is rolled back.
    """
    if count > limit:
        message = f"Number of {things} ({count}) has exceeded the limit of {limit}."
        raise ResourceNumberLimitExceededException(message)
