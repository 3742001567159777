"""FindMatches on a cluster: a table that outgrows the driver gets the groups that one process
gives it."""

import json
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from classroom import Classroom
from desk import PYSPARK_LEAVES_SOCKETS, desk_of, rows
from unmeasured import environment

pytest.importorskip("pyspark")

pytestmark = PYSPARK_LEAVES_SOCKETS

SCRIPT = Path(__file__).parent.parent.parent / "scripts" / "bench_spark.py"


@pytest.fixture(scope="module")
def room(gluematch_server):
    return Classroom(gluematch_server)


@pytest.fixture(scope="module")
def desk(room, spark):
    yield from desk_of(room, spark)


def test_rows_in_many_places_become_the_table_that_one_process_makes(spark):
    import numpy as np
    import pyarrow as pa

    from gluematch.models.matching.records.table import prepare_table
    from gluematch.models.matching_on_spark.records import RecordSource, read_entities, with_hashes

    chance = np.random.default_rng(0)
    some = {
        "id": [str(k) for k in range(300)],
        "name": [["Ann Lee", "ANN  lee", "Émil", "", None][k] for k in chance.integers(0, 5, 300)],
        "count": [[7, 12, None][k] for k in chance.integers(0, 3, 300)],
        "share": [[0.5, 7.0, None, 1e20][k] for k in chance.integers(0, 4, 300)],
        "born": [
            [None, date(1980, 2, 1), date(1999, 12, 31)][k] for k in chance.integers(0, 3, 300)
        ],
        "good": [[True, False, None][k] for k in chance.integers(0, 3, 300)],
        "never": pa.nulls(300, pa.string()),
    }
    rows = pa.table(some)
    kinds = {"count": "bigint", "share": "double", "born": "date", "good": "boolean"}
    reading = RecordSource(tuple((name, kinds.get(name, "string")) for name in some), "id")
    whole = prepare_table(reading.records(rows))
    spread = with_hashes(spark.createDataFrame(rows).repartition(5), reading).cache()
    found = read_entities(spread, reading, 3).table
    spread.unpersist()
    assert found.size == whole.size
    assert np.array_equal(np.bincount(found.entity), np.bincount(whole.entity))
    for mine, theirs in zip(found.columns, whole.columns, strict=True):
        assert (mine.name, mine.kind) == (theirs.name, theirs.kind)
        assert mine.spellings == theirs.spellings
        assert np.array_equal(mine.codes, theirs.codes)
        assert np.array_equal(mine.counts, theirs.counts)


@pytest.mark.parametrize(
    "way",
    [
        "of small tables",
        pytest.param("of large tables", marks=pytest.mark.cluster),
        pytest.param("of large tables of free text", marks=pytest.mark.cluster),
    ],
)
def test_a_table_that_outgrows_the_driver_gets_the_same_groups(desk, room, monkeypatch, way):
    from awsglueml.transforms import FindMatches

    from gluematch.models.matching.blocking import neighbour_blocking
    from gluematch.models.matching.kernels import size_limits

    if way != "of small tables":
        monkeypatch.setattr(size_limits, "LARGE", 50)
    if way == "of large tables of free text":
        monkeypatch.setattr(neighbour_blocking, "_FREE", 1)
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


@pytest.mark.cluster
@pytest.mark.skipif(not shutil.which("java"), reason="Spark needs Java")
def test_a_cluster_that_loses_an_executor_gives_the_same_groups():
    program = [sys.executable, SCRIPT, "--cluster", "--kill", "--rows", "1200"]
    plain = {name: value for name, value in environment().items() if "SPARK" not in name}
    done = subprocess.run(program, capture_output=True, text=True, env=plain, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    told = json.loads(done.stdout.strip().splitlines()[-1])
    assert told["same"]
    assert "ended executor" in done.stdout
