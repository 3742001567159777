"""`gluematch run-script`: the script of AWS's documentation, as a program of its own."""

import csv
import io
import subprocess
import sys
from pathlib import Path

import pytest
from classroom import Classroom
from documented import FIND_MATCHES
from unmeasured import environment

PROGRAM = str(Path(sys.executable).with_name("gluematch"))


@pytest.fixture(scope="module")
def room(gluematch_server):
    return Classroom(gluematch_server)


@pytest.fixture(scope="module")
def transform(room):
    return room.taught()


def variables(room):
    return environment() | {
        "AWS_ACCESS_KEY_ID": room.account,
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_DEFAULT_REGION": room.region,
        "JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }


def run_script(room, folder, script, *words):
    """What the script printed; it has succeeded."""
    (folder / "script.py").write_text(script)
    command = [PROGRAM, "run-script", "--endpoint-url", room.server.url, "--cores", "2"]
    done = subprocess.run(
        [*command, "script.py", *words],
        cwd=folder,
        env=variables(room),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def newest(room, transform):
    run = room.glue.get_ml_task_runs(TransformId=transform)["TaskRuns"][0]
    return run["Status"], run["Properties"]["FindMatchesTaskRunProperties"]["JobName"]


def test_the_script_of_the_documentation_runs_unmodified(room, transform, tmp_path):
    out = f"s3://{room.bucket}/script-out"
    words = ("--JOB_NAME", "nightly", "--TRANSFORM", transform, "--OUT", out)
    assert run_script(room, tmp_path, FIND_MATCHES, *words) == f"matched {len(room.rows)}\n"
    texts = [text for _, text in sorted(room.objects("script-out/").items())]
    found = [row for text in texts for row in csv.DictReader(io.StringIO(text))]
    assert sorted(int(row["id"]) for row in found) == list(range(1, len(room.rows) + 1))
    assert all(0 <= float(row["match_confidence_score"]) <= 1 for row in found)
    assert newest(room, transform) == ("SUCCEEDED", "nightly")


def test_a_script_that_is_not_there_is_refused(room, tmp_path):
    done = subprocess.run(
        [PROGRAM, "run-script", "none.py"], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (1, "gluematch: there is no file none.py\n")
