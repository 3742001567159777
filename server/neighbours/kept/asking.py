"""How a program asks the server of a data directory to keep its neighbours now: by a file that the
server holds a lock on, and looks at every second. Nobody but the directory's owner can write it.
"""

import fcntl
import os
import threading
import time
from pathlib import Path

FILE = "neighbours.ask"
PATIENCE = 60.0  # seconds, for services that hold millions of messages or lines
_LOOK = 0.02
_DONE, _ASKED, _REFUSED = 0, 1, 2  # bytes in the file


class Asked:
    """A server's side: the file, held until the end."""

    def __init__(self, data_dir: Path) -> None:
        """Raises OSError."""
        self._file = os.open(data_dir / FILE, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)  # who asks holds it for no more than a moment
        self.answer(done=True)

    def now(self) -> bool:
        """Whether somebody asks."""
        return os.fstat(self._file).st_size == _ASKED

    def answer(self, *, done: bool) -> None:
        """Say whether what was asked for has been done."""
        os.ftruncate(self._file, _DONE if done else _REFUSED)

    def close(self) -> None:
        """Nobody is listening any more."""
        os.close(self._file)


def ask(data_dir: Path, patience: float = PATIENCE) -> bool:
    """Have the server of the data directory write what its neighbours hold; whether their files say
    what is so. That holds, too, where no server runs. Raises OSError."""
    try:
        file = os.open(data_dir / FILE, os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        if not _is_held(file):
            return True
        os.ftruncate(file, _ASKED)
        end, pause = time.monotonic() + patience, threading.Event()
        while time.monotonic() < end:
            if not _is_held(file):
                return True
            if (said := os.fstat(file).st_size) != _ASKED:
                return said == _DONE
            pause.wait(_LOOK)
        return False
    finally:
        os.close(file)


def _is_held(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(file, fcntl.LOCK_UN)
    return False
