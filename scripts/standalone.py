"""A standalone Spark cluster on the loopback: a master and workers, processes of their own."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyspark

HOME = Path(pyspark.__file__).parent
DEPLOY = "org.apache.spark.deploy"
PATIENCE = 120.0


@contextmanager
def cluster(workers: int, folder: Path) -> Iterator[str]:
    """The URL of the master of a cluster with one core for each worker, once all have joined."""
    with ExitStack() as stack:
        words = ["--host", "127.0.0.1", "--port", "0", "--webui-port", "0"]
        master = stack.enter_context(_daemon(f"{DEPLOY}.master.Master", words, folder / "master"))
        url = _said(master, r"(spark://\S+)")
        for number in range(workers):
            place = folder / f"worker-{number}"
            more = ["--cores", "1", "--memory", "2g", "--work-dir", str(place), *words]
            program = f"{DEPLOY}.worker.Worker"
            worker = stack.enter_context(_daemon(program, [*more, url], place))
            _said(worker, "Successfully registered with master")
        yield url


@contextmanager
def _daemon(program: str, words: list[str], place: Path) -> Iterator[Path]:
    """The log of a daemon that runs."""
    place.mkdir(parents=True)
    environment = os.environ | {
        "SPARK_HOME": str(HOME),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m",
        "PYSPARK_PYTHON": sys.executable,
    }
    command = [str(HOME / "bin" / "spark-class"), program, *words]
    log = place / "log"
    with log.open("w") as file, subprocess.Popen(command, env=environment, stderr=file) as process:
        try:
            yield log
        finally:
            process.terminate()


def _said(log: Path, pattern: str) -> str:
    """What the log first says that fits. Raises TimeoutError with the log."""
    never, end = threading.Event(), time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := re.search(pattern, log.read_text()):
            return found.group(found.re.groups)
        never.wait(0.1)
    raise TimeoutError(log.read_text())
