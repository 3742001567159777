"""The first schema. There is no way back down: a backup is one file."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    _catalog()
    _crawlers()
    _transforms()
    _task_runs()


def _catalog() -> None:
    op.create_table(
        "databases",
        *_scope(),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "tables",
        *_scope(),
        sa.Column("database", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "partitions",
        *_scope(),
        sa.Column("database", sa.Text(), primary_key=True),
        sa.Column("table", sa.Text(), primary_key=True),
        sa.Column("values_key", sa.Text(), primary_key=True),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "tags",
        *_scope(),
        sa.Column("arn", sa.Text(), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
    )


def _crawlers() -> None:
    op.create_table(
        "crawlers",
        *_scope(),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "crawls",
        *_scope(),
        sa.Column("crawl_id", sa.String(64), primary_key=True),
        sa.Column("crawler", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("claimed", sa.BigInteger()),
        sa.Column("ended", sa.BigInteger()),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("error", sa.Text()),
    )
    op.create_index("crawls_of_crawler", "crawls", ["account", "region", "crawler", "started"])
    op.create_index("crawls_by_state", "crawls", ["state", "started"])


def _transforms() -> None:
    op.create_table(
        "transforms",
        *_scope(),
        sa.Column("transform_id", sa.String(64), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("label_count", sa.Integer(), nullable=False),
        sa.Column("metrics", sa.Text()),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("modified", sa.BigInteger(), nullable=False),
    )
    op.create_index("transforms_by_name", "transforms", ["account", "region", "name"], unique=True)
    op.create_table(
        "trained",
        *_scope(),
        sa.Column("transform_id", sa.String(64), primary_key=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("arrays", sa.LargeBinary(), nullable=False),
        sa.Column("trained", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "labels",
        *_scope(),
        sa.Column("transform_id", sa.String(64), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("set_id", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("row", sa.Text(), nullable=False),
    )
    op.create_table(
        "questions",
        *_scope(),
        sa.Column("transform_id", sa.String(64), primary_key=True),
        sa.Column("set_id", sa.Text(), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("key", sa.Text(), nullable=False),
    )


def _task_runs() -> None:
    op.create_table(
        "task_runs",
        *_scope(),
        sa.Column("task_run_id", sa.String(64), primary_key=True),
        sa.Column("transform_id", sa.String(64), nullable=False),
        sa.Column("task_type", sa.String(32), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("timeout_minutes", sa.Integer(), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("claimed", sa.BigInteger()),
        sa.Column("modified", sa.BigInteger(), nullable=False),
        sa.Column("completed", sa.BigInteger()),
    )
    op.create_index(
        "task_runs_of_transform", "task_runs", ["account", "region", "transform_id", "started"]
    )
    op.create_index("task_runs_by_status", "task_runs", ["status", "started"])


def _scope() -> tuple[sa.Column[str], sa.Column[str]]:
    return (
        sa.Column("account", sa.String(12), primary_key=True),
        sa.Column("region", sa.String(32), primary_key=True),
    )
