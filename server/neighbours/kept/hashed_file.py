"""Text on its way to a file, of which the end can be taken back."""

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

_PIECES = 4096
_IN_MEMORY = 8 * 2**20


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a text: its bytes until there, and their hash."""

    size: int
    hash: Any


class HashedFile:
    """Text that is hashed, and goes to a file once there is much of it or it is to stay."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pieces, self._data, self._hash = list[str](), bytearray(), sha256()
        self._file: IO[bytes] | None = None
        self.size = 0

    def __enter__(self) -> "HashedFile":
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, text: str) -> None:
        """Add text."""
        self._pieces.append(text)
        if len(self._pieces) >= _PIECES:
            self._gather()

    def digest(self) -> bytes:
        """The SHA-256 of all."""
        self._gather()
        return self._hash.digest()

    def position(self) -> Position:
        """What has been written until now."""
        self._gather()
        return Position(self.size, self._hash.copy())

    def cut(self, position: Position) -> None:
        """Take back what has been written since. Raises OSError."""
        self._gather()
        if (kept := len(self._data) - (self.size - position.size)) >= 0:
            del self._data[kept:]
        elif self._file is not None:
            self._data.clear()
            self._file.seek(position.size)
            self._file.truncate()
        self.size, self._hash = position.size, position.hash.copy()

    def settle(self) -> None:
        """Have all of it in the file, on the disk. Raises OSError."""
        self._flush().flush()
        os.fsync(self._flush().fileno())

    def _gather(self) -> None:
        data = "".join(self._pieces).encode()
        self._pieces.clear()
        self._hash.update(data)
        self._data += data
        self.size += len(data)
        if len(self._data) > _IN_MEMORY:
            self._flush()

    def _flush(self) -> IO[bytes]:
        if self._file is None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            self._file = os.fdopen(os.open(self._path, flags, 0o600), "wb")
        self._file.write(self._data)
        self._data.clear()
        return self._file
