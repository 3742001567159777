"""The catalog's tables. Every key starts with account and region: scopes cannot mix.

Documents are JSON as Glue's shapes have them; the catalog keeps them and does not read them.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.schema import SchemaItem

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
metadata = MetaData()


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant, kept as milliseconds since the epoch."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Milliseconds of an instant."""
        return None if value is None else (value - EPOCH) // timedelta(milliseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """The instant of milliseconds."""
        return None if value is None else EPOCH + timedelta(milliseconds=value)


def _scoped(name: str, *columns: SchemaItem) -> Table:
    account = Column("account", String(12), primary_key=True)
    region = Column("region", String(32), primary_key=True)
    return Table(name, metadata, account, region, *columns)


databases = _scoped(
    "databases",
    Column("name", String(255), primary_key=True),
    Column("document", JSON, nullable=False),
    Column("created", Instant, nullable=False),
)

tables = _scoped(
    "tables",
    Column("database", String(255), primary_key=True),
    Column("name", String(255), primary_key=True),
    Column("document", JSON, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_by", String(2048), nullable=False),
    Column("created", Instant, nullable=False),
    Column("updated", Instant, nullable=False),
)

partitions = _scoped(
    "partitions",
    Column("database", String(255), primary_key=True),
    Column("table", String(255), primary_key=True),
    Column("values_key", Text, primary_key=True),
    Column("document", JSON, nullable=False),
    Column("created", Instant, nullable=False),
)

tags = _scoped(
    "tags",
    Column("arn", Text, primary_key=True),
    Column("key", String(128), primary_key=True),
    Column("value", String(256), nullable=False),
)

crawlers = _scoped(
    "crawlers",
    Column("name", String(255), primary_key=True),
    Column("document", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("created", Instant, nullable=False),
    Column("updated", Instant, nullable=False),
)

crawls = _scoped(
    "crawls",
    Column("crawl_id", String(64), primary_key=True),
    Column("crawler", String(255), nullable=False),
    Column("state", String(16), nullable=False),
    Column("started", Instant, nullable=False),
    Column("ended", Instant),
    Column("summary", JSON, nullable=False),
    Column("error", Text),
    Index("crawls_of_crawler", "account", "region", "crawler", "started"),
)

transforms = _scoped(
    "transforms",
    Column("transform_id", String(64), primary_key=True),
    Column("name", String(255), nullable=False),
    Column("document", JSON, nullable=False),
    Column("status", String(16), nullable=False),
    Column("columns", JSON, nullable=False),
    Column("label_count", Integer, nullable=False),
    Column("metrics", JSON),
    Column("created", Instant, nullable=False),
    Column("modified", Instant, nullable=False),
    Index("transforms_by_name", "account", "region", "name", unique=True),
)

models = _scoped(
    "models",
    Column("transform_id", String(64), primary_key=True),
    Column("document", JSON, nullable=False),
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
    Column("row", JSON, nullable=False),
)

questions = _scoped(
    "questions",
    Column("transform_id", String(64), primary_key=True),
    Column("set_id", String(64), primary_key=True),
    Column("key", String(1024), primary_key=True),
)

task_runs = _scoped(
    "task_runs",
    Column("transform_id", String(64), primary_key=True),
    Column("task_run_id", String(64), primary_key=True),
    Column("task_type", String(32), nullable=False),
    Column("status", String(16), nullable=False),
    Column("request", JSON, nullable=False),
    Column("error", Text),
    Column("attempt", Integer, nullable=False),
    Column("timeout_minutes", Integer, nullable=False),
    Column("progress", Float, nullable=False),
    Column("stop_requested", Boolean, nullable=False),
    Column("started", Instant, nullable=False),
    Column("claimed", Instant),
    Column("modified", Instant, nullable=False),
    Column("completed", Instant),
    Index("task_runs_by_status", "status", "started"),
)
