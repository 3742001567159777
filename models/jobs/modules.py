"""What a run installs for itself: Glue's `--additional-python-modules`, by pip, into a folder of
its own. The server's Python stays as it is.
"""

import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


class CannotInstall(Exception):
    """The modules cannot be had; the message has pip's reason."""


def install(modules: Sequence[str], options: str, folder: Path) -> None:
    """Install the modules, as pip names them or wheels by their paths, and what they need.

    `options` are further words for pip, as `--python-modules-installer-option` has them.
    Raises CannotInstall.
    """
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    try:
        words = shlex.split(options)
    except ValueError as error:
        raise CannotInstall(f"--python-modules-installer-option makes no sense: {error}") from None
    done = subprocess.run(  # noqa: S603  # what a job asks for is its own business
        [*pip, "--no-input", "--target", str(folder), *words, "--", *modules],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        errors = [line for line in said if line.startswith("ERROR:")] or said
        reason = errors[-1].removeprefix("ERROR: ") if errors else f"exit status {done.returncode}"
        raise CannotInstall(f"--additional-python-modules cannot be installed: {reason}")
