"""Labels: the answered rows of labelling sets, in the order of their import."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func

from . import schema, statements
from .store import Transaction

ROWS = schema.labels


@dataclass(frozen=True, slots=True)
class LabelRow:
    """One labelled record: its set, its answer, its primary key, and all its cells."""

    set_id: str
    label: str
    key: str
    row: Mapping[str, str]


def of_transform(tx: Transaction, transform_id: str) -> list[LabelRow]:
    """The transform's labels in the order of their import."""
    query = statements.rows_of(tx, ROWS, ROWS.c.transform_id == transform_id)
    rows = statements.every(tx, query.order_by(ROWS.c.position))
    return [LabelRow(row["set_id"], row["label"], row["key"], row["row"]) for row in rows]


def append(tx: Transaction, transform_id: str, rows: Sequence[LabelRow]) -> None:
    """Add `rows` after those that are there."""
    last = statements.rows_of(tx, ROWS, ROWS.c.transform_id == transform_id)
    last = last.with_only_columns(func.max(ROWS.c.position))
    highest: int | None = tx.connection.execute(last).scalar_one()
    start = 0 if highest is None else highest + 1
    _insert(tx, transform_id, rows, start)


def replace(tx: Transaction, transform_id: str, rows: Sequence[LabelRow]) -> None:
    """Keep `rows` in the place of all that are there."""
    statements.remove(tx, ROWS, transform_id=transform_id)
    _insert(tx, transform_id, rows, 0)


def count(tx: Transaction, transform_id: str) -> int:
    """How many labelled rows the transform has."""
    return statements.count(tx, ROWS, transform_id=transform_id)


def _insert(tx: Transaction, transform_id: str, rows: Sequence[LabelRow], start: int) -> None:
    made: list[dict[str, Any]] = [
        {
            "transform_id": transform_id,
            "position": position,
            "set_id": row.set_id,
            "label": row.label,
            "key": row.key,
            "row": row.row,
        }
        for position, row in enumerate(rows, start)
    ]
    statements.add(tx, ROWS, *made)
