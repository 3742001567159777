"""Taking a backup of a data directory that a server may be writing to meanwhile.

The catalog is copied as of one moment, and every body that it names is there: bodies never change,
so each is held by a second link before the server could delete it. A server that runs is asked to
write what its neighbours hold. What was acknowledged before the backup began is in it.
"""

import fcntl
import io
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gluematch.models.catalog import snapshots
from gluematch.models.catalog.snapshots import SnapshotError, Stored
from gluematch.server.neighbours.kept import asking

from . import contents, layout, stores
from .contents import Show
from .errors import BackupError
from .layout import Label

Copy = Callable[[Path, Path], None]
Ask = Callable[[Path], bool]

_HELD = "backup"  # what is held lies here, in the data directory, for only there links are possible
_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Taken:
    """A backup that was made; whether the neighbours in it are as the server had them then, and not
    as it had written them before."""

    label: Label
    neighbours_asked: bool


def take(
    data_dir: Path,
    place: Path,
    show: Show,
    copy: Copy = snapshots.copy,
    ask: Ask = asking.ask,
) -> Taken:
    """Write a backup of the data directory to `place`, a folder or an archive.

    It is read again before it is called a backup. `copy` copies the catalog, `ask` has the
    neighbours kept. Raises BackupError, also for a data directory that is damaged; nothing is at
    `place` then.
    """
    if not (data_dir / layout.CATALOG).is_file():
        raise BackupError(
            f"there is no catalog in {data_dir}: one in PostgreSQL is backed up by pg_dump"
        )
    try:
        with _held(data_dir) as held:
            verify = lambda written: contents.verify(written, held, show)  # noqa: E731
            with stores.writer(place, verify) as target:
                show("0%: holding what there is")
                asked = ask(data_dir)
                files = _hold_neighbours(data_dir, held) | _hold(data_dir, held, copy)
                label = Label.now(snapshots.revision(held / layout.CATALOG))
                contents.check(held, label.schema)
                _write(held, files, label, target, show)
    except (BackupError, SnapshotError) as error:
        raise BackupError(f"{data_dir} is not backed up: {error}") from None
    return Taken(label, asked)


@contextmanager
def _held(data_dir: Path) -> Iterator[Path]:
    """A folder for what a backup holds, emptied before and after. One backup at a time."""
    held = data_dir / _HELD
    lock = os.open(data_dir / f"{_HELD}.lock", os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(lock, "w"):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"another backup of {data_dir} is being made") from None
        shutil.rmtree(held, ignore_errors=True)
        try:
            held.mkdir(mode=0o700)
            yield held
        finally:
            shutil.rmtree(held, ignore_errors=True)


def _hold(data_dir: Path, held: Path, copy: Copy) -> dict[str, Stored | None]:
    """Hold a copy of the catalog and the bytes of all objects that it names; which they are.

    A body may go between the copy and its being held: then both are done again. Most are held
    before the first copy, so what is left to a race is what came in between.
    """
    catalog = held / layout.CATALOG
    for _ in range(_ATTEMPTS):
        for path in data_dir.glob(f"{layout.OBJECTS}/*/*"):
            _hold_body(data_dir, held, path.name)
        catalog.unlink(missing_ok=True)
        copy(data_dir / layout.CATALOG, catalog)
        named = snapshots.bodies(catalog)
        missing = [body for body in named if not _hold_body(data_dir, held, body)]
        if not missing:
            break
    objects = {layout.object_name(body): stored for body, stored in sorted(named.items())}
    return {layout.CATALOG: None, **objects}


def _hold_neighbours(data_dir: Path, held: Path) -> dict[str, Stored | None]:
    """Hold the files of the kept neighbours; which. A server writes others in their place."""
    found = sorted((data_dir / layout.NEIGHBOURS).glob("*.json"))
    names = [f"{layout.NEIGHBOURS}/{path.name}" for path in found]
    return {name: None for name in names if _hold_file(data_dir, held, name)}


def _hold_body(data_dir: Path, held: Path, body: str) -> bool:
    return _hold_file(data_dir, held, layout.object_name(body))


def _hold_file(data_dir: Path, held: Path, name: str) -> bool:
    """Link a file, or copy it where there are no links; whether it is held."""
    if not layout.is_file(name):
        return False
    source, target = data_dir / name, held / name
    if target.exists():
        return True
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        try:
            target.hardlink_to(source)
        except PermissionError:
            shutil.copyfile(source, target)
    except FileNotFoundError:
        return False
    return True


def _write(
    held: Path, files: Mapping[str, Stored | None], label: Label, target: stores.Writer, show: Show
) -> None:
    """Write the files that are held, and for each object compare its bytes with its ETag."""
    sizes = {name: (held / name).stat().st_size for name in files}
    whole, done, shown = sum(sizes.values()), 0, 0
    sums = {layout.LABEL: _add_text(target, layout.LABEL, label.written())}
    for name, size in sizes.items():
        with (held / name).open("rb") as source:
            sums[name], md5 = target.add(name, source, size)
        if (stored := files[name]) is not None and stored.md5 not in (None, md5):
            raise BackupError(f"{stored} is damaged: its bytes are not those of its ETag")
        done += size
        if (percent := 100 * done // max(whole, 1)) > shown:
            shown = percent
            show(f"{percent}%: copying")
    _add_text(target, layout.SUMS, layout.sums_written(sums))


def _add_text(target: stores.Writer, name: str, text: str) -> str:
    data = text.encode()
    return target.add(name, io.BytesIO(data), len(data)).sha256
