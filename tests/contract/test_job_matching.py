"""Job runs that match: the scripts of AWS's guide through CreateJob and StartJobRun."""

import pytest
from arrivals import arrivals
from classroom import Classroom
from documented import INCREMENTAL
from waiting import until

PATIENCE = 240.0  # two processes start, one of them Java
OVER = {"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT"}


@pytest.fixture(scope="module")
def room(gluematch_server):
    return Classroom(gluematch_server)


def run_of(room, name, script, **arguments):
    """The run of a new job, at its end."""
    where = room.put(f"scripts/{name}.py", script)
    room.glue.create_job(
        Name=name,
        Role="AWSGlueServiceRole",
        Command={"Name": "glueetl", "ScriptLocation": where, "PythonVersion": "3"},
        GlueVersion="2.0",
    )
    quick = {"--conf": "spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1"}
    given = quick | {f"--{key}": value for key, value in arguments.items()}
    run_id = room.glue.start_job_run(JobName=name, Arguments=given)["JobRunId"]

    def ended():
        run = room.glue.get_job_run(JobName=name, RunId=run_id)["JobRun"]
        return run if run["JobRunState"] in OVER else None

    return until(ended, f"the job {name} to end", PATIENCE)


def test_a_job_matches_new_rows_beside_those_that_were_matched(room):
    transform = room.taught()
    told = arrivals(room, transform)
    run = run_of(
        room, "weekly", INCREMENTAL, TRANSFORM=transform, OUT=f"s3://{room.bucket}/second/"
    )
    assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
    told.check("second/")
    newest = room.glue.get_ml_task_runs(TransformId=transform)["TaskRuns"][0]
    shown = newest["Properties"]["FindMatchesTaskRunProperties"]
    assert (newest["Status"], shown["JobName"], shown["JobRunId"]) == (
        "SUCCEEDED",
        "weekly",
        run["Id"],
    )
