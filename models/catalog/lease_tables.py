"""The tables of the servers that share a catalog, and of which of them has taken which run. They
are of no account.
"""

from sqlalchemy import BigInteger, Boolean, Column, Table, Text

from .scoped import metadata

servers = Table(
    "servers",
    metadata,
    Column("server", Text, primary_key=True),
    Column("beats", BigInteger, nullable=False),
    Column("keeps_buckets", Boolean, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("work_id", Text, primary_key=True),
    Column("server", Text, nullable=False),
)
