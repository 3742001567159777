"""`gluematch run-script`: the script of AWS's documentation, as a program of its own."""

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from classroom import Classroom
from documented import FIND_MATCHES

PROGRAM = str(Path(sys.executable).with_name("gluematch"))


@pytest.fixture(scope="module")
def room(gluematch_server):
    return Classroom(gluematch_server)


def run(room, folder, *words):
    environment = {name: os.environ[name] for name in os.environ if "COVERAGE" not in name}
    environment |= {
        "AWS_ACCESS_KEY_ID": room.account,
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_DEFAULT_REGION": room.region,
    }
    (folder / "script.py").write_text(FIND_MATCHES)
    command = [PROGRAM, "run-script", "--endpoint-url", room.server.url, "--cores", "2"]
    return subprocess.run(
        [*command, "script.py", *words], cwd=folder, env=environment, capture_output=True, text=True
    )


def test_the_script_of_the_documentation_runs_unmodified(room, tmp_path):
    transform = room.taught()
    out = f"s3://{room.bucket}/script-out"
    words = ("--JOB_NAME", "nightly", "--TRANSFORM", transform, "--OUT", out)
    done = run(room, tmp_path, *words)
    assert (done.returncode, done.stdout) == (0, f"matched {len(room.rows)}\n"), done.stderr
    texts = [text for _, text in sorted(room.objects("script-out/").items())]
    found = [row for text in texts for row in csv.DictReader(io.StringIO(text))]
    assert sorted(int(row["id"]) for row in found) == list(range(1, len(room.rows) + 1))
    assert all(0 <= float(row["match_confidence_score"]) <= 1 for row in found)
    newest = room.glue.get_ml_task_runs(TransformId=transform)["TaskRuns"][0]
    told = newest["Properties"]["FindMatchesTaskRunProperties"]
    assert (newest["Status"], told["JobName"]) == ("SUCCEEDED", "nightly")


def test_a_script_that_is_not_there_is_refused(room, tmp_path):
    done = subprocess.run(
        [PROGRAM, "run-script", "none.py"], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (1, "gluematch: there is no file none.py\n")
