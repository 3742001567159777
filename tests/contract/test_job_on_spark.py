"""A glueetl job through boto3: the FindMatches script of AWS's documentation, under PySpark."""

import pytest
from classroom import Classroom
from documented import FIND_MATCHES
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


def test_a_glueetl_job_finds_matches_by_its_script(gluematch_server):
    room = Classroom(gluematch_server)
    transform = room.taught()
    foreman = Foreman(gluematch_server, account=room.account)
    out = f"s3://{room.bucket}/matched/"
    foreman.job(
        FIND_MATCHES + MORE,
        kind="glueetl",
        DefaultArguments={
            "--TRANSFORM": transform,
            "--OUT": out,
            "--conf": "spark.sql.shuffle.partitions=3 --conf spark.default.parallelism=2",
            "--extra-py-files": foreman.put("one.py", "VALUE = 2"),
        },
    )
    run = foreman.run()
    count = len(room.rows)
    assert foreman.printed(run["Id"]) == [f"matched {count}", "3", "[0, 2, 4]"], run
    # What the script's last line does is a failure like any other.
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith("AnalysisException: [TABLE_OR_VIEW_NOT_FOUND]")
    written = [line for text in room.objects("matched/").values() for line in text.splitlines()]
    assert len([line for line in written if "match_id" not in line]) == count
    newest = room.glue.get_ml_task_runs(TransformId=transform)["TaskRuns"][0]
    told = newest["Properties"]["FindMatchesTaskRunProperties"]
    assert (newest["Status"], told["JobName"]) == ("SUCCEEDED", "job")
    assert told["JobRunId"] == run["Id"]
