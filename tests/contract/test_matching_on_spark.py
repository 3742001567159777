"""FindMatches on a cluster: a table that outgrows the driver gets the groups that one process
gives it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from classroom import Classroom
from desk import PYSPARK_LEAVES_SOCKETS, desk_of, rows

pytest.importorskip("pyspark")

pytestmark = PYSPARK_LEAVES_SOCKETS

SCRIPT = Path(__file__).parent.parent.parent / "scripts" / "bench_spark.py"


@pytest.fixture(scope="module")
def room(gluematch_server):
    return Classroom(gluematch_server)


@pytest.fixture(scope="module")
def desk(room, spark):
    yield from desk_of(room, spark)


def test_a_table_that_outgrows_the_driver_gets_the_same_groups(desk, room):
    from awsglueml.transforms import FindMatches

    transform = room.taught()
    people = desk.glue.create_dynamic_frame.from_catalog(database="db", table_name="people")
    small = rows(FindMatches.apply(people, transform, computeMatchConfidenceScores=True))
    desk.spark.conf.set("spark.gluematch.inProcessRows", "0")
    try:
        spread = rows(FindMatches.apply(people, transform, computeMatchConfidenceScores=True))
    finally:
        desk.spark.conf.unset("spark.gluematch.inProcessRows")
    assert list(spread[0]) == list(small[0])
    assert {row["id"]: row["match_id"] for row in spread} == {
        row["id"]: row["match_id"] for row in small
    }
    scores = {row["id"]: row["match_confidence_score"] for row in small}
    assert {row["id"]: row["match_confidence_score"] for row in spread} == pytest.approx(scores)


@pytest.mark.skipif(not shutil.which("java"), reason="Spark needs Java")
def test_a_cluster_that_loses_an_executor_gives_the_same_groups():
    program = [sys.executable, SCRIPT, "--cluster", "--kill", "--rows", "1200"]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    told = json.loads(done.stdout.strip().splitlines()[-1])
    assert told["same"]
    assert "ended executor" in done.stdout
