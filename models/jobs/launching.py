"""Starting a Glue script in a process of its own: its words, its environment, how it ended.

The Jobs API and `gluematch run-script` both start scripts here. The process is Python's, in its
own working directory; `RUNTIME` comes first on its PYTHONPATH, so that `awsglue` and `awsglueml`
can be imported there and nowhere else.
"""

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from gluematch.models import processes
from gluematch.models.datasets.access import Access

HERE = Path(__file__).parent
RUNTIME = HERE / "runtime"
BOOTSTRAP = HERE / "bootstrap.py"
RUN_ID = "GLUEMATCH_JOB_RUN_ID"
"""The variable by which the processes of a run are known."""

LONGEST_REPORT = 4096
NOT_THE_SERVERS = (
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_ENDPOINT_URL_GLUE",
    "AWS_ENDPOINT_URL_LOGS",
    "AWS_ENDPOINT_URL_S3",
    "GLUEMATCH_DATABASE_URL",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
)
"""What a script does not inherit: the server's own way to AWS, its database, and its care for other
runs."""


@dataclass(frozen=True, slots=True)
class Job:
    """Of which job, by which ids, a script is a run."""

    name: str
    job_id: str
    run_id: str


@dataclass(frozen=True, slots=True)
class Script:
    """A script that is ready to start.

    `path` is where it lies here, `words` follow it in sys.argv, `directory` is where it works,
    `python_path` is searched after `RUNTIME`. A variable of None is taken out of the environment.
    """

    path: Path
    words: Sequence[str]
    directory: Path
    python_path: Sequence[str] = ()
    variables: Mapping[str, str | None] = field(default_factory=dict)


class Process:
    """A script that runs; its standard output and error are as `start` was told."""

    def __init__(self, popen: "subprocess.Popen[bytes]", report: int) -> None:
        self.popen = popen
        self._report = report

    def wait(self) -> str | None:
        """Wait for the end of the script itself: None if it succeeded, else why it did not.

        The reason is the script's last exception in one line, or how its process died. What
        the script has started may still live: see `processes.end_descendants`.
        """
        code = self.popen.wait()
        os.set_blocking(self._report, False)
        try:
            said = os.read(self._report, LONGEST_REPORT).decode(errors="replace")
        except BlockingIOError:  # a process that the script forked has it open
            said = ""
        os.close(self._report)
        if code == 0:
            return None
        return said if code > 0 and said else processes.death("The script", code)


def words(job: Job, arguments: Mapping[str, str]) -> list[str]:
    """What follows the script in sys.argv, as Glue gives it."""
    own = {"--JOB_NAME": job.name, "--JOB_ID": job.job_id, "--JOB_RUN_ID": job.run_id}
    everything = {**own, **arguments, **own}  # nobody changes what a run is called
    return [word for pair in everything.items() for word in pair]


def environment(job: Job, access: Access) -> dict[str, str | None]:
    """The variables by which a script's boto3 speaks to our server, as the job's account.

    With an S3 elsewhere the script has the keys that open it, or those of this process where the
    access has none.
    """
    own = access.services
    variables: dict[str, str | None] = dict.fromkeys(NOT_THE_SERVERS)
    variables |= {
        "AWS_ENDPOINT_URL": own.endpoint_url,
        "AWS_DEFAULT_REGION": own.region,
        "AWS_REGION": own.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "GLUEMATCH_ACCOUNT": own.access_key,
        "GLUEMATCH_JOB_NAME": job.name,
        RUN_ID: job.run_id,
    }
    keys = {
        "AWS_ACCESS_KEY_ID": access.s3.access_key,
        "AWS_SECRET_ACCESS_KEY": access.s3.secret_key,
        "AWS_SESSION_TOKEN": access.s3.session_token,
    }
    if access.s3 != own:
        variables["AWS_ENDPOINT_URL_S3"] = access.s3.endpoint_url
        variables["GLUEMATCH_SECRET_KEY"] = own.secret_key
    if access.s3.access_key is not None:
        return variables | keys
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"):
        del variables[name]
    return variables


def start(script: Script, *, stdout: int | IO[bytes], stderr: int | IO[bytes]) -> Process:
    """Start the script; it is killed when the thread ends that called this."""
    reading, writing = os.pipe()
    command = [sys.executable, str(BOOTSTRAP), str(writing), str(script.path), *script.words]
    paths = [str(RUNTIME), *script.python_path]
    variables = {**script.variables, "PYTHONPATH": os.pathsep.join(paths)}
    try:
        popen = subprocess.Popen(  # noqa: S603  # that is what a job is
            command,
            cwd=script.directory,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            pass_fds=[writing],
            preexec_fn=lambda: _become(variables.items()),  # noqa: PLW1509  # no other threads run
        )
    except BaseException:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    return Process(popen, reading)


def _become(variables: Iterable[tuple[str, str | None]]) -> None:
    """In the new process, before it is Python's: its environment, and its tie to us."""
    for name, value in variables:
        if value is None:
            os.unsetenv(name)
        else:
            os.putenv(name, value)
    processes.die_with_parent()
