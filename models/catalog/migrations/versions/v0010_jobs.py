"""Jobs, their runs and their bookmarks."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "jobs",
        *_scope(),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("modified", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "job_runs",
        *_scope(),
        sa.Column("run_id", sa.String(255), primary_key=True),
        sa.Column("job_name", sa.Text(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("max_retries", sa.Integer(), nullable=False),
        sa.Column("previous", sa.String(255)),
        sa.Column("error", sa.Text()),
        sa.Column("timeout_seconds", sa.Integer(), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("claimed", sa.BigInteger()),
        sa.Column("modified", sa.BigInteger(), nullable=False),
        sa.Column("completed", sa.BigInteger()),
    )
    of_job = ["account", "region", "job_name", "started"]
    op.create_index("job_runs_of_job", "job_runs", of_job)
    op.create_index("job_runs_by_status", "job_runs", ["status", "started"])
    op.create_table(
        "job_bookmarks",
        *_scope(),
        sa.Column("job_name", sa.Text(), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(255), nullable=False),
        sa.Column("previous", sa.String(255)),
        sa.Column("state", sa.Text(), nullable=False),
    )


def _scope() -> tuple[sa.Column[str], sa.Column[str]]:
    return (
        sa.Column("account", sa.String(12), primary_key=True),
        sa.Column("region", sa.String(32), primary_key=True),
    )
