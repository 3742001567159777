"""Ending all processes below one, whatever they did to get away (Linux)."""

import subprocess
import sys
import textwrap

import pytest

from gluematch.models import processes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")

PROGRAM = """
import os, subprocess, sys, time
from gluematch.models import processes
processes.adopt_orphans()
FAMILY = '''
import os, sys, time
pids = []
for depth in range(4):
    if os.fork():
        time.sleep(600)
    os.setsid()
    if os.fork():
        os._exit(0)
    print(os.getpid(), flush=True)
print("all", flush=True)
time.sleep(600)
'''
child = subprocess.Popen([sys.executable, "-c", FAMILY], stdout=subprocess.PIPE, text=True)
pids = []
while (line := child.stdout.readline().strip()) != "all":
    pids.append(int(line))
assert set(pids) <= processes.living()
processes.end_descendants()
print(len(pids), set(pids) & processes.living(), processes.children(os.getpid()))
"""


def test_whoever_is_below_is_ended_in_whichever_session_it_hides() -> None:
    command = [sys.executable, "-c", textwrap.dedent(PROGRAM)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout == "4 set() set()\n", done.stderr


def test_processes_are_known_by_a_variable_that_they_were_started_with() -> None:
    sleeping = [sys.executable, "-c", "import time; time.sleep(600)"]
    marked = subprocess.Popen(sleeping, env={"MARK": "one"})
    other = subprocess.Popen(sleeping, env={"MARK": "one more"})
    try:
        assert processes.end_marked("MARK", "one") == 1
        assert marked.wait(10) == -9
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


WEIGHED = """
import os, subprocess, sys
from pathlib import Path
from gluematch.models import processes
processes.adopt_orphans()
FAMILY = '''
import os, threading, time
def fork():
    if os.fork():
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    os.write(1, f"{os.getpid()}\\\\n".encode())
    time.sleep(600)
fork()
os.wait()
thread = threading.Thread(target=fork)
thread.start()
thread.join()
time.sleep(600)
'''
child = subprocess.Popen([sys.executable, "-c", FAMILY], stdout=subprocess.PIPE, text=True)
pids = {int(child.stdout.readline()) for _ in range(2)}
me = os.getpid()
looked = []
def hear(event, given):
    if event in {"open", "os.scandir", "os.listdir"}:
        looked.append(str(given[0]))
sys.addaudithook(hear)
family = processes.families_of([me])[me]
looked = list(looked)
strange = {path for path in looked if path.startswith("/proc")}
numbers = {int(path.split("/")[2]) for path in strange if len(path.split("/")) > 2}
print(pids <= family, child.pid in family, "/proc" in strange, numbers & {1, os.getppid()})
processes.end_descendants()
"""


def test_orphans_in_other_sessions_are_counted_and_no_other_process_is_read() -> None:
    command = [sys.executable, "-c", textwrap.dedent(WEIGHED)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout == "True True False set()\n", done.stderr
