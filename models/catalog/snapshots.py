"""Copies of a catalog's file while a server writes to it, and what such a copy says of itself."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import kept_bodies, kept_objects
from .migrations import revisions

FILE = "catalog.sqlite"
"""What a catalog is called in its data directory."""

_MD5 = re.compile("[0-9a-f]{32}")
PATIENCE = 30.0  # seconds for a writer that holds the file


class SnapshotError(Exception):
    """A catalog's file cannot be copied or read; the message says why."""


def copy(catalog: Path, to: Path) -> None:
    """Write all that was committed when this began to a new file. Raises SnapshotError.

    Writers are not kept waiting: the copy is of one moment, by SQLite's online backup.
    """
    with _opened(catalog, "rw") as source, _opened(to, "rwc") as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")


def revision(catalog: Path) -> str:
    """The schema that the file has. Raises SnapshotError for a file that is no catalog."""
    with _opened(catalog, "ro") as connection:
        if not _has(connection, "alembic_version"):
            raise SnapshotError(f"{catalog} is not the catalog of a server")
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(found[0]) if found else ""


def is_known(revision: str) -> bool:
    """Whether this version of gluematch can read a catalog of that schema."""
    return revision in revisions()


@dataclass(frozen=True, slots=True)
class Stored:
    """An object, or a part of an upload, whose bytes lie in a file: how many they are, and their
    MD5 where the catalog says it."""

    bucket: str
    key: str
    size: int | None
    md5: str | None

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def bodies(catalog: Path) -> dict[str, Stored]:
    """What lies in the files that hold the bytes of objects, all but small ones, by their names.

    Raises SnapshotError.
    """
    with _opened(catalog, "ro") as connection:
        if not _has(connection, "kept_objects"):  # older than the kept S3
            return {}
        query = "SELECT bucket, kind, name, document, body FROM kept_objects WHERE kind != ?"
        rows = connection.execute(query, (kept_objects.BUCKET,)).fetchall()
    uploads = {
        (bucket, name): dict(json.loads(document)["upload"]["held"])["key_name"]
        for bucket, kind, name, document, _ in rows
        if kind == kept_objects.UPLOAD
    }
    return {
        body: _stored(bucket, uploads.get((bucket, name), name), json.loads(document))
        for bucket, _, name, document, body in rows
        if body is not None and not kept_bodies.has(body)
    }


def _stored(bucket: str, key: str, document: Any) -> Stored:
    held = dict(document["key"]["held"])
    etag = held.get("_etag") or ""
    md5 = etag if _MD5.fullmatch(etag) else None  # that of an upload in parts is of its parts
    return Stored(bucket, key, held.get("contentsize"), md5)


def faults(catalog: Path) -> str | None:
    """What SQLite finds wrong with the file; None for nothing. Raises SnapshotError."""
    with _opened(catalog, "ro") as connection:
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    return None if found == "ok" else str(found)


def _has(connection: sqlite3.Connection, table: str) -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    return connection.execute(query, (table,)).fetchone() is not None


@contextmanager
def _opened(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    try:
        url = f"{path.absolute().as_uri()}?mode={mode}"
        with closing(sqlite3.connect(url, timeout=PATIENCE, uri=True)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise SnapshotError(f"the catalog {path}: {error}") from None
