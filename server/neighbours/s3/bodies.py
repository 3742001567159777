"""The bytes of objects as files in the data directory, each written once and read from there.

A file is whole or absent: it is written under another name, synchronised, then renamed. It goes
when nothing names it any more and nobody who might have it in hand is still reading.
"""

import os
import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from gluematch.models import ids

_PIECE = 2**20
_UNFINISHED = ".new"


class NotKept(Exception):
    """What a request changed could not be written; the message says why."""


class Bodies:
    """The files below `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        _synchronise(folder.parent)
        self._lock = threading.Lock()
        self._readers: set[object] = set()
        self._doomed: list[tuple[set[object], list[Path]]] = []

    def write(self, source: IO[bytes]) -> "Body":
        """A new file with all that `source` holds, on the disk when this returns.

        Raises NotKept, and leaves nothing behind then.
        """
        name = ids.unique()
        path = self._path(name)
        unfinished = path.with_suffix(_UNFINISHED)
        source.seek(0)
        try:
            self._make(path.parent)
            with unfinished.open("wb") as out:
                while piece := source.read(_PIECE):
                    out.write(piece)
                out.flush()
                os.fsync(out.fileno())
            unfinished.rename(path)
            _synchronise(path.parent)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise NotKept(error.strerror or str(error)) from error
        return self.open(name, 0, path.stat().st_size)

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

    def _make(self, folder: Path) -> None:
        if not folder.exists():
            folder.mkdir(exist_ok=True)
            _synchronise(self._folder)

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

    def opened(self) -> tuple["OpenFile", int, int]:
        """The file, open, and where in it the bytes begin and how many they are."""
        return OpenFile(self._path), self._start, self._length

    def part(self, start: int, length: int) -> "Body":
        """`length` of its bytes, from `start` on."""
        return Body(self.name, self._path, self._start + start, length)

    def close(self) -> None:
        """Nothing is open; the file stays until nothing names it."""


class OpenFile:
    """A file that can be read anywhere, also when it has been deleted; nobody need close it."""

    def __init__(self, path: Path) -> None:
        self._handle: int | None = os.open(path, os.O_RDONLY)

    def read(self, start: int, size: int) -> bytes:
        """At most `size` bytes from `start` on."""
        return b"" if self._handle is None else os.pread(self._handle, size, start)

    def close(self) -> None:
        """Give the file back."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)

    __del__ = close


def _unlink(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _synchronise(folder: Path) -> None:
    """Make what was made or renamed in `folder` last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
