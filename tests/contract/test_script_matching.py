"""FindMatches in scripts: the transforms of `awsglueml` on the rows of a table."""

import csv
import io
import json
import sys

import pytest
from classroom import Classroom
from desk import PYSPARK_LEAVES_SOCKETS, desk_of, rows

from gluematch.models.errors import EntityNotFoundException, MLTransformNotReadyException

pytestmark = PYSPARK_LEAVES_SOCKETS


@pytest.fixture(scope="module")
def room(gluematch_server):
    return Classroom(gluematch_server)


@pytest.fixture(scope="module")
def transform(room):
    return room.taught()


@pytest.fixture(scope="module")
def desk(room, spark):
    yield from desk_of(room, spark)


@pytest.fixture(scope="module")
def people(desk):
    from awsglue.transforms import ResolveChoice

    source = desk.glue.create_dynamic_frame.from_catalog(
        database="db", table_name="people", transformation_ctx="datasource0"
    )
    return ResolveChoice.apply(
        frame=source,
        choice="MATCH_CATALOG",
        database="db",
        table_name="people",
        transformation_ctx="resolvechoice1",
    )


def groups(found, match="match_id"):
    by_match = {}
    for row in found:
        by_match.setdefault(row[match], set()).add(str(row["id"]))
    return {frozenset(one) for one in by_match.values()}


def test_a_script_finds_what_the_server_finds(desk, room, transform, people):
    from awsglueml.transforms import FindMatches

    found = rows(
        FindMatches.apply(
            frame=people,
            transformId=transform,
            transformation_ctx="findmatches2",
            computeMatchConfidenceScores=True,
        )
    )
    body = {"TransformId": transform, "OutputS3Path": f"s3://{room.bucket}/by-server/"}
    room.succeeded(transform, room.post("find-matches", body)[1]["TaskRunId"])
    (text,) = room.objects("by-server/").values()
    theirs = list(csv.DictReader(io.StringIO(text)))
    assert groups(found) == groups(theirs)
    assert {row["id"] for row in found} == {int(row["id"]) for row in theirs}
    assert all(0 <= row["match_confidence_score"] <= 1 for row in found)
    assert list(found[0]) == [
        *("id", "first", "last", "city", "born"),
        *("match_id", "match_confidence_score"),
    ]


def test_a_matching_shows_among_the_task_runs(room, transform, people):
    from awsglueml.transforms import FindMatches

    FindMatches.apply(frame=people, transformId=transform)
    newest = room.glue.get_ml_task_runs(TransformId=transform)["TaskRuns"][0]
    told = newest["Properties"]["FindMatchesTaskRunProperties"]
    assert (newest["Status"], told["JobName"], told["JobRunId"]) == ("SUCCEEDED", "desk", "jr_desk")


def test_scores_are_given_only_when_asked_for(transform, people):
    from awsglueml.transforms import FindMatches

    names = FindMatches.apply(people, transform).toDF().columns
    assert names[-1] == "match_id"


def test_enforced_matches_hold(desk, transform, people):
    from awsglueml.transforms import FindMatches

    free = groups(rows(FindMatches.apply(people, transform)))
    alone = sorted(min(group, key=int) for group in free if len(group) == 1)[:2]
    pair = sorted(next(group for group in free if len(group) == 2))
    said = "labeling_set_id,label,id\n" + "".join(
        f"{line}\n"
        for line in (f"1,a,{alone[0]}", f"1,a,{alone[1]}", f"2,a,{pair[0]}", f"2,b,{pair[1]}")
    )
    labels = desk.frame("enforced/labels.csv", said, "csv", withHeader=True)
    held = groups(rows(FindMatches.apply(people, transform, enforcedMatches=labels)))
    assert any(set(alone) <= group for group in held)
    assert not any(set(pair) <= group for group in held)


def test_a_transform_that_is_not_there_or_not_taught_fails_in_glues_words(room, people):
    from awsglueml.transforms import FindMatches

    with pytest.raises(EntityNotFoundException, match="Cannot find MLTransform in account"):
        FindMatches.apply(people, "tfm-none")
    with pytest.raises(MLTransformNotReadyException, match="in a READY state"):
        FindMatches.apply(people, room.transform())


def test_a_frame_that_lacks_columns_fails_the_task_run_too(room, transform, people):
    from awsglueml.transforms import FindMatches

    with pytest.raises(ValueError, match="lacks columns of the transform: city"):
        FindMatches.apply(people.drop_fields(["city"]), transform)
    newest = room.glue.get_ml_task_runs(TransformId=transform)["TaskRuns"][0]
    assert (newest["Status"], newest["ErrorString"]) == ("FAILED", "The job failed: ValueError.")


def test_new_rows_join_what_was_matched_before(transform, people):
    from awsglue.dynamicframe import DynamicFrame
    from awsglueml.transforms import FindIncrementalMatches, FindMatches

    table, context = people.toDF(), people.glue_ctx
    last = table.selectExpr("max(id) as m").first().m
    old = DynamicFrame.fromDF(table.where(table.id <= last - 20), context, "old")
    new = DynamicFrame.fromDF(table.where(table.id > last - 20), context, "new")
    before = FindMatches.apply(old, transform)
    after = FindIncrementalMatches.apply(
        existingFrame=before,
        incrementalFrame=new,
        transformId=transform,
        transformation_ctx="findincrementalmatches2",
        computeMatchConfidenceScores=True,
    )
    ids = {row["id"]: row["match_id"] for row in rows(before)}
    found = {row["id"]: row for row in rows(after)}
    assert len(found) == last
    assert all(found[key]["match_id"] == match for key, match in ids.items())
    fresh = [row for key, row in found.items() if key not in ids]
    assert any(row["match_id"] in ids.values() for row in fresh)
    assert any(row["match_id"] not in ids.values() for row in fresh)
    assert all(0 <= row["match_confidence_score"] <= 1 for row in fresh)
    joined = next(row for row in fresh if row["match_id"] in ids.values())
    mate = next(key for key, match in ids.items() if match == joined["match_id"])
    said = context.spark_session.createDataFrame(
        [("s", "a", joined["id"]), ("s", "b", mate)], "labeling_set_id string, label string, id int"
    )
    apart = DynamicFrame.fromDF(said, context, "said")
    held = rows(FindIncrementalMatches.apply(before, new, transform, enforcedMatches=apart))
    matches = {row["id"]: row["match_id"] for row in held}
    assert matches[joined["id"]] not in ids.values()
    assert {key: matches[key] for key in ids} == ids


def test_existing_rows_need_a_match_id(transform, people):
    from awsglueml.transforms import FindIncrementalMatches

    with pytest.raises(ValueError, match="existingFrame has no column match_id"):
        FindIncrementalMatches.apply(people, people, transform)


def test_a_proposed_script_keeps_the_lowest_key_of_each_group(desk, room, transform, people):
    from awsglueml.transforms import FindMatches

    groups_found = groups(rows(FindMatches.apply(people, transform)))
    asked = f"OutputS3Path=s3://{room.bucket}/survivors/&RemoveDuplicates=true&Format=json"
    _, answer = room.get(f"transforms/{transform}/script?{asked}")
    # The session of the tests is there already; nothing else is changed.
    script = answer["PythonScript"].replace("SparkContext()", "SparkContext.getOrCreate()")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["script.py", "--JOB_NAME", "desk"])
        exec(compile(script, "script.py", "exec"), {})
    lines = [line for text in room.objects("survivors/").values() for line in text.splitlines()]
    kept = [json.loads(line) for line in lines]
    assert sorted(row["id"] for row in kept) == sorted(min(map(int, g)) for g in groups_found)
    assert list(kept[0])[-2:] == ["match_id", "match_confidence_score"]


def test_an_empty_frame_has_no_groups(transform, people):
    from awsglue.dynamicframe import DynamicFrame
    from awsglueml.transforms import FindMatches

    nobody = DynamicFrame.fromDF(people.toDF().where("id < 0"), people.glue_ctx, "nobody")
    found = FindMatches.apply(nobody, transform, computeMatchConfidenceScores=1).toDF()
    assert found.columns[-2:] == ["match_id", "match_confidence_score"]
    assert found.count() == 0
