"""Job runs that match: the scripts of AWS's guide through CreateJob and StartJobRun."""

import csv
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from classroom import COLUMNS, Classroom, csv_text, table_input, until
from documented import INCREMENTAL

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
    body = {"TransformId": transform, "OutputS3Path": f"s3://{room.bucket}/first/"}
    room.succeeded(transform, room.post("find-matches", body)[1]["TaskRunId"])
    (text,) = room.objects("first/").values()
    before = list(csv.DictReader(io.StringIO(text)))
    kept, new = before[:-10], before[-10:]
    names = [name for name, _ in COLUMNS]
    for table, columns, some in (
        ("matched", [*COLUMNS, ("match_id", "bigint")], kept),
        ("arrivals", COLUMNS, new),
    ):
        cells = [[name for name, _ in columns], *([row[n] for n, _ in columns] for row in some)]
        room.put(f"{table}/{table}.csv", csv_text(cells))
        described = table_input(table, columns, f"s3://{room.bucket}/{table}/")
        room.glue.create_table(DatabaseName="db", TableInput=described)
    run = run_of(
        room, "weekly", INCREMENTAL, TRANSFORM=transform, OUT=f"s3://{room.bucket}/second/"
    )
    assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
    listed = room.s3.list_objects_v2(Bucket=room.bucket, Prefix="second/")["Contents"]
    parts = [pq.read_table(io.BytesIO(room.read(one["Key"]))) for one in listed]
    after = {row["id"]: row for row in pa.concat_tables(parts).to_pylist()}
    assert len(after) == len(before)
    assert all(after[int(row["id"])]["match_id"] == int(row["match_id"]) for row in kept)
    assert set(names) < set(after[1])
    newest = room.glue.get_ml_task_runs(TransformId=transform)["TaskRuns"][0]
    told = newest["Properties"]["FindMatchesTaskRunProperties"]
    assert (newest["Status"], told["JobName"], told["JobRunId"]) == (
        "SUCCEEDED",
        "weekly",
        run["Id"],
    )
