"""Which buckets, objects and uploads a request has had in its hands: dictionaries that tell.

Moto keeps S3 in dictionaries; ours do the same and note, for the thread that answers a request,
every name that is read or written. Whatever was touched is compared with what is kept. An object
is in its file before anybody can see it, and who lists while others write sees a moment.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.s3 import models
from moto.s3.models import FakeBucket, FakeKey, FakeMultipart, MultipartDict, S3Backend
from moto.s3.utils import _VersionedKeyStore

from . import objects
from .bodies import Bodies

_here = threading.local()
_adopting = threading.Lock()


class Touched:
    """The names that one request had to do with, the files that it wrote, the uploads it ended."""

    def __init__(self) -> None:
        self.buckets: set[str] = set()
        self.keys: set[tuple[str, str]] = set()
        self.uploads: set[tuple[str, str]] = set()
        self.parts: set[tuple[str, str, int]] = set()
        self.bodies: set[str] = set()
        self.ended: dict[tuple[str, str], tuple[_Uploads, FakeMultipart]] = {}

    def __bool__(self) -> bool:
        return bool(self.buckets or self.keys or self.uploads or self.parts or self.bodies)

    def add(self, other: "Touched") -> None:
        """Take over all that another request had to do with."""
        for kind, names in vars(self).items():
            names.update(vars(other)[kind])

    def give_back(self) -> None:
        """Let the uploads go on that the request has ended, with the parts that they had."""
        for (_, upload), (uploads, going) in self.ended.items():
            uploads[upload] = going
        self.ended.clear()


@contextmanager
def noting(touched: Touched) -> Iterator[None]:
    """Note in `touched` what this thread touches in the block."""
    _here.touched = touched
    try:
        yield
    finally:
        _here.touched = None


def only_read(bucket: str) -> None:
    """Forget that this thread has touched the bucket itself, which it has left as it was."""
    if (touched := _touched()) is not None:
        touched.buckets.discard(bucket)


def adopt(backend: S3Backend, bodies: Bodies) -> None:
    """Watch all buckets of an account, those to come, too.

    Moto's memory is the process's: where another server had it before, bodies go here from now on.
    """
    with _adopting:
        if isinstance(backend.buckets, _Buckets):
            backend.buckets.put_bodies_into(bodies)
        else:
            watched = _Buckets(bodies)
            for name, bucket in backend.buckets.items():
                watched[name] = bucket
            backend.buckets = watched


def lighten() -> None:
    """Let moto's S3 free what nothing uses, which it would remember for ever, and list versions
    without copying their bytes."""
    for kind in [*vars(models).values()]:
        if isinstance(kind, type) and hasattr(kind, "instances_tracked"):
            kind.instances_tracked = _Oblivion()
    FakeKey.__del__ = _let_go  # type: ignore[method-assign]  # moto's own warns of objects that nobody has closed
    FakeKey.__deepcopy__ = _twin  # type: ignore[attr-defined]  # asked for by list_object_versions


class _Oblivion(list[Any]):
    def append(self, _thing: Any) -> None:
        """Nothing stays."""


def _twin(key: FakeKey, _memo: Any) -> FakeKey:
    made = object.__new__(FakeKey)
    vars(made).update(vars(key), twin_of=key)
    return made


def _let_go(key: FakeKey) -> None:
    buffer = vars(key).get("_value_buffer")
    if buffer is not None and "twin_of" not in vars(key):  # a twin reads its original's
        buffer.close()


def _touched() -> Touched | None:
    return getattr(_here, "touched", None)


def _settle(version: Any, bodies: Bodies) -> None:
    if isinstance(version, FakeKey):
        body, new = objects.settled(version, bodies)
        if new and (touched := _touched()) is not None:
            touched.bodies.add(body.name)


class _Buckets(dict[str, FakeBucket]):
    def __init__(self, bodies: Bodies) -> None:
        super().__init__()
        self._bodies = bodies

    def put_bodies_into(self, bodies: Bodies) -> None:
        """Have what is written from now on be kept there."""
        if bodies is self._bodies:
            return
        self._bodies = bodies
        for bucket in [*super().values()]:
            uploads: Any = bucket.multiparts
            parts = [upload.parts for upload in [*dict.values(uploads)]]
            for watched in (bucket.keys, uploads, *parts):
                watched._bodies = bodies

    def __getitem__(self, name: str) -> FakeBucket:
        self._note(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._note(name)
        return super().get(name, default)

    def __setitem__(self, name: str, bucket: FakeBucket) -> None:
        self._note(name)
        if not isinstance(bucket.keys, _Keys):
            keys, uploads = _Keys(name, self._bodies), _Uploads(name, self._bodies)
            for key, versions in bucket.keys.iterlists():
                keys.setlist(key, versions)
            for upload, going in bucket.multiparts.items():
                uploads[upload] = going
            bucket.keys, bucket.multiparts = keys, uploads
        super().__setitem__(name, bucket)

    def pop(self, name: str, *default: Any) -> Any:
        self._note(name)
        return super().pop(name, *default)

    def values(self) -> Any:
        return self.copy().values()

    def items(self) -> Any:
        return self.copy().items()

    def _note(self, name: str) -> None:
        if (touched := _touched()) is not None:
            touched.buckets.add(name)


class _Keys(_VersionedKeyStore):
    def __init__(self, bucket: str, bodies: Bodies) -> None:
        super().__init__()
        self._bucket, self._bodies = bucket, bodies

    def __sgetitem__(self, key: str) -> list[Any]:
        self._note(key)
        return super().__sgetitem__(key)

    def __setitem__(self, key: str, value: Any) -> None:
        self._note(key)
        _settle(value, self._bodies)
        super().__setitem__(key, value)

    def setlist(self, key: Any, list_: Any) -> Any:
        self._note(key)
        for version in list_:
            _settle(version, self._bodies)
        return super().setlist(key, list_)

    def pop(self, key: str) -> None:  # type: ignore[override]  # as moto's
        self._note(key)
        super().pop(key)

    def iterlists(self) -> Iterator[tuple[str, list[Any]]]:
        """As they are now, whatever is deleted before the last is asked for."""
        for key, versions in self.copy().items():
            if found := [*versions]:
                yield key, found

    def iteritems(self) -> Iterator[tuple[str, Any]]:
        for key, versions in self.iterlists():
            yield key, versions[-1]

    def itervalues(self) -> Iterator[Any]:
        for _, latest in self.iteritems():
            yield latest

    lists = iterlists
    items = iteritems
    values = itervalues

    def _note(self, key: str) -> None:
        if (touched := _touched()) is not None:
            touched.keys.add((self._bucket, key))


class _Uploads(MultipartDict):
    def __init__(self, bucket: str, bodies: Bodies) -> None:
        super().__init__()
        self._bucket, self._bodies = bucket, bodies

    def __getitem__(self, upload: str) -> Any:
        self._note(upload)
        return super().__getitem__(upload)

    def get(self, upload: str, default: Any = None) -> Any:
        self._note(upload)
        return super().get(upload, default)

    def __setitem__(self, upload: str, value: FakeMultipart) -> None:
        self._note(upload)
        parts = _Parts(self._bucket, upload, self._bodies)
        for number, part in value.parts.items():
            parts[number] = part
        value.parts = parts
        super().__setitem__(upload, value)

    def __delitem__(self, upload: str) -> None:
        self._note(upload)
        if (touched := _touched()) is not None:
            touched.ended[self._bucket, upload] = (self, super().__getitem__(upload))
        super().__delitem__(upload)

    def pop(self, upload: str, *default: Any) -> Any:
        self._note(upload)
        return super().pop(upload, *default)

    def values(self) -> Any:
        return self.copy().values()

    def items(self) -> Any:
        return self.copy().items()

    def _note(self, upload: str) -> None:
        if (touched := _touched()) is not None:
            touched.uploads.add((self._bucket, upload))


class _Parts(dict[int, FakeKey]):
    def __init__(self, bucket: str, upload: str, bodies: Bodies) -> None:
        super().__init__()
        self._of, self._bodies = (bucket, upload), bodies

    def __setitem__(self, number: int, part: FakeKey) -> None:
        if (touched := _touched()) is not None:
            touched.parts.add((*self._of, number))
        _settle(part, self._bodies)
        super().__setitem__(number, part)
