"""The bytes of an object, in the place of the buffer that moto holds an object's value in."""

from pathlib import Path
from typing import Protocol

from .files import NotWhole, Opened, OpenFile, Out
from .small import OpenBytes, Small


class Source(Protocol):
    """Where the bytes of bodies lie."""

    def open(self, size: int) -> Opened:
        """The bytes, to be read anywhere. Raises NotWhole where they are not `size` at least."""

    def into(self, out: Out, start: int, length: int) -> None:
        """Add some of them to a file. Raises NotKept and NotWhole."""


class File:
    """A file below the data directory."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def open(self, size: int) -> Opened:
        """As Source's."""
        return OpenFile(self.path, size)

    def into(self, out: Out, start: int, length: int) -> None:
        """As Source's."""
        opened = OpenFile(self.path, start + length)
        try:
            opened.into(out, start, length)
        finally:
            opened.close()


class Row:
    """A row of the catalog."""

    def __init__(self, name: str, small: Small) -> None:
        self._name, self._small = name, small

    def open(self, size: int) -> Opened:
        """As Source's."""
        try:
            data = self._small.read(self._name)
        except KeyError:
            raise NotWhole(f"the row {self._name} is missing") from None
        if len(data) < size:
            raise NotWhole(f"the row {self._name} has {len(data)} bytes of {size}")
        return OpenBytes(data)

    def into(self, out: Out, start: int, length: int) -> None:
        """As Source's."""
        out.write(self.open(start + length).read(start, length))


class Body:
    """Part of what lies somewhere under a name.

    It is open only while it is read, so objects cost no file handles. An object's value never
    changes; what moto writes instead is another object.
    """

    def __init__(
        self, name: str, source: Source, start: int, length: int, whole: int | None = None
    ) -> None:
        """`whole` is how many bytes there must be, if that is more than those of this part."""
        self.name, self.source = name, source
        self._start, self._length = start, length
        self._whole = start + length if whole is None else whole
        self._at = 0

    def seek(self, offset: int) -> int:
        """Go to the byte `offset`."""
        self._at = offset
        return offset

    def read(self, size: int = -1) -> bytes:
        """The next `size` bytes, all that are left if it is negative. Raises NotWhole."""
        left = max(self._length - self._at, 0)
        opened = self.source.open(self._whole)
        try:
            found = opened.read(self._start + self._at, left if size < 0 else min(size, left))
        finally:
            opened.close()
        self._at += len(found)
        return found

    def __len__(self) -> int:
        return self._length

    def begins(self) -> bool:
        """Whether it begins where its source does."""
        return self._start == 0

    def into(self, out: Out) -> None:
        """Add its bytes to a file. Raises NotKept and NotWhole."""
        self.source.into(out, self._start, self._length)

    def opened(self) -> tuple[Opened, int, int]:
        """What it is part of, open, and where in it the bytes begin and how many they are.

        Raises NotWhole.
        """
        return self.source.open(self._whole), self._start, self._length

    def part(self, start: int, length: int) -> "Body":
        """`length` of its bytes, from `start` on."""
        return Body(self.name, self.source, self._start + start, length, self._whole)

    def close(self) -> None:
        """Nothing is open; the bytes stay until nothing names them."""
