"""`gluematch serve` as a process: how it starts, what it says, how it ends."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pytest
from waiting import until

from gluematch.server.__main__ import main
from gluematch.server.lock import DataDirectoryError, held

PROGRAM = str(Path(sys.executable).with_name("gluematch"))
READY = re.compile(r"gluematch is ready at (http://\S+)")


@contextmanager
def serving(*words, **environment):
    """The program with its ready line read: process and URL. Killed if a test leaves it."""
    command = [PROGRAM, "serve", "--port", "0", *words]
    env = {**os.environ, **environment}
    with subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            line = process.stdout.readline()
            found = READY.match(line)
            assert found, (line, process.stderr.read() if process.poll() is not None else "")
            yield process, found.group(1)
        finally:
            process.kill()


def refused(*words, **environment):
    """What the program says when it will not start, and its exit code."""
    env = {**os.environ, **environment}
    done = subprocess.run([PROGRAM, "serve", *words], env=env, capture_output=True, text=True)
    assert done.stdout == ""
    return done.stderr, done.returncode


def listens(place):
    """Whether somebody takes connections at the place of a URL."""
    with socket.socket() as probe:
        return probe.connect_ex((place.hostname, place.port)) == 0


def glue_at(url):
    return boto3.client(
        "glue",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_with_connections_open(number):
    with serving("--ephemeral") as (process, url):
        place = urlsplit(url)
        idle = http.client.HTTPConnection(place.hostname, place.port)
        idle.request("GET", "/_gluematch/health")
        idle.getresponse().read()
        silent = socket.create_connection((place.hostname, place.port))
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
        idle.close()
        silent.close()
    assert (process.returncode, out, err) == (0, "", "")


@pytest.mark.parametrize("time", range(4))
def test_two_signals_in_the_same_instant_end_it_too(time):
    with serving("--ephemeral") as (process, _):
        process.send_signal(signal.SIGSTOP)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGCONT)
        process.communicate(timeout=20)
    assert process.returncode in {0, -signal.SIGTERM, -signal.SIGINT}


def test_a_second_signal_ends_it_at_once(tmp_path):
    with serving("--data-dir", str(tmp_path)) as (process, url):
        place = urlsplit(url)
        with socket.create_connection((place.hostname, place.port)) as unfinished:
            unfinished.sendall(b"PUT /b/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n")
            process.send_signal(signal.SIGTERM)
            until(lambda: not listens(place), "the server to stop listening")
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)
    assert process.returncode == -signal.SIGTERM


def test_an_ephemeral_server_leaves_nothing(tmp_path):
    with serving("--ephemeral", TMPDIR=str(tmp_path)) as (process, url):
        glue_at(url).create_database(DatabaseInput={"Name": "d"})
        process.terminate()
        process.wait(timeout=20)
    assert list(tmp_path.iterdir()) == []


def test_a_data_directory_is_kept_and_belongs_to_one_server(tmp_path):
    home = str(tmp_path / "data")
    with serving("--data-dir", home) as (process, url):
        glue_at(url).create_database(DatabaseInput={"Name": "kept"})
        err, code = refused("--port", "0", "--data-dir", home)
        assert (code, err.count("\n")) == (1, 1)
        assert f"in use by process {process.pid}" in err
        process.kill()
        process.wait(timeout=20)
    with serving(GLUEMATCH_DATA_DIR=home) as (_, url):
        assert glue_at(url).get_database(Name="kept")["Database"]["Name"] == "kept"


def test_a_busy_port_is_one_clear_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        err, code = refused("--port", port, "--data-dir", str(tmp_path / "untouched"))
    assert (code, err) == (
        1,
        f"gluematch: cannot listen on 127.0.0.1:{port}: another program uses it\n",
    )
    assert not (tmp_path / "untouched").exists()


@pytest.mark.parametrize(
    ("words", "environment", "complaint"),
    [
        (["--account", "12"], {}, "the account must have 12 digits"),
        (["--region", "Mars"], {}, "not the name of a region"),
        (["--port", "70000"], {}, "between 0 and 65535"),
        (["--workers", "0"], {}, "at least 1"),
        ([], {"GLUEMATCH_CRAWL_TIME": "1w"}, "'1w' is no span of time as 90s, 30m or 2h"),
        ([], {"GLUEMATCH_CRAWL_TIME": "0s"}, "is no span of time"),
        (["--host", "0.0.0.0"], {}, "--insecure"),
        ([], {"GLUEMATCH_HOST": "::"}, "--insecure"),
        (["--s3-endpoint-url", "minio:9000"], {}, "must be an http(s) URL"),
        ([], {"GLUEMATCH_PORT": "x"}, "GLUEMATCH_PORT"),
        ([], {"GLUEMATCH_EPHEMERAL": "perhaps"}, "neither true nor false"),
    ],
)
def test_a_setting_that_makes_no_sense_is_one_clear_line(
    words, environment, complaint, monkeypatch, capsys
):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert main(["serve", *words]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert complaint in told.err
    assert told.err.count("\n") == 1


def test_a_data_directory_that_cannot_be_made_is_one_clear_line():
    refusal = pytest.raises(DataDirectoryError, match="cannot use the data directory /proc/nowhere")
    with refusal, held(Path("/proc/nowhere")):
        pass


def test_settings_come_from_the_environment_and_flags_win():
    environment = {"GLUEMATCH_ACCOUNT": "111111111111", "GLUEMATCH_EPHEMERAL": "true"}
    with serving("--account", "222222222222", **environment) as (_, url):
        sts = boto3.client(
            "sts",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        assert sts.get_caller_identity()["Account"] == "222222222222"


def test_an_address_that_others_reach_is_bound_with_a_warning_only():
    with serving("--ephemeral", "--host", "0.0.0.0", "--insecure") as (process, url):
        assert glue_at(url).get_databases()["DatabaseList"] == []
        process.terminate()
        _, err = process.communicate(timeout=20)
    assert err.startswith(
        "gluematch: warning: whoever reaches 0.0.0.0 can read your data and run programs: "
        "--insecure\n"
    )
