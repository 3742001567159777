"""Where a backup lies: a folder, or a tar archive. Both are written and read from front to back."""

import hashlib
import os
import shutil
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple, Protocol

from gluematch.server.disk import synchronise

from . import layout
from .errors import BackupError

_PIECE = 2**20
_UNFINISHED = ".unfinished"
File = tuple[str, IO[bytes], int]
"""A file's name, its bytes, and how many they are."""


class Digests(NamedTuple):
    """Digests of a file, in hexadecimal digits."""

    sha256: str
    md5: str


class Writer(Protocol):
    """Takes the files of a backup."""

    def add(self, name: str, source: IO[bytes], size: int) -> Digests:
        """Write `size` bytes of `source` under a name."""


class Reader(Protocol):
    """Gives the files of a backup in their order."""

    def files(self) -> Iterator[File]:
        """Each file, to be read before the next one is asked for. Raises BackupError."""

    def share(self) -> float:
        """How much of it has been read, from 0 to 1."""


def is_archive(place: Path) -> bool:
    """Whether a backup of that name is a tar archive."""
    return place.name.endswith(layout.ARCHIVES)


@contextmanager
def writer(place: Path, verify: Callable[[Path], None]) -> Iterator[Writer]:
    """A new backup: at `place`, on the disk and verified, when the block has ended; nowhere if it
    fails. `verify` raises BackupError for what is not as it was written.

    Raises BackupError where something is already, or where it cannot be written.
    """
    if is_archive(place) and place.exists():
        raise BackupError(f"{place} is there already: name another file")
    with new_folder(place, verify) if not is_archive(place) else _new_archive(place, verify) as new:
        yield new


@contextmanager
def new_folder(
    place: Path, verify: Callable[[Path], None] = lambda _place: None
) -> Iterator["Folder"]:
    """A new folder, as writer's; an empty one may be there. Raises BackupError."""
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise BackupError(f"{place} is not empty: name another folder")
    unfinished = _beside(place)
    with _finished(place, unfinished):
        unfinished.mkdir(mode=0o700, parents=True)
        yield Folder(unfinished)
        verify(unfinished)
        if place.exists():
            place.rmdir()


@contextmanager
def reader(place: Path) -> Iterator[Reader]:
    """The backup at `place`, read within the block. Raises BackupError for what cannot be read."""
    try:
        if place.is_dir():
            yield Folder(place)
        else:
            with place.open("rb") as file:
                yield _Archive(file, place.stat().st_size)
    except OSError as error:
        raise BackupError(f"cannot read it: {_why(error)}") from None
    except (tarfile.TarError, EOFError, zlib.error):
        raise BackupError("it is damaged, or no backup of gluematch") from None


class Folder:
    """A backup as files in a folder."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._read, self._all = 0, 1

    def add(self, name: str, source: IO[bytes], size: int) -> Digests:
        """As Writer's."""
        path = self.place / name
        for folder in reversed(Path(name).parents):
            (self.place / folder).mkdir(mode=0o700, exist_ok=True)
        counted = _Counted(source, size)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            shutil.copyfileobj(counted, out, _PIECE)
            out.flush()
            os.fsync(out.fileno())
        return counted.digests()

    def files(self) -> Iterator[File]:
        """As Reader's."""
        found = [*self.place.glob(f"{layout.NEIGHBOURS}/*"), *self.place.glob(layout.ALL_OBJECTS)]
        there = sorted(str(path.relative_to(self.place)) for path in found)
        names = [layout.LABEL, layout.CATALOG, *there, layout.SUMS]
        paths = [(name, path) for name in names if (path := self.place / name).is_file()]
        self._all = sum(path.stat().st_size for _, path in paths)
        for name, path in paths:
            with path.open("rb") as file:
                size = path.stat().st_size
                yield name, file, size
                self._read += size

    def share(self) -> float:
        """As Reader's."""
        return self._read / max(self._all, 1)


class _Archive:
    """A tar archive, compressed or not, that is read."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file, self._size = file, size

    def files(self) -> Iterator[File]:
        with tarfile.open(fileobj=self._file, mode="r|*") as tar:
            for member in tar:
                source = tar.extractfile(member) if member.isreg() else None
                if source is None:
                    raise BackupError(f"it holds {member.name}, which is no file of a backup")
                yield member.name, source, member.size

    def share(self) -> float:
        return self._file.tell() / max(self._size, 1)


class _NewArchive:
    """A tar archive that is written."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar

    def add(self, name: str, source: IO[bytes], size: int) -> Digests:
        counted = _Counted(source, size)
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        self._tar.addfile(member, counted)
        return counted.digests()


@contextmanager
def _new_archive(place: Path, verify: Callable[[Path], None]) -> Iterator[_NewArchive]:
    unfinished, packed = _beside(place), not place.name.endswith(".tar")
    with _finished(place, unfinished):
        place.parent.mkdir(parents=True, exist_ok=True)
        opened = os.open(unfinished, os.O_WRONLY | os.O_CREAT, 0o600)
        with (
            os.fdopen(opened, "wb") as file,
            tarfile.open(fileobj=file, mode="w|gz" if packed else "w|") as tar,
        ):
            yield _NewArchive(tar)
        synchronise(unfinished)
        verify(unfinished)


@contextmanager
def _finished(place: Path, unfinished: Path) -> Iterator[None]:
    """What the block writes at `unfinished` is at `place` afterwards, or gone if it fails."""
    try:
        _remove(unfinished)
        yield
        for folder in (path for path in (unfinished, *unfinished.rglob("*")) if path.is_dir()):
            synchronise(folder)
        unfinished.rename(place)
        synchronise(unfinished.parent)
    except OSError as error:
        raise BackupError(f"cannot write {place}: {_why(error)}") from None
    finally:
        _remove(unfinished)


class _Counted:
    """Bytes that are hashed as they are read, and of which there must be as many as was said."""

    def __init__(self, source: IO[bytes], size: int) -> None:
        self._source, self._left = source, size
        self._sha256, self._md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        piece = self._source.read(wanted)
        self._left -= len(piece)
        self._sha256.update(piece)
        self._md5.update(piece)
        return piece

    def digests(self) -> Digests:
        if self._left:
            raise BackupError("a file ended before its size")
        return Digests(self._sha256.hexdigest(), self._md5.hexdigest())


def _beside(place: Path) -> Path:
    absolute = place.absolute()
    return absolute.with_name(absolute.name + _UNFINISHED)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _why(error: OSError) -> str:
    why = error.strerror or str(error)
    return f"{why}: {error.filename}" if error.filename else why
