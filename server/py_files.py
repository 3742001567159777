"""`gluematch py-files`: our code and the names that scripts import as one archive, which
`spark-submit --py-files` ships to a cluster.
"""

import argparse
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import gluematch.models
from gluematch.models.jobs.launching import RUNTIME

from .client import Refused

MODELS = Path(gluematch.models.__file__).parent


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's one argument."""
    parser.add_argument("archive", type=Path, help="where to write it, such as gluematch.zip")


def run(given: argparse.Namespace) -> int:
    """Write the archive; the exit code. Raises Refused."""
    try:
        with zipfile.ZipFile(given.archive, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.mkdir("gluematch")  # a package without code is known by its folder's entry
            for file, name in _files():
                archive.write(file, name)
    except OSError as error:
        raise Refused(f"{given.archive} cannot be written: {error.strerror}") from None
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    print(f"{given.archive}: the cluster needs Python {python} with gluematch's dependencies")
    return 0


def _files() -> Iterator[tuple[Path, str]]:
    """The files, and what they are called in the archive: the runtime's lie at its top."""
    for root, above in ((MODELS, "gluematch/models"), (RUNTIME, "")):
        for file in sorted(root.rglob("*.py")):
            if above and RUNTIME in file.parents:
                continue
            yield file, str(Path(above) / file.relative_to(root))
