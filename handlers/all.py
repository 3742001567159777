"""Every handler module, imported for its registrations: reading the registry starts here."""

from . import databases, partitions, tables, tags

MODULES = (databases, partitions, tables, tags)
