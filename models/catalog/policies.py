"""Resource policies, by the ARN that each is attached to. They are kept, and nobody reads them."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gluematch.models import clock
from gluematch.models.errors import EntityNotFoundException

from . import schema, statements
from .store import Transaction

ROWS = schema.policies


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy; `text` is its JSON to the letter."""

    arn: str
    text: str
    created: datetime
    updated: datetime

    @property
    def digest(self) -> str:
        """What changes when the text does."""
        return base64.b64encode(hashlib.sha256(self.text.encode()).digest()).decode()


def find(tx: Transaction, arn: str) -> Policy | None:
    """The policy of a resource, if it has one."""
    row = statements.first(tx, ROWS, arn=arn)
    return None if row is None else _policy(row)


def get(tx: Transaction, arn: str) -> Policy:
    """The policy of a resource. Raises EntityNotFoundException."""
    policy = find(tx, arn)
    if policy is None:
        raise EntityNotFoundException("Policy not found")
    return policy


def put(tx: Transaction, arn: str, text: str) -> Policy:
    """Set the policy of a resource, over the one that it has."""
    now, before = clock.now(), find(tx, arn)
    statements.remove(tx, ROWS, arn=arn)
    policy = Policy(arn, text, now if before is None else before.created, now)
    row = {"arn": arn, "text": text, "created": policy.created, "updated": policy.updated}
    statements.add(tx, ROWS, row)
    return policy


def delete(tx: Transaction, arn: str) -> None:
    """Take the policy off a resource. Raises EntityNotFoundException."""
    if not statements.remove(tx, ROWS, arn=arn):
        raise EntityNotFoundException("Policy not found")


def page(tx: Transaction, after: str | None, limit: int) -> list[Policy]:
    """The first `limit` policies of resources whose ARNs are above `after`, by ARN."""
    return [_policy(row) for row in statements.page(tx, ROWS, "arn", after, limit)]


def _policy(row: Mapping[str, Any]) -> Policy:
    return Policy(row["arn"], row["text"], row["created"], row["updated"])
