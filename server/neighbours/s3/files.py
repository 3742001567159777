"""Files as the bodies of objects need them: on the disk before anybody is told, joined without
passing through memory, read at any place.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

PIECE = 2**20
"""Bytes that are read and written at a time."""

_STRETCH = 64 * PIECE
_NO_COPYING = {errno.EXDEV, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP}


class NotKept(Exception):
    """What a request changed could not be written; the message says why."""


class NotWhole(Exception):
    """The bytes of an object are not all there; the message says what is missing."""


class Out:
    """A file that is written from its beginning, a good part on the disk at any time, so that its
    end need not wait for all of it. Its methods raise NotKept."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        self.written = 0
        self._settled = 0

    def write(self, piece: bytes) -> None:
        """Add bytes."""
        with refusals():
            left = memoryview(piece)
            while left:
                left = left[self._moved(os.write(self._handle, left)) :]

    def append(self, source: int, start: int, length: int) -> None:
        """Add `length` bytes of another open file, from `start` on, as the system copies them best.

        Raises NotWhole where that ends before.
        """
        with refusals():
            end = start + length
            while start < end:
                moved = self._copied(source, start, min(end - start, _STRETCH))
                if not moved:
                    raise NotWhole("a part of the object is shorter than it was")
                start += self._moved(moved)

    def settle(self) -> None:
        """Have all of it on the disk."""
        os.fsync(self._handle)

    def close(self) -> None:
        """No more is written."""
        os.close(self._handle)

    def _copied(self, source: int, start: int, length: int) -> int:
        if hasattr(os, "copy_file_range"):
            try:
                return os.copy_file_range(source, self._handle, length, start)
            except OSError as error:
                if error.errno not in _NO_COPYING:
                    raise
        return os.write(self._handle, os.pread(source, min(length, PIECE), start))

    def _moved(self, count: int) -> int:
        self.written += count
        if self.written - self._settled >= _STRETCH:
            os.fsync(self._handle)
            self._settled = self.written
        return count


class Opened(Protocol):
    """Bytes that can be read anywhere, also when what they lie in has been deleted."""

    def read(self, start: int, size: int) -> bytes:
        """At most `size` bytes from `start` on."""

    def close(self) -> None:
        """Give it back; nobody need do so."""


class OpenFile:
    """A file that can be read anywhere, also when it has been deleted; nobody need close it."""

    _handle: int | None = None

    def __init__(self, path: Path, size: int) -> None:
        """Open a file that has `size` bytes at least. Raises NotWhole."""
        self._name = path.name
        try:
            self._handle = os.open(path, os.O_RDONLY)
        except OSError as error:
            why = error.strerror or error
            raise NotWhole(f"the file {path.name} cannot be opened: {why}") from error
        found = os.fstat(self._handle).st_size
        if found < size:
            self.close()
            raise NotWhole(f"the file {path.name} has {found} bytes of {size}")

    def read(self, start: int, size: int) -> bytes:
        """At most `size` bytes from `start` on. Raises NotWhole where the system cannot read."""
        if self._handle is None:
            return b""
        try:
            return os.pread(self._handle, size, start)
        except OSError as error:
            why = error.strerror or error
            raise NotWhole(f"the file {self._name} cannot be read: {why}") from error

    def into(self, out: Out, start: int, length: int) -> None:
        """Add some of its bytes to another file. Raises NotKept and NotWhole."""
        if self._handle is not None:
            out.append(self._handle, start, length)

    def close(self) -> None:
        """Give the file back."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)

    __del__ = close


@contextmanager
def refusals() -> Iterator[None]:
    """Tell what the system has refused."""
    try:
        yield
    except OSError as error:
        raise NotKept(error.strerror or str(error)) from error
