"""What every table of the catalog begins with: the account and the region that its rows are of."""

from sqlalchemy import Column, MetaData, String, Table
from sqlalchemy.schema import SchemaItem

metadata = MetaData()


def scoped(name: str, *parts: SchemaItem) -> Table:
    """A table whose key starts with account and region."""
    account = Column("account", String(12), primary_key=True)
    region = Column("region", String(32), primary_key=True)
    return Table(name, metadata, account, region, *parts)
