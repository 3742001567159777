"""Job runs through boto3: scripts that run, what they see, and how they end."""

import contextlib
import importlib.util
import io
import json
import zipfile
from pathlib import Path

import pytest
from foreman import Foreman
from waiting import until

ERRORS = "/aws-glue/jobs/error"


@pytest.fixture
def foreman(gluematch_server):
    return Foreman(gluematch_server)


def test_a_script_runs_and_what_it_prints_is_in_the_logs(foreman):
    foreman.job("import sys; print('one'); print(); print('two'); print('oh', file=sys.stderr)")
    run = foreman.run()
    assert run["JobRunState"] == "SUCCEEDED"
    assert "ErrorMessage" not in run
    assert run["StartedOn"] <= run["CompletedOn"]
    assert foreman.printed(run["Id"]) == ["one", " ", "two"]
    assert foreman.printed(run["Id"], ERRORS) == ["oh"]


def test_a_script_gets_its_arguments_as_glue_gives_them(foreman):
    foreman.job(
        "import json, sys; print(json.dumps(sys.argv[1:]))",
        DefaultArguments={"--a": "1", "--b": "2", "--c": "3"},
        NonOverridableArguments={"--c": "fixed"},
    )
    run = foreman.run(Arguments={"--b": "run's", "--c": "lost", "--d": "4"})
    arguments = {"--a": "1", "--b": "run's", "--c": "fixed", "--d": "4"}
    assert run["Arguments"] == arguments
    words = json.loads(foreman.printed(run["Id"])[0])
    found = dict(zip(words[::2], words[1::2], strict=True))
    job_id = found.pop("--JOB_ID")
    assert job_id.startswith("j_")
    assert len(job_id) == 66
    assert found == {**arguments, "--JOB_NAME": "job", "--JOB_RUN_ID": run["Id"]}


def test_a_script_speaks_to_this_server_as_its_account_in_its_region(gluematch_server):
    foreman = Foreman(gluematch_server, region="eu-west-1")
    foreman.job(
        """
        import boto3
        print(boto3.client("sts").get_caller_identity()["Account"])
        boto3.client("glue").create_database(DatabaseInput={"Name": "made"})
        """
    )
    run = foreman.run()
    assert run["JobRunState"] == "SUCCEEDED", run
    assert foreman.printed(run["Id"]) == [foreman.account]
    assert foreman.glue.get_database(Name="made")["Database"]["Name"] == "made"


def wheel(module):
    """The name and the bytes of a wheel with one module, whose VALUE is 10."""
    about = f"{module}-1.0.dist-info"
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        file.writestr(f"{module}.py", "VALUE = 10")
        file.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        file.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        file.writestr(f"{about}/RECORD", "")
    return f"{module}-1.0-py3-none-any.whl", data.getvalue()


def test_a_script_finds_its_extra_files_and_modules(foreman):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("zipped.py", "VALUE = 2")
    modules = [foreman.put("one.py", "VALUE = 1"), foreman.put("more.zip", archive.getvalue())]
    name, data = wheel("installed")
    foreman.job(
        """
        import os, tempfile
        import installed, one, zipped
        print(installed.VALUE + one.VALUE + zipped.VALUE, open("settings.txt").read())
        print(os.getcwd())
        print(tempfile.gettempdir().startswith(os.getcwd()))
        """,
        DefaultArguments={
            "--extra-py-files": ",".join(modules),
            "--extra-files": foreman.put("settings.txt", "here"),
            "--additional-python-modules": foreman.put(name, data),
        },
    )
    run = foreman.run()
    assert run["JobRunState"] == "SUCCEEDED", run
    first, directory, temporary = foreman.printed(run["Id"])
    assert (first, temporary) == ("13 here", "True")
    assert not Path(directory).exists()
    assert importlib.util.find_spec("installed") is None


def test_modules_that_cannot_be_had_fail_the_run_with_pips_reason(foreman):
    foreman.job(
        "",
        DefaultArguments={
            "--additional-python-modules": "gluematch-has-no-such-module==1.0",
            "--python-modules-installer-option": "--no-index",
        },
    )
    run = foreman.run()
    assert (run["JobRunState"], run["ErrorMessage"]) == (
        "FAILED",
        "--additional-python-modules cannot be installed: "
        "No matching distribution found for gluematch-has-no-such-module==1.0",
    )


FAILING = [
    ("import sys; sys.exit(3)", "SystemExit: 3"),
    ("raise ValueError('no such thing\\nand more')", "ValueError: no such thing"),
    ("import os; os._exit(3)", "The script ended early, with exit status 3."),
    (
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "The script was killed by signal 9 (Killed). "
        "If nobody ended it, the machine ran out of memory: see its system log.",
    ),
    (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**28, 2**28)); b'x' * 2**30",
        "MemoryError",
    ),
]


@pytest.mark.parametrize(("script", "reason"), FAILING)
def test_a_script_that_does_not_end_well_fails_its_run_with_the_reason(foreman, script, reason):
    foreman.job(script)
    run = foreman.run()
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", reason)
    assert foreman.printed(run["Id"], ERRORS)[-1] == reason


def test_a_traceback_is_in_the_log_and_only_its_last_line_in_the_error(foreman):
    foreman.job("def f():\n    return {}['key']\nf()\n")
    run = foreman.run()
    assert run["ErrorMessage"] == "KeyError: 'key'"
    lines = foreman.printed(run["Id"], ERRORS)
    assert lines[0] == "Traceback (most recent call last):"
    assert "line 3, in <module>" in lines[1]


def test_a_script_that_is_not_there_fails_the_run(foreman):
    command = {"Name": "pythonshell", "ScriptLocation": f"s3://{foreman.bucket}/none.py"}
    foreman.glue.create_job(Name="job", Role="r", Command=command)
    run = foreman.run()
    assert run["JobRunState"] == "FAILED"
    assert "none.py" in run["ErrorMessage"]
    assert "does not exist" in run["ErrorMessage"]


@pytest.mark.parametrize(
    ("argument", "why"),
    [("a\0b", "embedded null byte"), ("x" * 200_000, "Argument list too long")],
)
def test_arguments_that_no_process_can_be_given_fail_the_run(foreman, argument, why):
    foreman.job("")
    run = foreman.run(Arguments={"--a": argument})
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith("The script could not be started: ")
    assert why in run["ErrorMessage"]


@pytest.mark.parametrize("command", ["gluestreaming", "test_command"])
def test_a_command_that_this_server_does_not_run_fails_the_run_at_once(foreman, command):
    foreman.job("", kind=command)
    run = foreman.show(foreman.start())
    assert run["JobRunState"] == "FAILED"
    assert "glueetl and pythonshell" in run["ErrorMessage"]


def test_lines_arrive_while_the_run_goes_on(foreman):
    foreman.job(
        """
        import boto3, sys, time
        print("begun")
        s3, bucket = boto3.client("s3"), sys.argv[-1]
        while "Contents" not in s3.list_objects_v2(Bucket=bucket, Prefix="go"):
            time.sleep(0.05)
        print("done")
        """
    )
    run_id = foreman.start(Arguments={"--bucket": foreman.bucket})
    until(lambda: foreman.show(run_id)["JobRunState"] == "RUNNING", "the start")
    until(lambda: foreman.printed(run_id) == ["begun"], "the first line")
    assert foreman.show(run_id)["JobRunState"] == "RUNNING"
    foreman.put("go", "!")
    assert foreman.ended(run_id)["JobRunState"] == "SUCCEEDED"
    assert foreman.printed(run_id) == ["begun", "done"]


WAITING = "import time\nprint('begun')\ntime.sleep(600)\n"


@pytest.fixture
def busy(foreman):
    """A job that goes on until it is stopped, and how to have a run of it going on."""
    foreman.job(WAITING, ExecutionProperty={"MaxConcurrentRuns": 2})

    def start(**more):
        run_id = foreman.start(**more)
        until(lambda: foreman.printed(run_id) == ["begun"], "the first line")
        return run_id

    yield start
    open_runs = [
        run["Id"]
        for run in foreman.glue.get_job_runs(JobName="job")["JobRuns"]
        if run["JobRunState"] in {"WAITING", "STARTING", "RUNNING"}
    ]
    if open_runs:
        foreman.glue.batch_stop_job_run(JobName="job", JobRunIds=open_runs)


def test_a_stop_ends_a_run_and_tells_of_those_that_it_cannot_end(foreman, busy):
    run_id = busy()
    answer = foreman.glue.batch_stop_job_run(JobName="job", JobRunIds=[run_id, "jr_none"])
    assert answer["SuccessfulSubmissions"] == [{"JobName": "job", "JobRunId": run_id}]
    (error,) = answer["Errors"]
    assert (error["JobName"], error["JobRunId"]) == ("job", "jr_none")
    assert error["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"
    run = foreman.ended(run_id)
    assert run["JobRunState"] == "STOPPED"
    assert "ErrorMessage" not in run
    (late,) = foreman.glue.batch_stop_job_run(JobName="job", JobRunIds=[run_id])["Errors"]
    assert late["ErrorDetail"]["ErrorCode"] == "JobRunInTerminalStateException"
    assert "ended already: STOPPED" in late["ErrorDetail"]["ErrorMessage"]


def test_a_job_has_no_more_runs_at_a_time_than_it_says(foreman, busy):
    busy(), busy()
    with pytest.raises(
        foreman.glue.exceptions.ConcurrentRunsExceededException,
        match="Concurrent runs exceeded for job",
    ):
        foreman.start()


def test_a_run_that_may_queue_waits_for_its_turn(foreman, busy):
    first, _ = busy(), busy()
    queued = foreman.start(JobRunQueuingEnabled=True)
    run = foreman.show(queued)
    assert run["JobRunState"] == "WAITING"
    assert "waits for its turn" in run["StateDetail"]
    unwanted = foreman.start(JobRunQueuingEnabled=True)
    foreman.glue.batch_stop_job_run(JobName="job", JobRunIds=[unwanted])
    assert foreman.ended(unwanted)["JobRunState"] == "STOPPED"
    foreman.glue.batch_stop_job_run(JobName="job", JobRunIds=[first])
    until(lambda: foreman.show(queued)["JobRunState"] == "RUNNING", "the turn of the run")


def marked(run_id):
    """Whether a process of the run is there (Linux; elsewhere nobody can tell)."""
    mark = f"GLUEMATCH_JOB_RUN_ID={run_id}".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            found += [path] * (mark in path.read_bytes())
    return found


def test_a_run_of_a_job_that_is_deleted_ends_with_it(foreman, busy):
    run_id = busy()
    foreman.glue.delete_job(JobName="job")
    with pytest.raises(foreman.glue.exceptions.EntityNotFoundException):
        foreman.show(run_id)
    until(lambda: not marked(run_id), "the end of the script")
    foreman.job("")
    assert foreman.glue.get_job_runs(JobName="job")["JobRuns"] == []


def test_a_run_that_fails_is_followed_by_others_as_often_as_its_job_says(foreman):
    foreman.job(
        """
        import boto3, sys
        s3, bucket, run = boto3.client("s3"), sys.argv[-1], sys.argv[6]
        s3.put_object(Bucket=bucket, Key="run/" + run)
        assert s3.list_objects_v2(Bucket=bucket, Prefix="run/")["KeyCount"] == 3, "not yet"
        """,
        MaxRetries=5,
    )
    first = foreman.start(Arguments={"--bucket": foreman.bucket})
    last = f"{first}_attempt_2"
    until(lambda: len(foreman.glue.get_job_runs(JobName="job")["JobRuns"]) == 3, "three runs")
    assert foreman.ended(last)["JobRunState"] == "SUCCEEDED"
    runs = foreman.glue.get_job_runs(JobName="job")["JobRuns"]
    told = [
        (run["Id"], run["Attempt"], run.get("PreviousRunId"), run.get("ErrorMessage"))
        for run in runs
    ]
    assert told == [
        (last, 2, f"{first}_attempt_1", None),
        (f"{first}_attempt_1", 1, first, "AssertionError: not yet"),
        (first, 0, None, "AssertionError: not yet"),
    ]


def test_the_id_of_an_earlier_run_makes_a_run_the_next_of_it(foreman):
    foreman.job("")
    first = foreman.run()["Id"]
    assert foreman.run(JobRunId=first)["PreviousRunId"] == first
    with pytest.raises(foreman.glue.exceptions.EntityNotFoundException):
        foreman.start(JobRunId="jr_none")


def test_runs_are_listed_newest_first_page_by_page(foreman):
    foreman.job("")
    started = [foreman.run()["Id"] for _ in range(3)]
    pages = foreman.glue.get_paginator("get_job_runs")
    listed = [
        [run["Id"] for run in page["JobRuns"]]
        for page in pages.paginate(JobName="job", PaginationConfig={"PageSize": 2})
    ]
    assert listed == [[started[2], started[1]], [started[0]]]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"AllocatedCapacity": 5}, {"AllocatedCapacity": 5, "MaxCapacity": 5.0}),
        ({"MaxCapacity": 1.0}, {"AllocatedCapacity": 1, "MaxCapacity": 1.0}),
        ({"WorkerType": "G.1X", "NumberOfWorkers": 3}, {"MaxCapacity": 3.0}),
        ({"Timeout": 60, "SecurityConfiguration": "s"}, {"SecurityConfiguration": "s"}),
    ],
)
def test_a_run_has_settings_of_its_own(foreman, given, shown):
    foreman.job("")
    run = foreman.show(foreman.start(**given))
    assert {name: run[name] for name in {**given, **shown}} == {**given, **shown}


def test_continuous_logging_puts_both_streams_together(foreman):
    foreman.job("import sys; print('out'); print('err', file=sys.stderr)")
    run = foreman.run(Arguments={"--enable-continuous-cloudwatch-log": "true"})
    together = foreman.printed(f"{run['Id']}-driver", "/aws-glue/jobs/logs-v2")
    assert sorted(together) == ["err", "out"]


def test_a_script_that_prints_more_than_is_kept_keeps_its_beginning_and_its_end(foreman):
    foreman.job(
        """
        import sys
        block = "".join(f"{n:098d}\\n" for n in range(10_000))
        print("first")
        for _ in range(12):
            sys.stdout.write(block)
        print("last")
        """
    )
    lines = foreman.printed(foreman.run()["Id"])
    assert (lines[0], lines[-1]) == ("first", "last")
    assert 4 * 2**20 < sum(map(len, lines)) < 5 * 2**20
    assert [line for line in lines if "bytes are left out here" in line]
