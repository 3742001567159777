"""`gluematch backup` and `gluematch restore`: a data directory to a file or folder, and back."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from .progress_bar import ProgressBar
from .settings import Settings, default_data_dir

if TYPE_CHECKING:
    from collections.abc import Callable

    from .backups.contents import Show

Done = TypeVar("Done")


def add_backup_arguments(parser: argparse.ArgumentParser, defaults: Settings) -> None:
    """Declare the flags of `backup`."""
    _add_data_dir(parser, defaults, "the server's data, which may be in use")
    help_of_to = "a new file that ends in .tar or .tar.gz, else a new folder"
    parser.add_argument("--to", type=Path, required=True, metavar="FILE|DIR", help=help_of_to)


def add_restore_arguments(parser: argparse.ArgumentParser, defaults: Settings) -> None:
    """Declare the flags of `restore`."""
    parser.add_argument(
        "--from",
        dest="source",
        type=Path,
        required=True,
        metavar="FILE|DIR",
        help="what `gluematch backup` has written",
    )
    _add_data_dir(parser, defaults, "where it shall be: not there yet, or empty")


def run_backup(given: argparse.Namespace) -> int:
    """Take a backup. Raises BackupError."""
    from .backups import taking  # noqa: PLC0415  # not for --help

    taken = _shown(lambda show: taking.take(given.data_dir, given.to, show))
    print(f"Backed up {given.data_dir} as of {taken.label.taken}: {given.to}")
    if not taken.neighbours_asked:
        told = "the server did not answer: IAM, SQS, ... are as it had written them before"
        print(f"gluematch: warning: {told}", file=sys.stderr)
    return 0


def run_restore(given: argparse.Namespace) -> int:
    """Restore a backup. Raises BackupError."""
    from .backups import restoring  # noqa: PLC0415  # not for --help

    label = _shown(lambda show: restoring.restore(given.source, given.data_dir, show))
    print(f"Restored the backup of {label.taken}: gluematch serve --data-dir {given.data_dir}")
    return 0


def _add_data_dir(parser: argparse.ArgumentParser, defaults: Settings, what: str) -> None:
    data_dir = defaults.data_dir or default_data_dir()
    parser.add_argument(
        "--data-dir", type=Path, default=data_dir, metavar="DIR", help=f"{what} (%(default)s)"
    )


def _shown(work: "Callable[[Show], Done]") -> Done:
    """Do the work, its progress drawn where somebody sees it."""
    bar = ProgressBar(sys.stderr)
    try:
        return work(bar.show if sys.stderr.isatty() else lambda _line: None)
    finally:
        bar.end()
