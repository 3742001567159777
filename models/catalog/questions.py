"""Questions: which records the generated labelling sets of a transform have asked about."""

from collections.abc import Mapping, Sequence

from . import schema, statements
from .store import Transaction

ROWS = schema.questions


def add(tx: Transaction, transform_id: str, asked: Mapping[str, Sequence[str]]) -> None:
    """Remember new sets: set ids to the primary keys of their records, in order."""
    statements.add(
        tx,
        ROWS,
        *(
            {"transform_id": transform_id, "set_id": set_id, "position": position, "key": key}
            for set_id, keys in asked.items()
            for position, key in enumerate(keys)
        ),
    )


def sets(tx: Transaction, transform_id: str) -> dict[str, list[str]]:
    """Every set asked so far: set ids to primary keys, in order."""
    query = statements.rows_of(tx, ROWS, ROWS.c.transform_id == transform_id)
    found: dict[str, list[str]] = {}
    for row in statements.every(tx, query.order_by(ROWS.c.set_id, ROWS.c.position)):
        found.setdefault(row["set_id"], []).append(row["key"])
    return found
