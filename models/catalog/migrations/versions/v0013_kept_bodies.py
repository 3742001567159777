"""The bytes of small objects of the S3 beside us."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "kept_bodies",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
    )
