"""The bytes of objects as files in the data directory, each written once and read from there.

A file is whole or absent: it is written under another name, synchronised, then renamed. It goes
when nothing names it any more and nobody who might have it in hand is still reading.
"""

import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

from gluematch.models import ids

from .files import PIECE, OpenFile, Out, refusals, synchronise

_UNFINISHED = ".new"


class Bodies:
    """The files below `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        synchronise(folder.parent)
        self._lock = threading.Lock()
        self._readers: set[object] = set()
        self._doomed: list[tuple[set[object], list[Path]]] = []

    def write(self, source: IO[bytes]) -> "Body":
        """A new file with all that `source` holds, on the disk when this returns.

        Raises NotKept, and leaves nothing behind then.
        """
        source.seek(0)
        return self.receive(iter(partial(source.read, PIECE), b""))

    def receive(self, pieces: Iterable[bytes]) -> "Body":
        """A new file with the pieces, one after another, on the disk when this returns.

        Raises NotKept, and what the pieces raise; leaves nothing behind then.
        """
        with self._new() as (name, out):
            for piece in pieces:
                out.write(piece)
        return self.open(name, 0, out.written)

    def join(self, parts: Sequence["Body"]) -> "Body":
        """A new file with the bytes of others, end to end, which pass through no memory of ours.

        Raises NotKept, and leaves nothing behind then.
        """
        with self._new() as (name, out):
            for part in parts:
                out.append(*part.lies)
        return self.open(name, 0, out.written)

    def copy(self, part: "Body") -> "Body":
        """As `join` of one; what is all of a file becomes a second link to it."""
        linked = self._link(part)
        return self.join([part]) if linked is None else linked

    def open(self, name: str, start: int, length: int) -> "Body":
        """`length` bytes of a file from `start` on."""
        return Body(name, self._path(name), start, length)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """No file that is named when the block begins goes before the block has ended."""
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
                over = [paths for readers, paths in self._doomed if not readers]
                self._doomed = [one for one in self._doomed if one[0]]
            for paths in over:
                _unlink(paths)

    def remove(self, names: Collection[str]) -> None:
        """Delete files that nothing names any more, once those who read now have ended."""
        paths = [self._path(name) for name in names]
        with self._lock:
            if self._readers and paths:
                self._doomed.append((set(self._readers), paths))
                return
        _unlink(paths)

    def sweep(self, used: Collection[str]) -> None:
        """Delete what a crash left behind: unfinished files, and those that are not `used`."""
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

    def _link(self, part: "Body") -> "Body | None":
        """A second name for the file of a body that is all of it; None where there can be none."""
        path, start, length = part.lies
        name = ids.unique()
        new = self._path(name)
        try:
            if start or path.stat().st_size != length:
                return None
            self._make(new.parent)
            new.hardlink_to(path)
        except OSError:  # a file system without links, or an inode with too many
            return None
        with refusals():
            synchronise(new.parent)
        return self.open(name, 0, length)

    def _make(self, folder: Path) -> None:
        if not folder.exists():
            folder.mkdir(exist_ok=True)
            synchronise(self._folder)

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name


class Body:
    """Part of a file, in the place of the buffer that moto holds an object's value in.

    The file is open only while it is read, so objects cost no file handles. An object's value
    never changes; what moto writes instead is another object.
    """

    def __init__(self, name: str, path: Path, start: int, length: int) -> None:
        self.name = name
        self._path, self._start, self._length = path, start, length
        self._at = 0

    def seek(self, offset: int) -> int:
        """Go to the byte `offset`."""
        self._at = offset
        return offset

    def read(self, size: int = -1) -> bytes:
        """The next `size` bytes, all that are left if it is negative."""
        left = max(self._length - self._at, 0)
        with self._path.open("rb") as file:
            file.seek(self._start + self._at)
            found = file.read(left if size < 0 else min(size, left))
        self._at += len(found)
        return found

    def __len__(self) -> int:
        return self._length

    @property
    def lies(self) -> tuple[Path, int, int]:
        """The file, where in it the bytes begin, and how many they are."""
        return self._path, self._start, self._length

    def opened(self) -> tuple[OpenFile, int, int]:
        """The file, open, and where in it the bytes begin and how many they are."""
        return OpenFile(self._path), self._start, self._length

    def part(self, start: int, length: int) -> "Body":
        """`length` of its bytes, from `start` on."""
        return Body(self.name, self._path, self._start + start, length)

    def close(self) -> None:
        """Nothing is open; the file stays until nothing names it."""


def _unlink(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
