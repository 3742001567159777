"""Making a data directory of a backup: all of it, verified, or nothing."""

import hashlib
from pathlib import Path
from typing import IO

from gluematch.models.catalog import snapshots
from gluematch.models.catalog.snapshots import SnapshotError

from . import layout, stores
from .errors import BackupError
from .layout import Label
from .stores import Folder, Reader
from .taking import Show

_LONGEST_LABEL = 2**16


def restore(place: Path, data_dir: Path, show: Show) -> Label:
    """Write the backup at `place` to a data directory that is not there or is empty.

    Raises BackupError, and leaves nothing behind: for a backup that is unfinished, damaged, or of a
    newer gluematch.
    """
    try:
        with stores.reader(place) as source, stores.new_folder(data_dir) as target:
            label = _copied(source, target, show)
            _check_catalog(target.place, label)
    except BackupError as error:
        raise BackupError(f"{place} is not restored: {error}") from None
    return label


def _copied(source: Reader, target: Folder, show: Show) -> Label:
    """Write all files, and compare their digests. The label is first, the digests are last."""
    label: Label | None = None
    expected: dict[str, str] | None = None
    sums: dict[str, str] = {}
    shown = 0
    for name, file, size in source.files():
        if label is None:
            text = _text(name, layout.LABEL, file)
            label, sums[name] = Label.read(text), hashlib.sha256(text.encode()).hexdigest()
        elif name == layout.SUMS:
            expected = layout.sums_read(file.read().decode("ascii", "replace"))
        elif not layout.is_file(name) or name in sums:
            raise BackupError(f"it holds {name}, which is no file of a backup")
        else:
            sums[name] = target.add(name, file, size)
        if (percent := round(100 * source.share())) > shown:
            shown = percent
            show(f"{percent}%: copying")
    if label is None or expected is None:
        raise BackupError(f"{layout.SUMS} is missing: the backup was not finished")
    if wrong := [name for name in {*sums, *expected} if sums.get(name) != expected.get(name)]:
        raise BackupError(f"it is damaged: {min(wrong)}")
    return label


def _text(name: str, expected: str, file: IO[bytes]) -> str:
    if name != expected:
        raise BackupError(f"it is no backup of gluematch: it does not begin with {expected}")
    return file.read(_LONGEST_LABEL).decode("utf-8", "replace")


def _check_catalog(folder: Path, label: Label) -> None:
    """Raise BackupError unless the catalog is sound and of that schema, and all bodies there."""
    try:
        catalog = folder / layout.CATALOG
        if not catalog.is_file() or snapshots.revision(catalog) != label.schema:
            raise BackupError("its catalog is missing or of another schema than it says")
        if fault := snapshots.faults(catalog):
            raise BackupError(f"its catalog is damaged: {fault}")
        names = map(layout.object_name, snapshots.bodies(catalog))
        if missing := [name for name in names if not (folder / name).is_file()]:
            raise BackupError(f"the bytes of {len(missing)} objects are missing: {min(missing)}")
    except SnapshotError as error:
        raise BackupError(str(error)) from None
