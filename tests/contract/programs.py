"""The server as a program of its own, to be killed and started again."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from unmeasured import environment

PATIENCE = 20.0


@dataclass
class Program:
    """`gluematch serve` in a process of its own, seen as a GlueServer is seen."""

    process: "subprocess.Popen[str]"
    url: str
    said: str = ""

    def client(
        self,
        service: str,
        *,
        account: str,
        region: str = "us-east-1",
        config: Config | None = None,
    ) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=account,
            aws_secret_access_key="test",
            config=config,
        )


@contextmanager
def serving(data_dir: Path, *flags: str) -> Iterator[Program]:
    """The program over `data_dir`, one run at a time; ended at the end if it still lives.

    What starts and ends it is measured by the tests of its process.
    """
    command = [sys.executable, "-m", "gluematch.server", "serve", "--port", "0", "--workers", "1"]
    with subprocess.Popen(
        [*command, "--data-dir", str(data_dir), *flags],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            ready = re.search(r"ready at (\S+)", said)
            assert ready is not None
            yield Program(process, ready.group(1), said)
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
