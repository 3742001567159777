"""What the S3 beside us must not forget: a row for each bucket, version, upload and part.

The documents are the neighbour's own; a `body` names the file that holds the bytes. Bucket names
are everybody's, so these rows are of no account.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from . import schema

ROWS = schema.kept_objects
BUCKET, UPLOAD, PART, VERSION = "bucket", "upload", "upload part", "version"


@dataclass(frozen=True, slots=True)
class Kept:
    """A document, and the name of the file that holds its bytes, if it has any."""

    document: Mapping[str, Any]
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Shelved:
    """A kept thing with its place: number `place` of those called `name` in the bucket."""

    bucket: str
    kind: str
    name: str
    place: int
    kept: Kept


def replace(  # which rows, and what they shall be
    connection: Connection,
    bucket: str,
    kind: str,
    name: str,
    now: Mapping[int, Kept],
    *,
    at: Collection[int] | None = None,
) -> list[str]:
    """Let `now` be all of that name and kind, or all of it at the places `at`.

    The bodies that nothing of it names any more.
    """
    of = [ROWS.c.bucket == bucket, ROWS.c.kind == kind, ROWS.c.name == name]
    chosen = of if at is None else [*of, ROWS.c.place.in_(at)]
    found = connection.execute(select(ROWS.c.place, ROWS.c.document, ROWS.c.body).where(*chosen))
    before = {row.place: Kept(row.document, row.body) for row in found}
    for place in before.keys() - now.keys():
        connection.execute(delete(ROWS).where(*of, ROWS.c.place == place))
    for place, kept in now.items():
        values = {"document": kept.document, "body": kept.body}
        if place not in before:
            key = {"bucket": bucket, "kind": kind, "name": name, "place": place}
            connection.execute(insert(ROWS).values(key | values))
        elif before[place] != kept:
            connection.execute(update(ROWS).where(*of, ROWS.c.place == place).values(values))
    used = {kept.body for kept in now.values()}
    return [kept.body for kept in before.values() if kept.body and kept.body not in used]


def forget_bucket(connection: Connection, bucket: str) -> list[str]:
    """The bucket goes, with all that is in it; the bodies that this leaves behind."""
    query = select(ROWS.c.body).where(ROWS.c.bucket == bucket, ROWS.c.body.is_not(None))
    bodies = [*connection.execute(query).scalars()]
    connection.execute(delete(ROWS).where(ROWS.c.bucket == bucket))
    return bodies


def everything(connection: Connection) -> Iterator[Shelved]:
    """All that is kept: buckets before what is in them, uploads before their parts, things of
    one name in their order."""
    query = select(ROWS).order_by(ROWS.c.bucket, ROWS.c.kind, ROWS.c.name, ROWS.c.place)
    for row in connection.execute(query):
        yield Shelved(row.bucket, row.kind, row.name, row.place, Kept(row.document, row.body))
