"""A server that was killed and started again: every run's state is true."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from classroom import Classroom, until
from processes import children, fork_server, halted_child


@dataclass
class Program:
    """`gluematch serve` in a process of its own, seen as a GlueServer is seen."""

    process: "subprocess.Popen[str]"
    url: str

    def client(self, service: str, *, account: str, region: str = "us-east-1") -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=account,
            aws_secret_access_key="test",
        )


@contextmanager
def serving(data_dir: Path) -> Iterator[Program]:
    """The program over `data_dir`, one run at a time; killed at the end if it still lives."""
    command = [sys.executable, "-m", "gluematch.server", "serve", "--port", "0", "--workers", "1"]
    with subprocess.Popen(
        [*command, "--data-dir", str(data_dir)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            ready = re.search(r"ready at (\S+)", process.stdout.readline())
            assert ready is not None
            yield Program(process, ready.group(1))
        finally:
            process.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_after_a_kill_runs_that_were_going_on_have_failed_and_waiting_ones_are_done(
    tmp_path: Path,
) -> None:
    with serving(tmp_path) as program:
        room = Classroom(program)  # type: ignore[arg-type]  # url and client are all it needs
        transform = room.transform()
        path = f"s3://{room.bucket}/sets/"

        def start() -> str:
            started = room.glue.start_ml_labeling_set_generation_task_run(
                TransformId=transform, OutputS3Path=path
            )
            run_id: str = started["TaskRunId"]
            return run_id

        going_on = start()
        forks = fork_server(program.process.pid)
        child = halted_child(forks)
        waiting = start()
        assert room.run(transform, waiting)["Status"] == "STARTING"
        os.kill(program.process.pid, signal.SIGKILL)
        until(lambda: child not in children(forks), "the child to end with its server")

    with serving(tmp_path) as program:
        room.glue = program.client("glue", account=room.account)
        run = room.run(transform, going_on)
        assert run["Status"] == "FAILED"
        assert run["ErrorString"] == (
            "The server stopped while this run was in progress. Start it again."
        )
        # The data were in the S3 of the server that is gone: the run goes on and says so.
        run = room.finished(transform, waiting)
        assert run["Status"] == "FAILED"
        assert "the bucket does not exist" in run["ErrorString"]
