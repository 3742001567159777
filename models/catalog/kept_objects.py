"""What the S3 beside us must not forget: a row for each bucket, version, upload and part.

The documents are the neighbour's own; a `body` names what holds the bytes. Bucket names are
everybody's, so these rows are of no account.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Connection,
    Dialect,
    Integer,
    Text,
    bindparam,
    delete,
    insert,
    select,
    type_coerce,
)

from . import schema
from .columns import written
from .prepared import Prepared, prepare

ROWS = schema.kept_objects
BUCKET, UPLOAD, PART, VERSION = "bucket", "upload", "upload part", "version"
_NAME = ("bucket", "kind", "name")
_PLACE = (*_NAME, "place")


@dataclass(frozen=True, slots=True)
class Kept:
    """A document, and the name of the body that has its bytes, if it has any."""

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
    of = {"bucket": bucket, "kind": kind, "name": name}
    before = _before(connection, of, at)
    forms = _forms(connection.dialect)
    for place in before.keys() - now.keys():
        forms.removing.touch(connection, {**of, "place": place})
    for place, kept in now.items():
        row = (written(kept.document), kept.body)
        if before.get(place) != row:
            values = {"document": row[0], "body": row[1]}
            forms.putting.touch(connection, {**of, "place": place, **values})
    used = {kept.body for kept in now.values()}
    return [body for _, body in before.values() if body and body not in used]


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


def _before(
    connection: Connection, of: Mapping[str, Any], at: Collection[int] | None
) -> dict[int, tuple[str, str | None]]:
    """By place the texts of the documents, which are compared unread, and the bodies."""
    forms = _forms(connection.dialect)
    if at is None:
        rows = forms.all.rows(connection, of)
    else:
        rows = [row for place in at for row in forms.one.rows(connection, {**of, "place": place})]
    return {row["place"]: (row["document"], row["body"]) for row in rows}


@dataclass(frozen=True, slots=True)
class _Forms:
    all: Prepared
    one: Prepared
    putting: Prepared
    removing: Prepared


@lru_cache(maxsize=8)
def _forms(dialect: Dialect) -> _Forms:
    text = type_coerce(ROWS.c.document, Text).label("document")
    found = select(ROWS.c.place, text, ROWS.c.body)
    of = [ROWS.c[name] == _bound(name) for name in _NAME]
    there = [ROWS.c[name] == _bound(name) for name in _PLACE]
    columns = (*_PLACE, "document", "body")
    return _Forms(
        prepare(dialect, found.where(*of)),
        prepare(dialect, found.where(*there)),
        prepare(
            dialect,
            insert(ROWS).values({name: _bound(name) for name in columns}),
            ending=" ON CONFLICT (bucket, kind, name, place)"
            " DO UPDATE SET document = excluded.document, body = excluded.body",
        ),
        prepare(dialect, delete(ROWS).where(*there)),
    )


def _bound(name: str) -> Any:
    return bindparam(name, type_=Integer if name == "place" else Text)
