"""What makes a backup sound: asked of what is to be written, of what was written, and of what is
restored."""

import hashlib
import json
from collections.abc import Callable, Collection
from pathlib import Path
from typing import IO

from gluematch.models.catalog import snapshots
from gluematch.models.catalog.snapshots import SnapshotError

from . import layout, stores
from .errors import BackupError
from .layout import Label
from .stores import Folder, Reader

Show = Callable[[str], None]
"""Takes lines such as `37%: copying`."""
_LONGEST_LABEL = 2**16


def check(folder: Path, schema: str) -> None:
    """Raise BackupError unless the catalog in the folder is sound and of that schema, the bytes of
    each object there and as many as the catalog says, and the files of other services JSON."""
    catalog = folder / layout.CATALOG
    try:
        if not catalog.is_file() or snapshots.revision(catalog) != schema:
            raise BackupError("its catalog is missing or of another schema than it says")
        if fault := snapshots.faults(catalog):
            raise BackupError(f"its catalog is damaged: {fault}")
        for body, stored in snapshots.bodies(catalog).items():
            file = folder / layout.object_name(body)
            found = file.stat().st_size if file.is_file() else None
            if found is None:
                raise BackupError(f"the bytes of {stored} are missing")
            if stored.size not in (None, found):
                raise BackupError(f"{stored} is damaged: {found} of {stored.size} bytes are there")
    except SnapshotError as error:
        raise BackupError(str(error)) from None
    for file in sorted((folder / layout.NEIGHBOURS).glob("*.json")):
        try:
            json.loads(file.read_bytes())
        except ValueError as error:
            raise BackupError(f"{layout.NEIGHBOURS}/{file.name} is damaged: {error}") from None


def read(source: Reader, target: Folder | None, show: Show, doing: str) -> tuple[Label, list[str]]:
    """Read all files, and write them to a folder where one is given: the label, and the names of
    files that are not as their digests say. Raises BackupError for what is no backup.

    The label comes first, the digests last.
    """
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
        elif target is None:
            sums[name] = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # it is read only
        else:
            sums[name] = target.add(name, file, size).sha256
        if (percent := round(100 * source.share())) > shown:
            shown = percent
            show(f"{percent}%: {doing}")
    if label is None or expected is None:
        raise BackupError(f"{layout.SUMS} is missing: the backup was not finished")
    return label, [name for name in {*sums, *expected} if sums.get(name) != expected.get(name)]


def refuse(damaged: Collection[str], folder: Path) -> None:
    """Raise BackupError if there are damaged files. Objects are named as the catalog in the folder
    names them, where that is not damaged itself."""
    if not damaged:
        return
    name = min(damaged)
    if name.startswith(layout.OBJECTS) and layout.CATALOG not in damaged:
        stored = snapshots.bodies(folder / layout.CATALOG).get(Path(name).name)
        name = name if stored is None else f"{stored} ({name})"
    raise BackupError(f"it is damaged: {name}")


def verify(place: Path, held: Path, show: Show) -> None:
    """Read a backup that was just written of what is held. Raises BackupError unless it is as it
    was meant to be."""
    with stores.reader(place) as source:
        _, damaged = read(source, None, show, "verifying")
    refuse(damaged, held)


def _text(name: str, expected: str, file: IO[bytes]) -> str:
    if name != expected:
        raise BackupError(f"it is no backup of gluematch: it does not begin with {expected}")
    return file.read(_LONGEST_LABEL).decode("utf-8", "replace")
