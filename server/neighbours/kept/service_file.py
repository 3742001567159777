"""The file of one kept service: what the service holds, whole or as it was before, for its owner
alone.

Each account has a line. One that holds something which cannot be written keeps the line of the last
file, and costs no other account anything.
"""

import errno
import json
import os
import re
import threading
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from gluematch.server.disk import synchronise

from .graphs import NotDrawn
from .hashed_file import HashedFile
from .service import Service

FORMAT = 1
_SPARE = 2**17  # bytes that the next file may take more than the last one
_ATTEMPTS = 3
_LINE = re.compile(rb'{"backends": "[a-z_]+", "account": "([^"]+)"')


class _Part(NamedTuple):
    """Where an account's line is in the file."""

    offset: int
    size: int


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
        self._parts: dict[str, _Part] = {}
        self.left_out: dict[str, str] = {}
        """Accounts whose line is not what they hold, since that could not be written, and why."""

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
        self._parts = _parts_of(text)

    def write(self) -> None:
        """Write what the service holds now, where the file says anything else; `left_out` then
        says which accounts' is as it was before. Raises OSError; the file then stays as it was."""
        with self._lock:
            self._write()

    def remove(self) -> None:
        """The service holds nothing. Raises OSError."""
        with self._lock:
            self._remove()

    def _remove(self) -> None:
        if self._path.exists():
            self._path.unlink()
            synchronise(self._folder)
        self._digest, self.size, self._parts, self.left_out = b"", 0, {}, {}

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
            with HashedFile(unfinished) as file:
                file.write(f'{head[:-1]}, "backends": [')
                parts, left_out = self._write_accounts(file)
                file.write("\n]}")
                digest = file.digest()
                if digest != self._digest or not self._path.exists():
                    file.settle()
                    unfinished.rename(self._path)
                    synchronise(self._folder)
            self._digest, self.size = digest, file.size
            self._parts, self.left_out = parts, left_out
        finally:
            unfinished.unlink(missing_ok=True)

    def _write_accounts(self, file: HashedFile) -> tuple[dict[str, _Part], dict[str, str]]:
        """The lines that were written, and why some could not be."""
        parts, left_out, before = dict[str, _Part](), dict[str, str](), "\n"
        for account in self._service.accounts():
            start = file.position()
            file.write(before)
            offset = file.position().size
            if (why := self._draw(account, file)) is not None:
                left_out[account] = why
                file.cut(start)
                if account not in self._parts and self._is_of_one_line():
                    raise NotDrawn(f"of account {account}, {why}")
                if account not in self._parts:
                    continue
                file.write(before + self._line(account))
            parts[account] = _Part(offset, file.position().size - offset)
            before = ",\n"
        return parts, left_out

    def _draw(self, account: str, file: HashedFile) -> str | None:
        """Write what the account holds; None, or why that cannot be. Raises OSError."""
        start = file.position()
        for attempt in range(_ATTEMPTS):
            try:
                self._service.draw(account, file.write)
            except OSError:
                raise
            except NotDrawn as error:
                return str(error)
            except Exception as error:  # whatever moto's objects say; its text may hold content
                if attempt == _ATTEMPTS - 1 or not isinstance(error, RuntimeError):
                    return f"a {type(error).__name__} while it was read"
                file.cut(start)  # a set that changed while it was copied
            else:
                break
        return None

    def _line(self, account: str) -> str:
        part = self._parts[account]
        with self._path.open("rb") as file:
            file.seek(part.offset)
            return file.read(part.size).decode()

    def _is_of_one_line(self) -> bool:
        """Whether an earlier version wrote the file, which told accounts apart by nothing."""
        return self.size > 0 and not self._parts

    def _make_folder(self) -> None:
        if not self._folder.is_dir():
            self._folder.mkdir(mode=0o700)
            synchronise(self._folder.parent)


def _parts_of(text: bytes) -> dict[str, _Part]:
    """The lines of accounts."""
    parts, offset = {}, 0
    for line in text.split(b"\n"):
        if (found := _LINE.match(line)) is not None:
            parts[found[1].decode()] = _Part(offset, len(line.removesuffix(b",")))
        offset += len(line) + 1
    return parts


def _backends(document: Any) -> Any:
    if document["format"] > FORMAT:
        raise NotDrawn(f"gluematch {document['gluematch']} wrote it, which is newer than this one")
    return document["backends"]
