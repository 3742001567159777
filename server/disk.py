"""What is written, on the disk before anybody is told."""

import os
from pathlib import Path


def synchronise(path: Path) -> None:
    """Have a file's content, or the names in a folder, on the disk. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
