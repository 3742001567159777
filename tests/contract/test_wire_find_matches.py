"""`gluematch find-matches` as a program, and the route that it calls."""

import http.client
import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from classroom import Classroom, csv_rows
from processes import fork_server, no_new_children

from gluematch.server.__main__ import main
from gluematch.server.progress_bar import ProgressBar, bar

UNTAUGHT = "the id of a transform that is not ready"
PROGRAM = str(Path(sys.executable).with_name("gluematch"))


@pytest.fixture(scope="module")
def room(gluematch_server):
    return Classroom(gluematch_server)


@pytest.fixture(scope="module")
def transform(room):
    return room.taught()


def environment(room):
    return os.environ | {
        "AWS_ACCESS_KEY_ID": room.account,
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": room.region,
        "GLUEMATCH_ENDPOINT_URL": room.server.url,
    }


def program(room, *words):
    command = [PROGRAM, "find-matches", *words]
    return subprocess.run(command, env=environment(room), capture_output=True, text=True)


def test_a_run_is_started_followed_and_written(room, transform):
    output = f"s3://{room.bucket}/cli/"
    done = program(
        room, "--transform-id", transform, "--output", output, "--confidence", "--follow"
    )
    assert done.returncode == 0, done.stderr
    run = done.stdout.strip()
    assert room.run(transform, run)["Status"] == "SUCCEEDED"
    assert re.search(r"^\d+%: ", done.stderr, re.MULTILINE)
    assert done.stderr.endswith(f"Matched: {output}\n")
    (written,) = room.objects("cli/").values()
    assert csv_rows(written)[0][-2:] == ["match_id", "match_confidence_score"]
    assert len(csv_rows(written)) == len(room.rows) + 1


def test_without_follow_the_run_goes_on_by_itself(room, transform):
    more = ["--database", "db", "--table", "people", "--format", "parquet"]
    output = f"s3://{room.bucket}/parquet/"
    done = program(room, "--transform-id", transform, "--output", output, *more)
    assert (done.returncode, done.stderr) == (0, "")
    room.succeeded(transform, done.stdout.strip())
    listed = room.s3.list_objects_v2(Bucket=room.bucket, Prefix="parquet/")["Contents"]
    assert room.read(listed[0]["Key"])[:4] == b"PAR1"


def test_a_terminal_gets_a_bar(room, transform):
    ours, theirs = pty.openpty()
    words = ["--transform-id", transform, "--output", f"s3://{room.bucket}/tty/", "--follow"]
    command = [PROGRAM, "find-matches", *words]
    done = subprocess.run(
        command, env=environment(room), stdout=subprocess.PIPE, stderr=theirs, check=True
    )
    os.close(theirs)
    shown = os.read(ours, 1_000_000).decode()
    os.close(ours)
    assert done.stdout.startswith(b"tsk-")
    assert "[#" in shown
    assert bar(50, "comparing") == "[" + "#" * 15 + " " * 15 + "]  50% comparing"


def test_a_bar_stays_on_one_line_of_a_narrow_terminal():
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 40))
    with os.fdopen(theirs, "w") as out:
        ProgressBar(out).show("50%: " + "s" * 60)
        shown = os.read(ours, 1000).decode()
    os.close(ours)
    assert shown == bar(50, "ssss")[:39]


def test_the_program_alone_tells_its_commands(capsys):
    assert main([]) == 0
    assert "find-matches" in capsys.readouterr().out


def test_control_c_leaves_the_run_and_says_how_to_cancel_it(room, transform):
    words = ["--transform-id", transform, "--output", f"s3://{room.bucket}/left/", "--follow"]
    command = [PROGRAM, "find-matches", *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with (
        no_new_children(fork_server()),
        subprocess.Popen(command, env=environment(room), **pipes) as process,
    ):
        run = process.stdout.readline().strip()
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "The run goes on." in told
    assert f"glue cancel-ml-task-run --transform-id {transform} --task-run-id {run}" in told
    room.succeeded(transform, run)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--transform-id", "tfm-none"], "EntityNotFoundException: Cannot find MLTransform"),
        (["--transform-id", ""], "ValidationException: 1 validation error detected"),
        (["--transform-id", UNTAUGHT], "MLTransformNotReadyException: This operation can only"),
        (["--transform-id", "x", "--table", "t"], "--database and --table go together"),
        (["--transform-id", "x", "--endpoint-url", "http://127.0.0.1:1"], "is `gluematch serve`"),
        (["--transform-id", "x", "--endpoint-url", "localhost:1"], "must be an http(s) URL"),
        (["--transform-id", "x", "--region", "eu-west-3"], "Cannot find MLTransform in account"),
    ],
)
def test_a_refusal_is_one_line(room, words, complaint, monkeypatch, capsys):
    for name, value in environment(room).items():
        monkeypatch.setenv(name, value)
    words = [room.transform("untaught") if word is UNTAUGHT else word for word in words]
    assert main(["find-matches", "--output", f"s3://{room.bucket}/x/", *words]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("gluematch: ")
    assert complaint in told.err
    assert told.err.count("\n") == 1


def test_without_credentials_the_default_account_asks(room):
    room.server.client("s3").create_bucket(Bucket="wire-unsigned")
    words = ["find-matches", "--transform-id", "tfm-1", "--output", "s3://wire-unsigned/x/"]
    keep = {name: value for name, value in os.environ.items() if not name.startswith("AWS_A")}
    keep |= {"HOME": "/nowhere", "AWS_ENDPOINT_URL": room.server.url}
    done = subprocess.run([PROGRAM, *words], env=keep, capture_output=True, text=True)
    assert "Cannot find MLTransform in account 123456789012" in done.stderr


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "2 validation errors detected: Value null at 'transformId'"),
        ({"Format": "xml"}, "Member must satisfy enum value set: [csv, json, parquet]"),
        ({"InputTable": {"TableName": "t"}}, "Value null at 'inputTable.databaseName'"),
        ({"ComputeMatchConfidenceScores": "yes"}, "STRING_VALUE can not be converted to a Boolean"),
    ],
)
def test_the_route_validates_like_glue(gluematch_server, body, told):
    place = urlsplit(gluematch_server.url)
    connection = http.client.HTTPConnection(place.hostname, place.port)
    connection.request("POST", "/_gluematch/find-matches", json.dumps(body))
    answer = connection.getresponse()
    assert answer.status == 400
    assert told in json.loads(answer.read())["message"]
    connection.close()
