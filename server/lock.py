"""The data directory belongs to one server at a time: a lock that the system drops at any end."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class DataDirectoryError(Exception):
    """The data directory cannot be used; the message says why."""


@contextmanager
def held(directory: Path) -> Iterator[None]:
    """Make the directory if need be, and hold it. Raises DataDirectoryError."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = (directory / "lock").open("a+")
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
        yield
