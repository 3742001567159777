"""A server that was killed and started again: every run's state is true."""

import os
import signal
import sys
from pathlib import Path

import pytest
from classroom import Classroom
from processes import children, fork_server, halted_child
from programs import serving
from waiting import until


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
        assert room.finished(transform, waiting)["Status"] == "SUCCEEDED"
