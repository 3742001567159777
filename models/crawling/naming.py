"""Names of tables: from the last component of a path, and told apart where two are the same.

The rules, and what AWS leaves open: docs/decisions/table-naming.md.
"""

import hashlib
import re
from collections.abc import Container, Mapping

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


def place_of(location: str, connection: str | None) -> str:
    """Where a table is: its location, told apart by the connection through which it is reached."""
    return f"{connection}:{location}" if connection else location


def assigned(found: Mapping[str, str], prefix: str, existing: Mapping[str, str]) -> dict[str, str]:
    """A table name for each place; `existing` maps names of the database to places.

    `found` maps places to what their names are made from. A place keeps the name that it has.
    The plain name goes to the first that asks for it; the others get a digest behind it.
    """
    plain = {place: table_name(source, prefix) for place, source in found.items()}
    taken = {name: _as_found(place, found) for name, place in existing.items()}
    named: dict[str, str] = {}
    for place in sorted(found, key=lambda one: taken.get(plain[one]) != one):
        name = plain[place]
        if taken.setdefault(name, place) != place:
            name = hashed_name(name, place)
        named[place] = name
    return named


def _as_found(place: str, found: Container[str]) -> str:
    """The place as the crawl writes it: users write folders without a slash at their end too."""
    bare = place.rstrip("/")
    return next((one for one in (place, f"{bare}/", bare) if one in found), place)
