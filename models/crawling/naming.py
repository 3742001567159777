"""Names of tables: from the last component of a path, and told apart where two are the same.

The rules, and what AWS leaves open: docs/decisions/table-naming.md.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence

LONGEST = 128
DIGEST = 32


def table_name(location: str, prefix: str = "") -> str:
    """The table's name for an S3 location: its last folder, its object, or its bucket."""
    last = location.rstrip("/").rpartition("/")[2]
    return (prefix + re.sub(r"[^a-z0-9_]", "_", last.lower())).lower()[:LONGEST]


def hashed_name(name: str, location: str) -> str:
    """A name that no other location gets: with a digest of the location behind it."""
    digest = hashlib.md5(location.encode(), usedforsecurity=False).hexdigest()
    return f"{name[: LONGEST - DIGEST - 1]}_{digest}"


def assigned(locations: Sequence[str], prefix: str, existing: Mapping[str, str]) -> dict[str, str]:
    """A table name for each location; `existing` maps names of the database to locations.

    A location keeps the name that it has. The plain name goes to the first that asks for it;
    the others get a digest behind it.
    """
    named: dict[str, str] = {}
    taken = {name: location.rstrip("/") for name, location in existing.items()}
    for location in sorted(locations, key=lambda one: not _keeps(one, prefix, taken)):
        name = table_name(location, prefix)
        if taken.setdefault(name, location.rstrip("/")) != location.rstrip("/"):
            name = hashed_name(name, location)
        named[location] = name
    return named


def _keeps(location: str, prefix: str, taken: Mapping[str, str]) -> bool:
    return taken.get(table_name(location, prefix)) == location.rstrip("/")
