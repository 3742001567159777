"""Partition values, so that the store can compare them."""

import json

import sqlalchemy as sa
from alembic import op

from gluematch.models.catalog import partition_values

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = ("account", "region", "database", "table", "values_key")
PLACES = [f"{what}_{place}" for place in range(12) for what in ("text", "rank")]


def upgrade() -> None:
    """Add the columns that are compared, fill them, and index them."""
    op.add_column("partitions", sa.Column("kinds", sa.Text(), nullable=False, server_default=""))
    for place in PLACES:
        op.add_column("partitions", sa.Column(place, sa.Text()))
    rows = sa.table("partitions", *(sa.column(name) for name in (*KEY, "kinds", *PLACES)))
    connection = op.get_bind()
    for key in connection.execute(sa.select(*(rows.c[name] for name in KEY))).fetchall():
        this = sa.and_(*(rows.c[name] == part for name, part in zip(KEY, key, strict=True)))
        filled = partition_values.columns(json.loads(key[-1]))
        connection.execute(sa.update(rows).where(this).values(filled))
    op.create_index("partitions_by_values", "partitions", [*KEY, "share", "kinds", *PLACES])
