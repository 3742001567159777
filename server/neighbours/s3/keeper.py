"""An S3 that is still there after the process: what a request changed is on the disk before
the request is answered, and read back at the start.
"""

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto.s3.models import FakeBucket, FakeKey, FakeMultipart, S3Backend, s3_backends
from moto.utilities.utils import get_partition

from gluematch.models.catalog import kept_bodies, kept_objects
from gluematch.models.catalog.kept_objects import BUCKET, PART, UPLOAD, VERSION, Kept, Shelved
from gluematch.models.catalog.store import Catalog, Connection
from gluematch.models.errors import InternalServiceException, OperationTimeoutException
from gluematch.models.scope import Scope

from . import objects
from .bodies import Bodies
from .body import Body
from .files import NotKept
from .receiving import RECEIVED, Received
from .sights import send_piece_by_piece
from .small import Small
from .turns import Turns, copied
from .watching import Touched, adopt, lighten, noting

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Change:
    """What there is now under one name, at the places `at` or at all; None: no such bucket."""

    bucket: str
    kind: str
    name: str
    now: Mapping[int, Kept] | None
    at: frozenset[int] | None = None


class Keeper:
    """Keeps moto's S3 in the catalog's database, and bodies in files below `folder`."""

    def __init__(self, catalog: Catalog, folder: Path) -> None:
        """Bring back what was kept; sweep what a crash left half-written."""
        lighten()
        send_piece_by_piece()
        self._catalog = catalog
        self._small = Small(catalog)
        self._bodies = Bodies(folder, self._small)
        self._turns = Turns()
        self._owing = threading.Lock()
        self._owed = Touched()
        self._restore()

    @contextmanager
    def keeping(self, who: Scope, environ: dict[str, Any]) -> Iterator[None]:
        """Do a request's work in the block: when this ends, what it changed is on the disk.

        Raises NotKept where it could not be written. It may be there all the same, then or later.
        """
        adopt(_backend(who.account, who.region), self._bodies)
        with self._turns.taken(environ):
            touched = Touched()
            received: Received | None = environ.get(RECEIVED)
            if received is not None:
                touched.bodies.add(received.body.name)
                received.adopted = True
            try:
                with self._bodies.reading(), noting(touched):
                    yield
                touched.keys -= copied(environ)
            except NotKept:  # moto ends an upload before the object is there
                touched.give_back()
                raise
            finally:  # whatever became of the request, what it left in memory is what there is
                if touched:
                    self._keep(touched)

    def reading(self) -> AbstractContextManager[None]:
        """Do a request's work in the block that reads, and find all that it has seen."""
        return self._bodies.reading()

    def receive(self, pieces: Iterable[bytes]) -> Body:
        """A new file of the pieces; `keeping` takes it over, or somebody has to `drop` it.

        Raises NotKept.
        """
        return self._bodies.receive(pieces)

    def drop(self, body: Body) -> None:
        """Delete a file that was received and that no request has taken over."""
        self._bodies.remove([body.name])

    def forget(self) -> None:
        """Delete every body: the rows and moto's own memory have been emptied."""
        self._small.forget()
        self._bodies.sweep(())

    def _keep(self, touched: Touched) -> None:
        with self._owing:
            touched.add(self._owed)
            self._owed = Touched()
        try:
            left = self._write(touched)
        except BaseException as error:
            with self._owing:
                self._owed.add(touched)
            if isinstance(error, (InternalServiceException, OperationTimeoutException)):
                raise NotKept(error.message) from error
            raise
        self._bodies.remove(left)

    def _write(self, touched: Touched) -> set[str]:
        """Write all that differs; the bodies that nothing names any more.

        What there is is looked at when it is this request's turn to write, so that of two requests
        for one name the later one writes what is so; those that wait share a commit.
        """
        left, gone = set(touched.bodies), self._small.discarded()
        try:
            with self._catalog.connect(together=True) as connection:
                changes = [*self._changes(touched)]
                for change in changes:
                    left.update(_written(connection, change))
                named = {kept.body for change in changes for kept in (change.now or {}).values()}
                bodies = [body for body in named if body is not None]
                self._small.write(connection, bodies)
                kept_bodies.remove(connection, gone)
        except BaseException:
            self._small.discard(gone)
            raise
        self._small.written(bodies)
        return left.difference(bodies)

    def _changes(self, touched: Touched) -> Iterator[_Change]:
        """What there is now of everything touched."""
        uploads = touched.uploads | {(bucket, upload) for bucket, upload, _ in touched.parts}
        found = {name: _bucket(name) for name in touched.buckets}
        found |= {name: _bucket(name) for name, _ in touched.keys | uploads}
        for name, bucket in found.items():
            if bucket is None:
                yield _Change(name, BUCKET, "", None)
            elif name in touched.buckets:
                yield _Change(name, BUCKET, "", {0: Kept(objects.of_bucket(bucket))})
        for name, key in sorted(touched.keys):
            if (bucket := found[name]) is not None:
                versions = [*(bucket.keys.getlist(key) or ())]
                yield _Change(name, VERSION, key, self._versions(versions))
        for name, upload in sorted(uploads):
            if (bucket := found[name]) is not None:
                yield from self._upload(name, upload, bucket.multiparts.get(upload), touched)

    def _upload(
        self, bucket: str, upload: str, going: FakeMultipart | None, touched: Touched
    ) -> Iterator[_Change]:
        if going is None:
            yield _Change(bucket, UPLOAD, upload, {})
            yield _Change(bucket, PART, upload, {})
            return
        yield _Change(bucket, UPLOAD, upload, {0: Kept(objects.of_upload(going))})
        numbers = frozenset(n for of, name, n in touched.parts if (of, name) == (bucket, upload))
        parts = {n: self._kept(going.parts[n]) for n in numbers if n in going.parts}
        if numbers:
            yield _Change(bucket, PART, upload, parts, numbers)

    def _versions(self, versions: list[Any]) -> dict[int, Kept]:
        return {place: self._kept(version) for place, version in enumerate(versions)}

    def _kept(self, version: Any) -> Kept:
        if not isinstance(version, FakeKey):
            return Kept(objects.of_marker(version))
        body, _ = objects.settled(version, self._bodies)
        return Kept(objects.of_key(version), body.name)

    def _restore(self) -> None:
        used: set[str] = set()
        with self._catalog.look() as connection:
            for shelved in kept_objects.everything(connection):
                if shelved.kept.body:
                    used.add(shelved.kept.body)
                self._bring_back(shelved)
        self._bodies.sweep(used)

    def _bring_back(self, shelved: Shelved) -> None:
        document, body = shelved.kept.document, shelved.kept.body
        if shelved.kind == BUCKET:
            bucket = objects.to_bucket(document)
            backend = _backend(bucket.account_id, bucket.region_name)
            adopt(backend, self._bodies)
            backend.buckets[shelved.bucket] = bucket
            return
        found = _bucket(shelved.bucket)
        if found is None:
            log.error("an object of the bucket %s has no bucket", shelved.bucket)
            return
        if shelved.kind == UPLOAD:
            found.multiparts[shelved.name] = objects.to_upload(document)
        elif shelved.kind == PART:
            _add_part(found.multiparts[shelved.name], objects.to_key(document, self._bodies, body))
        elif body is None:
            found.keys[shelved.name] = objects.to_marker(document)
        else:
            found.keys[shelved.name] = objects.to_key(document, self._bodies, body)


def _written(connection: Connection, change: _Change) -> Iterable[str]:
    """Write a change; the bodies that it leaves behind."""
    if change.now is None:
        return kept_objects.forget_bucket(connection, change.bucket)
    of = (change.bucket, change.kind, change.name)
    return kept_objects.replace(connection, *of, change.now, at=change.at)


def _backend(account: str, region: str) -> S3Backend:
    backend: S3Backend = s3_backends[account][get_partition(region)]
    return backend


def _bucket(name: str) -> FakeBucket | None:
    where = s3_backends.bucket_accounts.get(name)
    if where is None:
        return None
    partition, account = where
    return s3_backends[account][partition].buckets.get(name)


def _add_part(upload: FakeMultipart, part: FakeKey) -> None:
    number = int(part.name)
    upload.parts[number] = part
    upload.partlist = sorted(upload.parts)
