"""Partition indexes, and statistics of columns."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the two tables."""
    op.create_table(
        "partition_indexes",
        sa.Column("account", sa.String(12), primary_key=True),
        sa.Column("region", sa.String(32), primary_key=True),
        sa.Column("database", sa.Text(), primary_key=True),
        sa.Column("table", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("misfits", sa.Text(), nullable=False),
        sa.Column("change", sa.String(16), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "column_statistics",
        sa.Column("account", sa.String(12), primary_key=True),
        sa.Column("region", sa.String(32), primary_key=True),
        sa.Column("database", sa.Text(), primary_key=True),
        sa.Column("table", sa.Text(), primary_key=True),
        sa.Column("of", sa.Text(), primary_key=True),
        sa.Column("column", sa.Text(), primary_key=True),
        sa.Column("document", sa.Text(), nullable=False),
    )
