"""To which account the neighbouring IAM or STS issued an access key."""

import sys
from typing import Any


def owner_of(access_key: str) -> str | None:
    """The account, or None for a key that nobody issued here."""
    iam = sys.modules.get("moto.iam.models")
    if iam is None:  # nobody has spoken to a service that loads it: nothing was issued
        return None
    accounts: list[tuple[str, Any]] = list(iam.iam_backends.items())
    for account, partitions in accounts:
        for backend in list(partitions.values()):
            if access_key in backend.access_keys:
                return account
    return None
