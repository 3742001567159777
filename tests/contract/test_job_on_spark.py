"""A glueetl job through boto3: the script of AWS's guide for new rows, under PySpark."""

import pytest
from arrivals import arrivals
from classroom import Classroom
from documented import INCREMENTAL
from foreman import Foreman

pytest.importorskip("pyspark")

MORE = """
def double(number):
    import one
    return one.VALUE * number
print(spark.conf.get("spark.sql.shuffle.partitions"))
print(sc.parallelize([0, 1, 2], 1).map(double).collect())
spark.sql("select * from nowhere")
"""
SETTINGS = (
    "spark.sql.shuffle.partitions=3",
    "spark.default.parallelism=2",
    "spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1",
)


def test_a_glueetl_job_matches_new_rows_by_its_script(gluematch_server):
    room = Classroom(gluematch_server)
    transform = room.taught()
    told = arrivals(room, transform)
    foreman = Foreman(gluematch_server, account=room.account)
    foreman.job(
        INCREMENTAL + MORE,
        name="weekly",
        kind="glueetl",
        GlueVersion="2.0",
        DefaultArguments={
            "--TRANSFORM": transform,
            "--OUT": f"s3://{room.bucket}/second/",
            "--conf": " --conf ".join(SETTINGS),
            "--extra-py-files": foreman.put("one.py", "VALUE = 2"),
        },
    )
    run = foreman.run("weekly")
    assert foreman.printed(run["Id"]) == ["3", "[0, 2, 4]"], run
    # What the script's last line does is a failure like any other.
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith("AnalysisException: [TABLE_OR_VIEW_NOT_FOUND]")
    told.check("second/")
    newest = room.glue.get_ml_task_runs(TransformId=transform)["TaskRuns"][0]
    shown = newest["Properties"]["FindMatchesTaskRunProperties"]
    assert (newest["Status"], shown["JobName"]) == ("SUCCEEDED", "weekly")
    assert shown["JobRunId"] == run["Id"]
