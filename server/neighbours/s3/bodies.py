"""The bytes of objects as files in the data directory, each written once and read from there.

A file is whole or absent: it is written under another name, synchronised, then renamed.
"""

import os
from collections.abc import Collection
from pathlib import Path
from typing import IO

from gluematch.models import ids

_PIECE = 2**20
_UNFINISHED = ".new"


class Bodies:
    """The files below `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, source: IO[bytes]) -> "Body":
        """A new file with all that `source` holds, on the disk when this returns."""
        name = ids.unique()
        path = self._path(name)
        path.parent.mkdir(exist_ok=True)
        unfinished = path.with_suffix(_UNFINISHED)
        source.seek(0)
        with unfinished.open("wb") as out:
            while piece := source.read(_PIECE):
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())
        unfinished.rename(path)
        _synchronise(path.parent)
        return self.open(name, 0, path.stat().st_size)

    def open(self, name: str, start: int, length: int) -> "Body":
        """`length` bytes of a file from `start` on."""
        return Body(name, self._path(name), start, length)

    def remove(self, names: Collection[str]) -> None:
        """Delete files that nothing names any more."""
        for name in names:
            self._path(name).unlink(missing_ok=True)

    def sweep(self, used: Collection[str]) -> None:
        """Delete what a crash left behind: unfinished files, and those that are not `used`."""
        for path in self._folder.glob("*/*"):
            if path.suffix == _UNFINISHED or path.name not in used:
                path.unlink()

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

    def close(self) -> None:
        """Nothing is open; the file stays until nothing names it."""


def _synchronise(folder: Path) -> None:
    """Make a rename in `folder` last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
