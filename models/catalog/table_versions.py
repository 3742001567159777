"""Earlier versions of tables: what UpdateTable has replaced, until it is deleted.

The present version is the table itself; it is read here, too, and cannot be deleted.
"""

from gluematch.models.errors import EntityNotFoundException, InvalidInputException

from . import schema, statements, tables
from .store import Transaction
from .tables import Table

ROWS = schema.table_versions
MISSING = "Version not found."


def get(tx: Transaction, database: str, name: str, version: int) -> Table:
    """The table as it was in that version, or is. Raises EntityNotFoundException."""
    present = tables.get(tx, database, name)
    if version == present.version:
        return present
    row = statements.first(tx, ROWS, **tables.key(database, name), version=version)
    if row is None:
        raise EntityNotFoundException(MISSING)
    return tables.from_row(row)


def page(tx: Transaction, database: str, name: str, below: int | None, limit: int) -> list[Table]:
    """The latest `limit` versions of a table before the version `below`, the latest first.

    Raises EntityNotFoundException for the table or its database.
    """
    present = tables.get(tx, database, name)
    found = [present] if below is None or present.version < below else []
    itself = ROWS.c.database == present.database, ROWS.c.name == present.name
    query = statements.rows_of(tx, ROWS, *itself)
    if below is not None:
        query = query.where(ROWS.c.version < below)
    query = query.order_by(ROWS.c.version.desc()).limit(limit - len(found))
    return [*found, *(tables.from_row(row) for row in statements.every(tx, query))]


def delete(tx: Transaction, database: str, name: str, version: int) -> None:
    """Forget an earlier version.

    Raises EntityNotFoundException, and InvalidInputException for the present version.
    """
    if version == tables.get(tx, database, name).version:
        raise InvalidInputException("The present version of a table cannot be deleted.")
    if not statements.remove(tx, ROWS, **tables.key(database, name), version=version):
        raise EntityNotFoundException(MISSING)
