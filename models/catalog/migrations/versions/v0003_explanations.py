"""Questions why rows match, and their answers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of explanations."""
    op.create_table(
        "explanations",
        sa.Column("account", sa.String(12), primary_key=True),
        sa.Column("region", sa.String(32), primary_key=True),
        sa.Column("explanation_id", sa.String(64), primary_key=True),
        sa.Column("transform_id", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text()),
        sa.Column("error", sa.Text()),
    )
    op.create_index("explanations_by_status", "explanations", ["status", "asked"])
