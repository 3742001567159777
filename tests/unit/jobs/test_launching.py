"""Scripts in processes of their own: what they see, and how their end is told."""

import json
import os
import subprocess
import sys
import textwrap
import time

import pytest

from gluematch.models import processes
from gluematch.models.datasets.access import Access, AwsAccess
from gluematch.models.jobs import launching
from gluematch.models.jobs.launching import Job, Script

JOB = Job("nightly", "j_1", "jr_1")
OWN = AwsAccess("http://127.0.0.1:1", "eu-west-1", "111122223333", "secret")


@pytest.fixture
def run(tmp_path):
    """Run a script to its end; what it printed, its errors, and the reason of a failure."""

    def run(text, words=(), **more):
        path = tmp_path / "script.py"
        path.write_text(textwrap.dedent(text))
        with (tmp_path / "out").open("wb") as out, (tmp_path / "err").open("wb") as err:
            script = Script(path, words, tmp_path, **more)
            reason = launching.start(script, stdout=out, stderr=err).wait()
        return (tmp_path / "out").read_text(), (tmp_path / "err").read_text(), reason

    return run


def test_a_script_is_the_main_module_with_its_words_and_directory(run, tmp_path):
    out, err, reason = run(
        """
        import json, os, sys
        print(json.dumps([__name__, sys.argv, os.getcwd(), sys.path[0], os.environ["PYTHONPATH"]]))
        """,
        words=launching.words(JOB, {"--a": "b c", "--JOB_NAME": "x", "--TempDir": "s3://x"}),
        python_path=["/extra.zip"],
    )
    name, argv, cwd, first, path = json.loads(out)
    assert (name, cwd, first) == ("__main__", str(tmp_path), str(tmp_path))
    assert argv[1:] == [
        *("--JOB_NAME", "nightly", "--JOB_ID", "j_1", "--JOB_RUN_ID", "jr_1"),
        *("--a", "b c", "--TempDir", "s3://x"),
    ]
    assert path.split(os.pathsep) == [str(launching.RUNTIME), "/extra.zip"]
    assert (err, reason) == ("", None)


def test_a_script_speaks_to_our_server_as_its_account_only(run, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://elsewhere")
    out, _, _ = run(
        "import json, os; print(json.dumps(dict(os.environ)))",
        variables=launching.environment(JOB, Access(OWN, OWN)),
    )
    seen = json.loads(out)
    assert seen["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert seen["AWS_ACCESS_KEY_ID"] == seen["GLUEMATCH_ACCOUNT"] == "111122223333"
    assert seen["AWS_DEFAULT_REGION"] == seen["AWS_REGION"] == "eu-west-1"
    assert (seen["GLUEMATCH_JOB_NAME"], seen["GLUEMATCH_JOB_RUN_ID"]) == ("nightly", "jr_1")
    assert not {"AWS_PROFILE", "AWS_ENDPOINT_URL_S3", "AWS_SESSION_TOKEN"} & seen.keys()


def test_with_an_s3_elsewhere_the_credentials_for_it_stay(run, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of the other S3")
    elsewhere = Access(AwsAccess("https://elsewhere", "eu-west-1"), OWN)
    out, _, _ = run(
        "import json, os; print(json.dumps(dict(os.environ)))",
        variables=launching.environment(JOB, elsewhere),
    )
    seen = json.loads(out)
    assert seen["AWS_ACCESS_KEY_ID"] == "of the other S3"
    assert (seen["GLUEMATCH_ACCOUNT"], seen["GLUEMATCH_SECRET_KEY"]) == ("111122223333", "secret")
    assert seen["AWS_ENDPOINT_URL_S3"] == "https://elsewhere"
    assert seen["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("raise ValueError('first\\nsecond')", "ValueError: first"),
        ("raise KeyError", "KeyError"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("import sys; sys.exit('no rows')", "SystemExit: no rows"),
        ("import os; os._exit(3)", "The script ended early, with exit status 3."),
        ("x = (", "SyntaxError: '(' was never closed (script.py, line 1)"),
        ("import sys; sys.exit(0)", None),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
            "The script was ended by signal 15 (Terminated).",
        ),
        ("raise ValueError('x' * 5000)", "ValueError: " + "x" * 988),
        ("import sys; sys.excepthook = print; raise ValueError('mine')", "ValueError: mine"),
    ],
)
def test_the_reason_is_the_last_exception_or_how_the_process_died(run, text, reason):
    assert run(text)[2] == reason


def test_a_traceback_begins_in_the_script(run):
    _, err, _ = run("def f():\n    1 / 0\nf()\n")
    lines = [line.strip() for line in err.splitlines()]
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1].endswith('script.py", line 3, in <module>')
    assert lines[-1] == "ZeroDivisionError: division by zero"
    assert "bootstrap" not in err


def test_classes_of_a_script_can_be_pickled_and_multiprocessing_finds_it_again(run):
    out, err, reason = run(
        """
        import multiprocessing
        def twice(x):
            return 2 * x
        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.map(twice, [1, 2]))
        """
    )
    assert (out, reason) == ("[2, 4]\n", None), err


@pytest.mark.skipif(sys.platform != "linux", reason="relies on PR_SET_PDEATHSIG")
def test_a_script_does_not_outlive_who_started_it(tmp_path):
    (tmp_path / "script.py").write_text("print('ready', flush=True)\nimport time\ntime.sleep(600)")
    program = textwrap.dedent(
        f"""
        import os, signal, subprocess, sys
        from pathlib import Path
        from gluematch.models.jobs.launching import Script, start
        here = Path({str(tmp_path)!r})
        process = start(Script(here / "script.py", (), here), stdout=subprocess.PIPE, stderr=2)
        process.popen.stdout.readline()
        print(process.popen.pid, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    pid = int(done.stdout)
    end = time.monotonic() + 10
    while pid in processes.living():
        assert time.monotonic() < end
        os.sched_yield()
