"""`gluematch run-script`: run a Glue script on this machine, against a running server's catalog,
transforms and S3. A client like any other: the server has no job of it.
"""

import argparse
import shutil
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

from botocore.exceptions import BotoCoreError

from gluematch.models import ids, processes
from gluematch.models.datasets.access import Access, AwsAccess
from gluematch.models.jobs import launching, spark
from gluematch.models.jobs.launching import Job, Script

from . import settings
from .client import INTERRUPTED, Refused, Server

NOBODY = "gluematch"
"""Who calls without credentials: the server's default account."""


def add_arguments(parser: argparse.ArgumentParser, endpoint_url: str) -> None:
    """Declare the command's flags; what follows the script is the script's."""
    add = parser.add_argument
    add("--endpoint-url", default=endpoint_url, metavar="URL", help="the server (%(default)s)")
    add("--region", help="the region of the catalog, else as the AWS CLI finds it")
    add("--cores", default="*", help="how many cores Spark takes (all)")
    add("script", type=Path, help="a Python file")
    add("words", nargs=argparse.REMAINDER, metavar="...", help="such as --JOB_NAME nightly")


def run(given: argparse.Namespace, default_region: str) -> int:
    """Run the script to its end; the exit code. Raises Refused."""
    _require(given.script)
    try:
        server = Server.reached(given.endpoint_url, given.region, default_region)
        job = Job(
            _said("--JOB_NAME", given.words) or given.script.stem,
            ids.job_id(),
            _said("--JOB_RUN_ID", given.words) or ids.job_run_id(),
        )
        variables = launching.environment(job, _access(server))
    except BotoCoreError as error:
        raise Refused(str(error)) from None
    own = {name: word for name, word in _pairs(launching.words(job, {})) if name not in given.words}
    script = Script(
        path=given.script.resolve(),
        words=[*given.words, *(word for pair in own.items() for word in pair)],
        directory=Path.cwd(),
        python_path=settings.python_path(),
        variables={**variables, **spark.variables(given.cores)},
    )
    return _ended(script, server, job)


def _ended(script: Script, server: Server, job: Job) -> int:
    processes.adopt_orphans()
    process = launching.start(script, stdout=1, stderr=2)
    try:
        reason = process.wait()
    except KeyboardInterrupt:
        reason = "It was interrupted."
    processes.end_descendants()
    if reason is None:
        return 0
    status = "STOPPED" if reason == "It was interrupted." else "FAILED"
    # What the script was matching when it ended is over, too.
    told = {"Status": status, "ErrorString": "The script ended before the matching did."}
    server.post(f"job-runs/{job.run_id}/uses", told)
    print(f"gluematch: the script failed: {reason}", file=sys.stderr)
    return INTERRUPTED if status == "STOPPED" else 1


def _require(script: Path) -> None:
    if not script.is_file():
        raise Refused(f"there is no file {script}")
    if find_spec("pyspark") is None:
        raise Refused("a Glue script needs Spark: pip install 'gluematch[spark]'")
    if shutil.which("java") is None and not settings.java_home():
        raise Refused("Spark needs Java 17 or later: install it, or set JAVA_HOME")


def _access(server: Server) -> Access:
    found = server.session.get_credentials()
    key, secret = NOBODY, NOBODY
    if found is not None:
        frozen = found.get_frozen_credentials()
        key, secret = frozen.access_key, frozen.secret_key
    own = AwsAccess(server.url, server.region, key, secret)
    elsewhere = settings.other_s3()
    return Access(own if elsewhere is None else AwsAccess(elsewhere, server.region), own)


def _said(name: str, words: Sequence[str]) -> str | None:
    """What follows `name` among the words."""
    return next((word for one, word in pairwise(words) if one == name), None)


def _pairs(words: Sequence[str]) -> list[tuple[str, str]]:
    return list(zip(words[::2], words[1::2], strict=True))
