"""The way from any older catalog to today's schema: Alembic revisions, one file each."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

HERE = Path(__file__).parent


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
