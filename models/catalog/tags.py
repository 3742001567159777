"""Tags: keys and values on resources of any kind, by their ARNs.

That the resource exists, and how many tags it may carry, is the caller's to know.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import and_, func, or_

from . import schema, statements
from .store import Transaction

ROWS = schema.tags


def get(tx: Transaction, arn: str) -> dict[str, str]:
    """The tags of a resource, none if it was never tagged."""
    query = statements.rows_of(tx, ROWS, ROWS.c.arn == arn).order_by(ROWS.c.key)
    return {row["key"]: row["value"] for row in statements.every(tx, query)}


def add(tx: Transaction, arn: str, tags: Mapping[str, str]) -> None:
    """Set `tags` on a resource, over those of the same keys."""
    remove(tx, arn, tags.keys())
    statements.add(tx, ROWS, *({"arn": arn, "key": k, "value": v} for k, v in tags.items()))


def remove(tx: Transaction, arn: str, keys: Collection[str]) -> None:
    """Take the tags of `keys` off a resource; keys that it lacks do not matter."""
    for chunk in statements.chunks(list(keys)):
        statements.remove(tx, ROWS, ROWS.c.arn == arn, ROWS.c.key.in_(chunk))


def drop(tx: Transaction, arn: str) -> None:
    """Forget all tags of a resource that is gone."""
    statements.remove(tx, ROWS, arn=arn)


def arns_with(tx: Transaction, tags: Mapping[str, str]) -> set[str]:
    """The ARNs of the resources that carry every one of `tags`; at least one is asked for."""
    wanted = or_(*(and_(ROWS.c.key == k, ROWS.c.value == v) for k, v in tags.items()))
    query = (
        statements.rows_of(tx, ROWS, wanted)
        .with_only_columns(ROWS.c.arn)
        .group_by(ROWS.c.arn)
        .having(func.count() == len(tags))
    )
    return set(tx.connection.execute(query).scalars())
