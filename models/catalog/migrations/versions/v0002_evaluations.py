"""What each evaluation run found out, beside Glue's metrics."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of evaluations."""
    op.create_table(
        "evaluations",
        sa.Column("account", sa.String(12), primary_key=True),
        sa.Column("region", sa.String(32), primary_key=True),
        sa.Column("transform_id", sa.String(64), primary_key=True),
        sa.Column("task_run_id", sa.String(64), primary_key=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("evaluated", sa.BigInteger(), nullable=False),
    )
