"""Which buckets, objects and uploads a request has had in its hands: dictionaries that tell.

Moto keeps S3 in dictionaries; ours do the same and note, for the thread that answers a request,
every name that is read or written. Whatever was touched is compared with what is kept.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.s3.models import FakeBucket, MultipartDict, S3Backend
from moto.s3.utils import _VersionedKeyStore

_here = threading.local()


class Touched:
    """The names that one request had to do with."""

    def __init__(self) -> None:
        self.buckets: set[str] = set()
        self.keys: set[tuple[str, str]] = set()
        self.uploads: set[tuple[str, str]] = set()

    def __bool__(self) -> bool:
        return bool(self.buckets or self.keys or self.uploads)


@contextmanager
def noting() -> Iterator[Touched]:
    """Note what this thread touches in the block."""
    _here.touched = Touched()
    try:
        yield _here.touched
    finally:
        _here.touched = None


def adopt(backend: S3Backend) -> None:
    """Watch all buckets of an account, those to come, too."""
    if not isinstance(backend.buckets, _Buckets):
        watched = _Buckets()
        for name, bucket in backend.buckets.items():
            watched[name] = bucket
        backend.buckets = watched


def _touched() -> Touched | None:
    return getattr(_here, "touched", None)


class _Buckets(dict[str, FakeBucket]):
    def __getitem__(self, name: str) -> FakeBucket:
        self._note(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._note(name)
        return super().get(name, default)

    def __setitem__(self, name: str, bucket: FakeBucket) -> None:
        self._note(name)
        if not isinstance(bucket.keys, _Keys):
            keys, uploads = _Keys(name), _Uploads(name)
            for key, versions in bucket.keys.iterlists():
                keys.setlist(key, versions)
            uploads.update(bucket.multiparts)
            bucket.keys, bucket.multiparts = keys, uploads
        super().__setitem__(name, bucket)

    def pop(self, name: str, *default: Any) -> Any:
        self._note(name)
        return super().pop(name, *default)

    def _note(self, name: str) -> None:
        if (touched := _touched()) is not None:
            touched.buckets.add(name)


class _Keys(_VersionedKeyStore):
    def __init__(self, bucket: str) -> None:
        super().__init__()
        self._bucket = bucket

    def __sgetitem__(self, key: str) -> list[Any]:
        self._note(key)
        return super().__sgetitem__(key)

    def __setitem__(self, key: str, value: Any) -> None:
        self._note(key)
        super().__setitem__(key, value)

    def setlist(self, key: Any, list_: Any) -> Any:
        self._note(key)
        return super().setlist(key, list_)

    def pop(self, key: str) -> None:  # type: ignore[override]  # as moto's
        self._note(key)
        super().pop(key)

    def _note(self, key: str) -> None:
        if (touched := _touched()) is not None:
            touched.keys.add((self._bucket, key))


class _Uploads(MultipartDict):
    def __init__(self, bucket: str) -> None:
        super().__init__()
        self._bucket = bucket

    def __getitem__(self, upload: str) -> Any:
        self._note(upload)
        return super().__getitem__(upload)

    def get(self, upload: str, default: Any = None) -> Any:
        self._note(upload)
        return super().get(upload, default)

    def __setitem__(self, upload: str, value: Any) -> None:
        self._note(upload)
        super().__setitem__(upload, value)

    def __delitem__(self, upload: str) -> None:
        self._note(upload)
        super().__delitem__(upload)

    def pop(self, upload: str, *default: Any) -> Any:
        self._note(upload)
        return super().pop(upload, *default)

    def _note(self, upload: str) -> None:
        if (touched := _touched()) is not None:
            touched.uploads.add((self._bucket, upload))
