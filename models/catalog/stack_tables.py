"""The table of CloudFormation's stacks."""

from sqlalchemy import Column, Index, Text

from .columns import Document
from .scoped import scoped

stacks = scoped(
    "stacks",
    Column("stack_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("document", Document, nullable=False),
    Column("template", Text, nullable=False),
    Column("server", Text),
    Index("stacks_by_name", "account", "region", "name", unique=True),
)
