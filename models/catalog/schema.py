"""The catalog's tables. Every key starts with account and region: scopes cannot mix.

Documents are JSON as Glue's shapes have them; the catalog keeps them and does not read them.
"""

from sqlalchemy import (
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
)

from .columns import Document, Instant
from .job_tables import job_bookmarks, job_runs, jobs
from .kept_tables import kept_bodies, kept_objects
from .lease_tables import leases, servers
from .partition_values import PLACES
from .scoped import metadata
from .scoped import scoped as _scoped
from .stack_tables import stacks

__all__ = [
    "job_bookmarks",
    "job_runs",
    "jobs",
    "kept_bodies",
    "kept_objects",
    "leases",
    "metadata",
    "servers",
    "stacks",
]


def _compared() -> list[Column[str]]:
    """What filters compare: see partition_values."""
    places = [f"{what}_{place}" for place in range(PLACES) for what in ("text", "rank")]
    kinds = Column("kinds", Text, nullable=False, server_default="")
    return [kinds, *(Column(place, Text) for place in places)]


databases = _scoped(
    "databases",
    Column("name", Text, primary_key=True),
    Column("document", Document, nullable=False),
    Column("created", Instant, nullable=False),
)

tables = _scoped(
    "tables",
    Column("database", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("document", Document, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created", Instant, nullable=False),
    Column("updated", Instant, nullable=False),
)

table_versions = _scoped(
    "table_versions",
    Column("database", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("document", Document, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created", Instant, nullable=False),
    Column("updated", Instant, nullable=False),
)

functions = _scoped(
    "functions",
    Column("database", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("document", Document, nullable=False),
    Column("created", Instant, nullable=False),
)

policies = _scoped(
    "policies",
    Column("arn", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("created", Instant, nullable=False),
    Column("updated", Instant, nullable=False),
)

encryption = _scoped("encryption", Column("document", Document, nullable=False))

partitions = _scoped(
    "partitions",
    Column("database", Text, primary_key=True),
    Column("table", Text, primary_key=True),
    Column("values_key", Text, primary_key=True),
    Column("share", Integer, nullable=False),
    *_compared(),
    Column("document", Document, nullable=False),
    Column("created", Instant, nullable=False),
    Index(
        "partitions_by_values",
        *("account", "region", "database", "table", "values_key", "share"),
        *(column.name for column in _compared()),
    ).ddl_if(dialect="sqlite"),
)

partition_indexes = _scoped(
    "partition_indexes",
    Column("database", Text, primary_key=True),
    Column("table", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("keys", Document, nullable=False),
    Column("misfits", Document, nullable=False),
    Column("change", String(16), nullable=False),
    Column("until", Instant, nullable=False),
)

column_statistics = _scoped(
    "column_statistics",
    Column("database", Text, primary_key=True),
    Column("table", Text, primary_key=True),
    Column("of", Text, primary_key=True),
    Column("column", Text, primary_key=True),
    Column("document", Document, nullable=False),
)

BELONGINGS = (partitions, partition_indexes, column_statistics)
"""What goes with a table; each has the columns `database` and `table`."""

tags = _scoped(
    "tags",
    Column("arn", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

crawlers = _scoped(
    "crawlers",
    Column("name", Text, primary_key=True),
    Column("document", Document, nullable=False),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("created", Instant, nullable=False),
    Column("updated", Instant, nullable=False),
)

classifiers = _scoped(
    "classifiers",
    Column("name", Text, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("document", Document, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created", Instant, nullable=False),
    Column("updated", Instant, nullable=False),
)

crawls = _scoped(
    "crawls",
    Column("crawl_id", String(64), primary_key=True),
    Column("crawler", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("started", Instant, nullable=False),
    Column("claimed", Instant),
    Column("ended", Instant),
    Column("summary", Document, nullable=False),
    Column("error", Text),
    Index("crawls_of_crawler", "account", "region", "crawler", "started"),
    Index("crawls_by_state", "state", "started"),
)

connections = _scoped(
    "connections",
    Column("name", Text, primary_key=True),
    Column("document", Document, nullable=False),
    Column("created", Instant, nullable=False),
    Column("updated", Instant, nullable=False),
)

schedules = _scoped(
    "schedules",
    Column("kind", String(16), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("expression", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("next_fire", Instant),
    Index("schedules_by_next_fire", "next_fire"),
)

transforms = _scoped(
    "transforms",
    Column("transform_id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("document", Document, nullable=False),
    Column("status", String(16), nullable=False),
    Column("columns", Document, nullable=False),
    Column("label_count", Integer, nullable=False),
    Column("metrics", Document),
    Column("created", Instant, nullable=False),
    Column("modified", Instant, nullable=False),
    Index("transforms_by_name", "account", "region", "name", unique=True),
)

trained = _scoped(
    "trained",
    Column("transform_id", String(64), primary_key=True),
    Column("document", Document, nullable=False),
    Column("arrays", LargeBinary, nullable=False),
    Column("trained", Instant, nullable=False),
)

labels = _scoped(
    "labels",
    Column("transform_id", String(64), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("set_id", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("row", Document, nullable=False),
)

questions = _scoped(
    "questions",
    Column("transform_id", String(64), primary_key=True),
    Column("set_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("key", Text, nullable=False),
)

task_runs = _scoped(
    "task_runs",
    Column("task_run_id", String(64), primary_key=True),
    Column("transform_id", String(64), nullable=False),
    Column("task_type", String(32), nullable=False),
    Column("status", String(16), nullable=False),
    Column("request", Document, nullable=False),
    Column("error", Text),
    Column("attempt", Integer, nullable=False),
    Column("timeout_minutes", Integer, nullable=False),
    Column("progress", Float, nullable=False),
    Column("started", Instant, nullable=False),
    Column("claimed", Instant),
    Column("modified", Instant, nullable=False),
    Column("completed", Instant),
    Index("task_runs_of_transform", "account", "region", "transform_id", "started"),
    Index("task_runs_by_status", "status", "started"),
)

evaluations = _scoped(
    "evaluations",
    Column("transform_id", String(64), primary_key=True),
    Column("task_run_id", String(64), primary_key=True),
    Column("document", Document, nullable=False),
    Column("evaluated", Instant, nullable=False),
)

explanations = _scoped(
    "explanations",
    Column("explanation_id", String(64), primary_key=True),
    Column("transform_id", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("keys", Document, nullable=False),
    Column("progress", Float, nullable=False),
    Column("asked", Instant, nullable=False),
    Column("document", Document),
    Column("error", Document),
    Index("explanations_by_status", "status", "asked"),
)
