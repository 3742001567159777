"""Bringing a script and what it needs from S3 to its run's directory, ready to start.

What Glue's special parameters ask for is done here: `--extra-py-files`, `--extra-files`, `--conf`,
`--additional-python-modules`.
All parameters reach the script as well, whose runtime reads others of them.
"""

import importlib.util
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from gluematch.models.datasets.access import Access
from gluematch.models.datasets.objects import ObjectStore, split_uri

from . import launching, modules, spark
from .launching import Job, Script

SPARK = "glueetl"
PIECE = 8 * 2**20
NO_SPARK = (
    "A glueetl job needs PySpark, which is not installed beside gluematch. "
    "Install it: pip install 'gluematch[spark]'"
)
OUTPUT = "/aws-glue/jobs/output"
ERRORS = "/aws-glue/jobs/error"
"""The CloudWatch log groups of what scripts print; each run's stream is named by its id."""

PYTHON, TEMPORARY, INSTALLED = ".python", ".tmp", ".installed"


class CannotRun(Exception):
    """The script cannot be started; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to run: the command of a job with the arguments of one run.

    `directory` does not exist yet. `python_path` is what the server's user adds to Python's.
    """

    job: Job
    command: Mapping[str, Any]
    arguments: Mapping[str, str]
    directory: Path
    python_path: tuple[str, ...] = ()


def spark_is_there() -> bool:
    """Whether this Python can import PySpark; it is not imported."""
    return importlib.util.find_spec("pyspark") is not None


def stage(order: Order, objects: ObjectStore, access: Access, *, has_spark: bool) -> Script:
    """The script with all its files, in a new directory. `has_spark`: PySpark is there.

    Raises CannotRun, and ObjectStoreError for what S3 does not give.
    """
    on_spark = order.command["Name"] == SPARK
    if on_spark and not has_spark:
        raise CannotRun(NO_SPARK)
    order.directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for folder in (order.directory, order.directory / PYTHON, order.directory / TEMPORARY):
        folder.mkdir(mode=0o700)
    path = _fetch(objects, order.command["ScriptLocation"], order.directory)
    for uri in _listed(order.arguments, "--extra-files"):
        _fetch(objects, uri, order.directory)
    code = order.directory / PYTHON
    extra = [_fetch(objects, uri, code) for uri in _listed(order.arguments, "--extra-py-files")]
    archives = [str(one) for one in extra if one.suffix != ".py"]
    return Script(
        path=path,
        words=launching.words(order.job, order.arguments),
        directory=order.directory,
        python_path=(str(code), *archives, *_installed(order, objects), *order.python_path),
        variables={
            **launching.environment(order.job, access),
            "PGPASSWORD": None,  # it may be the one of the catalog
            "TMPDIR": str(order.directory / TEMPORARY),
            **(_spark(order) if on_spark else {}),
        },
    )


def _spark(order: Order) -> dict[str, str]:
    """Spark in the script's process; `--conf a=b --conf c=d` adds settings, as with Glue."""
    said = order.arguments.get("--conf", "").split("--conf")
    settings = dict(pair.strip().split("=", 1) for pair in said if "=" in pair)
    return {**spark.variables(more=settings), "SPARK_LOCAL_DIRS": str(order.directory / TEMPORARY)}


def _installed(order: Order, objects: ObjectStore) -> list[str]:
    """The folder with the modules that the run asks for; wheels may lie in S3."""
    asked = list(_listed(order.arguments, "--additional-python-modules"))
    if not asked:
        return []
    wheels = order.directory / TEMPORARY
    found = [str(_fetch(objects, one, wheels)) if one.startswith("s3://") else one for one in asked]
    options = order.arguments.get("--python-modules-installer-option", "")
    folder = order.directory / INSTALLED
    try:
        modules.install(found, options, folder)
    except modules.CannotInstall as error:
        raise CannotRun(str(error)) from error
    return [str(folder)]


def _listed(arguments: Mapping[str, str], name: str) -> Iterator[str]:
    """The S3 URIs of a parameter that lists them, separated by commas."""
    return (uri.strip() for uri in arguments.get(name, "").split(",") if uri.strip())


def _fetch(objects: ObjectStore, uri: str, folder: Path) -> Path:
    """The object as a file of the same name in `folder`."""
    try:
        name = PurePosixPath(split_uri(uri)[1]).name
    except ValueError:
        name = ""
    if name in {"", ".."} or uri.endswith("/"):
        raise CannotRun(f"{uri!r} is not the place of a file of the form s3://bucket/key.")
    target = folder / name
    with objects.open(uri) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file, PIECE)
    return target
