"""The tables of what the S3 beside us must not forget. Names of buckets are everybody's: their rows
are of no account.
"""

from sqlalchemy import Column, Integer, LargeBinary, String, Table, Text

from .columns import Document
from .scoped import metadata

kept_objects = Table(
    "kept_objects",
    metadata,
    Column("bucket", Text, primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("document", Document, nullable=False),
    Column("body", Text),
)

kept_bodies = Table(
    "kept_bodies",
    metadata,
    Column("name", Text, primary_key=True),
    Column("bytes", LargeBinary, nullable=False),
)
