"""An S3 that is still there after the process: what a request changed is on the disk before
the request is answered, and read back at the start.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from moto.s3.models import FakeBucket, FakeKey, FakeMultipart, S3Backend, s3_backends
from moto.utilities.utils import get_partition

from gluematch.models.catalog import kept_objects
from gluematch.models.catalog.kept_objects import BUCKET, PART, UPLOAD, VERSION, Kept, Shelved
from gluematch.models.catalog.store import Catalog
from gluematch.models.scope import Scope

from . import objects
from .bodies import Bodies
from .watching import Touched, adopt, noting

log = logging.getLogger(__name__)


class Keeper:
    """Keeps moto's S3 in the catalog's database, and bodies in files below `folder`."""

    def __init__(self, catalog: Catalog, folder: Path) -> None:
        """Bring back what was kept; sweep what a crash left half-written."""
        self._catalog = catalog
        self._bodies = Bodies(folder)
        self._turn = threading.Lock()
        self._restore()

    @contextmanager
    def keeping(self, who: Scope) -> Iterator[None]:
        """Do a request's work in the block: when this ends, what it changed is on the disk."""
        adopt(_backend(who.account, who.region))
        with noting() as touched:
            yield
        if touched:
            self._keep(touched)

    def forget(self) -> None:
        """Delete every body: the rows and moto's own memory have been emptied."""
        self._bodies.sweep(())

    def _keep(self, touched: Touched) -> None:
        # In turn, so that two requests for one key write what is so, not what was.
        with self._turn:
            left: list[str] = []
            changes = [*self._states(touched)]
            with self._catalog.connect() as connection:
                for bucket, kind, name, now in changes:
                    if now is None:
                        left += kept_objects.forget_bucket(connection, bucket)
                    else:
                        left += kept_objects.replace(connection, bucket, kind, name, now)
            self._bodies.remove(left)

    def _states(self, touched: Touched) -> Iterator[tuple[str, str, str, dict[int, Kept] | None]]:
        """What there is now of everything touched; None for a bucket that is gone."""
        names = touched.buckets | {name for name, _ in touched.keys | touched.uploads}
        found = {name: _bucket(name) for name in names}
        for name, bucket in found.items():
            if bucket is None:
                yield name, BUCKET, "", None
            elif name in touched.buckets:
                yield name, BUCKET, "", {0: Kept(objects.of_bucket(bucket))}
        for name, key in sorted(touched.keys):
            if (bucket := found[name]) is not None:
                versions = [*(bucket.keys.getlist(key) or ())]
                yield name, VERSION, key, self._versions(versions)
        for name, upload in sorted(touched.uploads):
            if (bucket := found[name]) is not None:
                going = bucket.multiparts.get(upload)
                now = {} if going is None else {0: Kept(objects.of_upload(going))}
                yield name, UPLOAD, upload, now
                parts = {} if going is None else {n: self._kept(p) for n, p in going.parts.items()}
                yield name, PART, upload, parts

    def _versions(self, versions: list[Any]) -> dict[int, Kept]:
        return {place: self._kept(version) for place, version in enumerate(versions)}

    def _kept(self, version: Any) -> Kept:
        if not isinstance(version, FakeKey):
            return Kept(objects.of_marker(version))
        body = objects.settled(version, self._bodies)
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
            adopt(backend)
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
