"""The data directory belongs to one server at a time: a lock that the system drops at any end."""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_OURS = ("backup*", "catalog.sqlite*", "jobs", "lock", "neighbours*", "objects")
"""What a server and its backups make in a data directory, which may hold other things, too."""


class DataDirectoryError(Exception):
    """The data directory cannot be used; the message says why."""


@contextmanager
def held(directory: Path) -> Iterator[None]:
    """Make the directory if need be, and hold it; what a server has made in it is its owner's alone
    from then on. Raises DataDirectoryError."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        file = os.fdopen(handle, "a+")
    except OSError as error:
        why = error.strerror or str(error)
        raise DataDirectoryError(f"cannot use the data directory {directory}: {why}") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip()
            who = f"process {holder}" if holder else "another process"
            raise DataDirectoryError(
                f"the data directory {directory} is in use by {who}: "
                "stop that server, or choose another with --data-dir or --ephemeral"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        _close_to_others(directory)
        yield


def _close_to_others(directory: Path) -> None:
    """Take from others what they may do with our files and folders. What lies in a folder that they
    may not enter keeps its mode."""
    for path in (path for name in _OURS for path in directory.glob(name)):
        found = path.lstat()
        if found.st_uid == os.geteuid() and not stat.S_ISLNK(found.st_mode):
            path.chmod(stat.S_IMODE(found.st_mode) & 0o700)
