"""The way from any older catalog to today's schema: Alembic revisions, one file each."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, column, func, select, table

from gluematch.models.catalog.schema import metadata

HERE = Path(__file__).parent
columns = table(
    "columns",
    *map(column, ("table_schema", "table_name", "column_name", "data_type", "collation_name")),
    schema="information_schema",
)


def migrate(connection: Connection, to: str = "head") -> None:
    """Bring the database to a revision, the newest, within the transaction of `connection`.

    Raises LookupError when the database has a revision that this version does not know.
    """
    config = _config()
    config.attributes["connection"] = connection
    present = MigrationContext.configure(connection).get_current_revision()
    script = ScriptDirectory.from_config(config)
    if present == script.get_current_head():
        return
    if present is not None and present not in {step.revision for step in script.walk_revisions()}:
        raise LookupError(
            f"it has schema revision {present}, which a newer gluematch wrote: upgrade gluematch."
        )
    command.upgrade(config, to)
    if connection.dialect.name == "postgresql":
        _compare_text_by_bytes(connection)


def _compare_text_by_bytes(connection: Connection) -> None:
    """Let PostgreSQL order text as SQLite does, whatever the language of the database is, and
    bound no length, as SQLite does not."""
    text = select(columns.c.table_name, columns.c.column_name).where(
        columns.c.table_schema == func.current_schema(),
        columns.c.table_name.in_(metadata.tables),
        columns.c.data_type.in_(("text", "character varying")),
        columns.c.collation_name.is_distinct_from("C"),
    )
    quote = connection.dialect.identifier_preparer.quote
    for of, name in connection.execute(text).all():
        change = f'ALTER COLUMN {quote(name)} TYPE text COLLATE "C"'
        connection.exec_driver_sql(f"ALTER TABLE {quote(of)} {change}")


def revisions() -> frozenset[str]:
    """Every schema that this version knows the way from."""
    return frozenset(
        step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()
    )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
