"""The bytes of objects, each written once and read from there: files in the data directory, but for
small ones.

A file is whole or absent: it is written under another name, synchronised, then renamed. Bodies go
when nothing names them any more and nobody who might have them in hand is still reading.
"""

import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO

from gluematch.models import ids
from gluematch.models.catalog import kept_bodies
from gluematch.server.disk import synchronise

from .body import Body, File, Row
from .files import PIECE, Out, refusals
from .small import LARGEST, Small

_UNFINISHED = ".new"


class Bodies:
    """The files below `folder`, and small bodies beside them."""

    def __init__(self, folder: Path, small: Small) -> None:
        self._folder, self._small = folder, small
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        synchronise(folder.parent)
        self._lock = threading.Lock()
        self._lasting: set[Path] = set()
        self._readers: set[object] = set()
        self._doomed: list[tuple[set[object], list[str]]] = []

    def write(self, source: IO[bytes]) -> Body:
        """A new body with all that `source` holds: a file on the disk when this returns, or a small
        one, which is kept with what names it.

        Raises NotKept, and leaves nothing behind then.
        """
        source.seek(0)
        beginning = source.read(LARGEST + 1)
        if len(beginning) <= LARGEST:
            return self._added(beginning)
        return self.receive(chain((beginning,), iter(partial(source.read, PIECE), b"")))

    def receive(self, pieces: Iterable[bytes]) -> Body:
        """A new file with the pieces, one after another, on the disk when this returns.

        Raises NotKept, and what the pieces raise; leaves nothing behind then.
        """
        with self._new() as (name, out):
            for piece in pieces:
                out.write(piece)
        return self.open(name, 0, out.written)

    def join(self, parts: Sequence[Body]) -> Body:
        """A new body with the bytes of others, end to end; those of files pass through no memory of
        ours.

        Raises NotKept, and leaves nothing behind then.
        """
        if sum(map(len, parts)) <= LARGEST:
            return self._added(b"".join(part.part(0, len(part)).read() for part in parts))
        with self._new() as (name, out):
            for part in parts:
                part.into(out)
        return self.open(name, 0, out.written)

    def copy(self, part: Body) -> Body:
        """As `join` of one; what is all of a file becomes a second link to it."""
        linked = self._link(part)
        return self.join([part]) if linked is None else linked

    def open(self, name: str, start: int, length: int) -> Body:
        """`length` bytes of a body from `start` on."""
        small = kept_bodies.has(name)
        source = Row(name, self._small) if small else File(self._path(name))
        return Body(name, source, start, length)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """No body that is named when the block begins goes before the block has ended."""
        reader = object()
        with self._lock:
            self._readers.add(reader)
        try:
            yield
        finally:
            with self._lock:
                self._readers.remove(reader)
                for readers, _ in self._doomed:
                    readers.discard(reader)
                over = [names for readers, names in self._doomed if not readers]
                self._doomed = [one for one in self._doomed if one[0]]
            for names in over:
                self._delete(names)

    def remove(self, names: Collection[str]) -> None:
        """Delete bodies that nothing names any more, once those who read now have ended."""
        with self._lock:
            if self._readers and names:
                self._doomed.append((set(self._readers), [*names]))
                return
        self._delete(names)

    def sweep(self, used: Collection[str]) -> None:
        """Delete what a crash left behind: unfinished files, and bodies that are not `used`."""
        self._small.sweep(used)
        _unlink(
            path
            for path in self._folder.glob("*/*")
            if path.suffix == _UNFINISHED or path.name not in used
        )

    @contextmanager
    def _new(self) -> Iterator[tuple[str, Out]]:
        """A file to be written in the block: whole and on the disk at its end, or not there."""
        name = ids.unique()
        path = self._path(name)
        unfinished = path.with_suffix(_UNFINISHED)
        try:
            with refusals():
                self._make(path.parent)
                out = Out(unfinished)
            try:
                yield name, out
                with refusals():
                    out.settle()
            finally:
                out.close()
            with refusals():
                unfinished.rename(path)
                synchronise(path.parent)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise

    def _added(self, data: bytes) -> Body:
        return self.open(self._small.add(data), 0, len(data))

    def _delete(self, names: Collection[str]) -> None:
        small = [name for name in names if kept_bodies.has(name)]
        self._small.discard(small)
        _unlink(self._path(name) for name in {*names}.difference(small))

    def _link(self, part: Body) -> Body | None:
        """A second name for the file of a body that is all of it; None where there can be none."""
        source, length = part.source, len(part)
        name = ids.unique()
        new = self._path(name)
        try:
            if not isinstance(source, File) or not part.begins():
                return None
            if source.path.stat().st_size != length:
                return None
            self._make(new.parent)
            new.hardlink_to(source.path)
        except OSError:  # a file system without links, or an inode with too many
            return None
        with refusals():
            synchronise(new.parent)
        return self.open(name, 0, length)

    def _make(self, folder: Path) -> None:
        """Have a folder for bodies, and its name on the disk: whoever relies on it has synchronised
        the folder above, or comes after one who has."""
        if folder not in self._lasting:
            folder.mkdir(exist_ok=True)
            synchronise(self._folder)
            self._lasting.add(folder)

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name


def _unlink(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
