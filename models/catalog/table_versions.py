"""Earlier versions of tables: what UpdateTable has replaced, until it is deleted.

The present version is the table itself; it is read here, too, and cannot be deleted.
"""

from sqlalchemy import func

from gluematch.models.errors import EntityNotFoundException, InvalidInputException

from . import schema, statements, tables
from .columns import written
from .pages import Part, fitting
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


def page(tx: Transaction, database: str, name: str, below: int | None, limit: int) -> Part[Table]:
    """The latest versions of a table before the version `below`, as one page holds them.

    Raises EntityNotFoundException for the table or its database.
    """
    present = tables.get(tx, database, name)
    itself = ROWS.c.database == present.database, ROWS.c.name == present.name
    query = statements.rows_of(tx, ROWS, *itself).order_by(ROWS.c.version.desc())
    if below is not None:
        query = query.where(ROWS.c.version < below)
    length = func.length(ROWS.c.document)
    earlier = tx.connection.execute(query.with_only_columns(length).limit(limit + 1)).scalars()
    found = [present] if below is None or present.version < below else []
    sizes = [len(written(table.document)) for table in found]
    count, more = fitting([*sizes, *earlier], limit)
    rows = statements.every(tx, query.limit(count - len(found))) if count > len(found) else []
    return Part([*found, *map(tables.from_row, rows)], more)


def delete(tx: Transaction, database: str, name: str, version: int) -> None:
    """Forget an earlier version.

    Raises EntityNotFoundException, and InvalidInputException for the present version.
    """
    if version == tables.get(tx, database, name).version:
        raise InvalidInputException("The present version of a table cannot be deleted.")
    if not statements.remove(tx, ROWS, **tables.key(database, name), version=version):
        raise EntityNotFoundException(MISSING)
