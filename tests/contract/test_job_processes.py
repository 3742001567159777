"""The processes of job runs: none outlives its run, whichever way that ends (Linux)."""

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from foreman import Foreman
from processes import fork_server
from test_restart import serving
from waiting import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")

FAMILY = """
import os, subprocess, sys, time
sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
child = subprocess.Popen(sleep)
elsewhere = subprocess.Popen(sleep, start_new_session=True, env={})
heard, said = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        sys.stdout.write(f"orphan {os.getpid()}\\n")
        os.write(said, b"!")
        time.sleep(600)
    os._exit(0)
os.read(heard, 1)
sys.stdout.write(f"child {child.pid}\\n")
sys.stdout.write(f"elsewhere {elsewhere.pid}\\n")
sys.stdout.write(f"script {os.getpid()}\\n")
"""


@pytest.fixture
def foreman(gluematch_server):
    return Foreman(gluematch_server)


def family(foreman, ending="time.sleep(600)", **more):
    """A run whose script has started three others, and the ids of all four."""
    foreman.job(FAMILY + ending, **more)
    run_id = foreman.start()
    until(lambda: len(foreman.printed(run_id)) == 4, "four processes")
    return run_id, {int(line.split()[1]) for line in foreman.printed(run_id)}


def living(pids):
    return {pid for pid in pids if _state(pid) not in ("", "Z", "X")}


def _state(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def test_a_stop_ends_all_that_a_script_has_started(foreman):
    run_id, pids = family(foreman)
    assert living(pids) == pids
    foreman.glue.batch_stop_job_run(JobName="job", JobRunIds=[run_id])
    assert foreman.ended(run_id)["JobRunState"] == "STOPPED"
    assert living(pids) == set()


def test_a_script_that_ends_leaves_nothing_running(foreman):
    run_id, pids = family(foreman, "")
    assert foreman.ended(run_id)["JobRunState"] == "SUCCEEDED"
    assert living(pids) == set()


def test_a_script_that_ignores_being_asked_is_ended_all_the_same(foreman):
    ignore = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    foreman.job(ignore + "print('deaf')\nimport time\ntime.sleep(600)")
    run_id = foreman.start()
    until(lambda: foreman.printed(run_id) == ["deaf"], "the first line")
    foreman.glue.batch_stop_job_run(JobName="job", JobRunIds=[run_id])
    assert foreman.ended(run_id)["JobRunState"] == "STOPPED"


def test_the_runs_of_a_killed_server_have_failed_and_nothing_of_them_runs(tmp_path):
    with serving(tmp_path) as program:
        foreman = Foreman(program)
        run_id, pids = family(foreman, MaxRetries=0)
        forks = fork_server(program.process.pid)
        # Both at once: nobody is left who could end anything.
        os.kill(forks, signal.SIGSTOP)
        os.kill(program.process.pid, signal.SIGKILL)
        os.kill(forks, signal.SIGKILL)
        program.process.wait()
        assert living(pids)
    before = datetime.now(UTC)
    with serving(tmp_path) as program:
        foreman.glue = program.client("glue", account=foreman.account)
        run = foreman.ended(run_id)
        assert run["JobRunState"] == "FAILED"
        assert "The server stopped while this run was in progress" in run["ErrorMessage"]
        assert run["CompletedOn"] >= before.replace(microsecond=0)
        until(lambda: not living(pids) - unmarked(pids), "the end of what was left")
    assert list((tmp_path / "jobs").glob("*")) == []


def unmarked(pids):
    """Those that have shed the run's variable: without /proc's help nobody can know them."""
    found = set()
    for pid in living(pids):
        if b"GLUEMATCH_JOB_RUN_ID=" not in Path(f"/proc/{pid}/environ").read_bytes():
            found.add(pid)
            os.kill(pid, signal.SIGKILL)
    return found
