"""The file of one kept service: what the service holds, whole or as it was before, for its owner
alone."""

import errno
import json
import os
import threading
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from gluematch.server.disk import synchronise

from .graphs import NotDrawn
from .service import Service

FORMAT = 1
_PIECES = 4096
_IN_MEMORY = 8 * 2**20
_SPARE = 2**17  # bytes that the next file may take more than the last one
_ATTEMPTS = 3


class NotRead(Exception):
    """A file of a kept neighbour cannot be read; the message says which, why, and what to do."""


class ServiceFile:
    """Safe to share between threads: one at a time writes it or removes it."""

    def __init__(self, folder: Path, service: Service) -> None:
        self._folder, self._service = folder, service
        self._path = folder / f"{service.name}.json"
        self._lock = threading.Lock()
        self._digest = b""
        self.size = 0
        """Bytes of the file that was last read or written, 0 if there is none."""

    def read(self) -> None:
        """Let the service hold what the file says, if there is one. Raises NotRead, and leaves the
        file as it is."""
        try:
            text = self._path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise NotRead(f"cannot read {self._path}: {error.strerror}") from None
        try:
            self._service.bring_back(_backends(json.loads(text)))
        except (NotDrawn, LookupError, TypeError, ValueError, AttributeError) as error:
            way = "upgrade gluematch, or move the file away to start without what it holds"
            raise NotRead(f"{self._path} cannot be read: {error}; {way}") from error
        self._digest, self.size = sha256(text).digest(), len(text)

    def write(self) -> None:
        """Write what the service holds now, where the file says anything else.

        Raises OSError, and NotDrawn and others for what moto's objects hold; the file then stays as
        it was.
        """
        with self._lock:
            for _ in range(_ATTEMPTS - 1):
                with suppress(RuntimeError):  # a set that changed while it was copied
                    return self._write()
            return self._write()

    def remove(self) -> None:
        """The service holds nothing. Raises OSError."""
        with self._lock:
            self._remove()

    def _remove(self) -> None:
        if self._path.exists():
            self._path.unlink()
            synchronise(self._folder)
        self._digest, self.size = b"", 0

    def check_room(self) -> None:
        """Raise OSError where the disk has no room to write the file once more."""
        disk = os.statvfs(self._folder if self._folder.is_dir() else self._folder.parent)
        free = disk.f_bfree if os.geteuid() == 0 else disk.f_bavail
        if free * disk.f_frsize < self.size + _SPARE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _write(self) -> None:
        if not self._service.is_filled():
            self._remove()
            return
        self._make_folder()
        unfinished = self._path.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        label = {"format": FORMAT, "gluematch": version("gluematch"), "moto": version("moto")}
        head = json.dumps({**label, "service": self._service.name})
        try:
            with _Sheet(unfinished) as sheet:
                sheet.write(f'{head[:-1]}, "backends": ')
                self._service.draw(sheet.write)
                sheet.write("}")
                digest = sheet.digest()
                if digest == self._digest and self._path.exists():
                    return
                sheet.settle()
            unfinished.rename(self._path)
            synchronise(self._folder)
            self._digest, self.size = digest, sheet.size
        finally:
            unfinished.unlink(missing_ok=True)

    def _make_folder(self) -> None:
        if not self._folder.is_dir():
            self._folder.mkdir(mode=0o700)
            synchronise(self._folder.parent)


def _backends(document: Any) -> Any:
    if document["format"] > FORMAT:
        raise NotDrawn(f"gluematch {document['gluematch']} wrote it, which is newer than this one")
    return document["backends"]


class _Sheet:
    """Text that is hashed, and goes to a file once there is much of it or it is to stay."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pieces, self._data, self._hash = list[str](), bytearray(), sha256()
        self._file: IO[bytes] | None = None
        self.size = 0

    def __enter__(self) -> "_Sheet":
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
