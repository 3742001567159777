"""The tables of jobs, their runs and their bookmarks."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Text

from .columns import Document, Instant
from .scoped import scoped

jobs = scoped(
    "jobs",
    Column("name", Text, primary_key=True),
    Column("document", Document, nullable=False),
    Column("created", Instant, nullable=False),
    Column("modified", Instant, nullable=False),
)

job_runs = scoped(
    "job_runs",
    Column("run_id", String(255), primary_key=True),
    Column("job_name", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("command", Document, nullable=False),
    Column("settings", Document, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("max_retries", Integer, nullable=False),
    Column("previous", String(255)),
    Column("error", Text),
    Column("timeout_seconds", Integer().with_variant(BigInteger, "postgresql"), nullable=False),
    Column("started", Instant, nullable=False),
    Column("claimed", Instant),
    Column("modified", Instant, nullable=False),
    Column("completed", Instant),
    Index("job_runs_of_job", "account", "region", "job_name", "started"),
    Index("job_runs_by_status", "status", "started"),
)

job_bookmarks = scoped(
    "job_bookmarks",
    Column("job_name", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("run", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("run_id", String(255), nullable=False),
    Column("previous", String(255)),
    Column("state", Text, nullable=False),
)
