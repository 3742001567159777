"""Making a data directory of a backup: all of it, verified, or nothing."""

from pathlib import Path

from . import contents, stores
from .contents import Show
from .errors import BackupError
from .layout import Label


def restore(place: Path, data_dir: Path, show: Show) -> Label:
    """Write the backup at `place` to a data directory that is not there or is empty.

    Raises BackupError, and leaves nothing behind: for a backup that is unfinished, damaged, or of a
    newer gluematch.
    """
    try:
        with stores.reader(place) as source, stores.new_folder(data_dir) as target:
            label, damaged = contents.read(source, target, show, "copying")
            contents.refuse(damaged, target.place)
            contents.check(target.place, label.schema)
    except BackupError as error:
        raise BackupError(f"{place} is not restored: {error}") from None
    return label
