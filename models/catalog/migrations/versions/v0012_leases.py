"""Which server does what: servers that share the database, and the runs that each has taken."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; make room for the longest timeout in seconds, and for long partition
    values in PostgreSQL, whose indexes take some 2,700 bytes a row."""
    op.create_table(
        "servers",
        sa.Column("server", sa.Text(), primary_key=True),
        sa.Column("beats", sa.BigInteger(), nullable=False),
        sa.Column("keeps_buckets", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "leases",
        sa.Column("work_id", sa.Text(), primary_key=True),
        sa.Column("server", sa.Text(), nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("job_runs", "timeout_seconds", type_=sa.BigInteger())
        op.drop_index("partitions_by_values", "partitions")
