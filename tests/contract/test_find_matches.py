"""Finding matches in a whole table, through the route of our own and Glue's own operations."""

import io
import json
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from classroom import COLUMNS, Classroom, csv_rows, csv_text, table_input

from gluematch.server.testing import GlueServer


@pytest.fixture(scope="module")
def room(gluematch_server: GlueServer) -> Classroom:
    return Classroom(gluematch_server)


@pytest.fixture(scope="module")
def taught(room: Classroom) -> str:
    return room.taught()


def start(room: Classroom, transform: str, folder: str, **more: Any) -> str:
    body = {"TransformId": transform, "OutputS3Path": f"s3://{room.bucket}/{folder}/", **more}
    status, answer = room.post("find-matches", body)
    assert status == 200, answer
    run_id: str = answer["TaskRunId"]
    return run_id


def matched(room: Classroom, transform: str, folder: str, **more: Any) -> bytes:
    """The one object that a run has written."""
    room.succeeded(transform, start(room, transform, folder, **more))
    (key,) = room.objects(f"{folder}/") if more.get("Format") != "parquet" else keys(room, folder)
    return room.read(key)


def keys(room: Classroom, folder: str) -> list[str]:
    listed = room.s3.list_objects_v2(Bucket=room.bucket, Prefix=f"{folder}/")
    return [entry["Key"] for entry in listed["Contents"]]


def groups(rows: list[list[str]]) -> set[frozenset[str]]:
    """Which keys are together, by the columns id and match_id."""
    key, match = rows[0].index("id"), rows[0].index("match_id")
    found: dict[str, set[str]] = {}
    for row in rows[1:]:
        found.setdefault(row[match], set()).add(row[key])
    return {frozenset(group) for group in found.values()}


def test_every_row_comes_back_with_its_group(room: Classroom, taught: str) -> None:
    rows = csv_rows(matched(room, taught, "out-csv").decode())
    assert rows[0] == [*(name for name, _ in COLUMNS), "match_id"]
    assert [tuple(row[:-1]) for row in rows[1:]] == [person.cells for person in room.rows]
    assert all(re.fullmatch(r"\d+", row[-1]) for row in rows[1:])


def test_most_people_are_found(room: Classroom, taught: str) -> None:
    found = groups(csv_rows(matched(room, taught, "out-quality").decode()))
    who = {person.cells[0]: person.who for person in room.rows}
    pairs = {(a, b) for group in found for a in group for b in group if a < b}
    true = {(a, b) for a in who for b in who if a < b and who[a] == who[b]}
    assert len(pairs & true) >= 0.8 * len(true)
    assert len(pairs & true) >= 0.8 * len(pairs)


def test_scores_come_when_asked_for_and_are_equal_in_a_group(room: Classroom, taught: str) -> None:
    text = matched(room, taught, "out-scores", ComputeMatchConfidenceScores=True).decode()
    table = pd.read_csv(io.StringIO(text))
    assert list(table.columns[-2:]) == ["match_id", "match_confidence_score"]
    assert table["match_confidence_score"].between(0, 1).all()
    assert (table.groupby("match_id")["match_confidence_score"].nunique() == 1).all()


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_all_formats_hold_the_same(room: Classroom, taught: str, form: str) -> None:
    data = matched(room, taught, f"out-as-{form}", Format=form)
    if form == "json":
        found = pd.DataFrame([json.loads(line) for line in data.decode().splitlines()])
    else:
        found = (
            pd.read_csv(io.BytesIO(data)) if form == "csv" else pd.read_parquet(io.BytesIO(data))
        )
    assert found["match_id"].dtype == "int64"
    assert found["id"].astype(str).tolist() == [person.cells[0] for person in room.rows]
    assert found["born"].astype(str).tolist() == [person.cells[4] for person in room.rows]
    assert keys(room, f"out-as-{form}")[0].endswith(f".{form}")


def test_parquet_output_keeps_the_types_of_the_table(room: Classroom) -> None:
    day, number = date(2020, 2, 29), Decimal("1.50")
    rows = [(f"k{i // 2}", i, i / 2, day, None, number) for i in range(8)]
    kinds = {
        "name": pa.string(),
        "id": pa.int32(),
        "share": pa.float32(),
        "born": pa.date32(),
        "died": pa.date32(),
        "paid": pa.decimal128(12, 2),
    }
    given = pa.Table.from_pylist(
        [dict(zip(kinds, row, strict=True)) for row in rows], schema=pa.schema(kinds)
    )
    sink = io.BytesIO()
    pq.write_table(given, sink)
    room.put("typed/rows.parquet", sink.getvalue())
    hive = ["string", "int", "float", "date", "date", "decimal(12,2)"]
    table = table_input("typed", list(zip(kinds, hive, strict=True)), f"s3://{room.bucket}/typed/")
    room.glue.create_table(
        DatabaseName="db", TableInput={**table, "Parameters": {"classification": "parquet"}}
    )
    transform = room.transform(InputRecordTables=[{"DatabaseName": "db", "TableName": "typed"}])
    answers = [["s", name, name, *cells] for name, *cells in rows]
    room.imported(transform, csv_text([["labeling_set_id", "label", *kinds], *answers]))
    data = matched(room, transform, "out-typed", Format="parquet")
    found = pq.read_table(io.BytesIO(data))
    assert found.drop_columns(["match_id"]).equals(given)


def test_another_table_with_the_same_columns_may_be_matched(room: Classroom, taught: str) -> None:
    columns = [("note", "string"), *COLUMNS]
    lines = [f"n{n},{','.join(row.cells)}" for n, row in enumerate(reversed(room.rows))]
    room.put("backwards/data.csv", "\n".join([",".join(name for name, _ in columns), *lines]))
    table = table_input("backwards", columns, f"s3://{room.bucket}/backwards/")
    room.glue.create_table(DatabaseName="db", TableInput=table)
    asked = {"DatabaseName": "db", "TableName": "backwards"}
    rows = csv_rows(matched(room, taught, "out-backwards", InputTable=asked).decode())
    assert [row[0] for row in rows[1:]] == [f"n{n}" for n in range(len(room.rows))]
    straight = csv_rows(matched(room, taught, "out-straight").decode())
    by_key = {row[0]: row[-1] for row in straight[1:]}
    assert {row[1]: row[-1] for row in rows[1:]} == by_key


def test_labels_are_enforced_when_the_transform_says_so(room: Classroom) -> None:
    transform = room.taught("strict")
    free = groups(csv_rows(matched(room, transform, "out-free").decode()))
    together = next(group for group in free if len(group) > 1)
    one, two = sorted(together)[:2]
    alone = next(key for group in free if len(group) == 1 for key in group)
    text = room.labels(
        ("apart", "A", int(one)),
        ("apart", "B", int(two)),
        ("joined", "A", int(one)),
        ("joined", "A", int(alone)),
    )
    room.imported(transform, text)
    room.tune(transform, EnforceProvidedLabels=True)
    bound = groups(csv_rows(matched(room, transform, "out-bound").decode()))
    of = {key: group for group in bound for key in group}
    assert of[one] != of[two]
    assert of[one] == of[alone]


def test_a_run_is_a_task_run_like_any_other(room: Classroom, taught: str) -> None:
    run_id = start(room, taught, "out-run")
    run = room.succeeded(taught, run_id)
    assert run["Properties"] == {"TaskType": "FIND_MATCHES"}
    criteria = {"TaskRunType": "FIND_MATCHES"}
    runs = room.glue.get_ml_task_runs(TransformId=taught, Filter=criteria)["TaskRuns"]
    assert run_id in [entry["TaskRunId"] for entry in runs]
    assert any(line.startswith(f"Wrote {len(room.rows)} rows in ") for line in room.log(run_id))


def test_a_table_that_is_not_in_s3_fails_the_run_by_name(room: Classroom, taught: str) -> None:
    table = table_input("afar", COLUMNS, "hdfs://cluster/people")
    room.glue.create_table(DatabaseName="db", TableInput=table)
    where = {"DatabaseName": "db", "TableName": "afar"}
    run = room.finished(taught, start(room, taught, "out-afar", InputTable=where))
    assert run["Status"] == "FAILED"
    assert run["ErrorString"] == (
        "Table db.afar lies at hdfs://cluster/people; tables in S3 can be read."
    )


def test_refusals_are_glues(room: Classroom, taught: str) -> None:
    out = f"s3://{room.bucket}/refused/"
    fresh = room.transform("fresh")
    columns = [("id", "bigint"), ("first", "string")]
    for name, kept in (("short", columns), ("done", [*COLUMNS, ("match_id", "bigint")])):
        table = table_input(name, kept, f"s3://{room.bucket}/{name}/")
        room.glue.create_table(DatabaseName="db", TableInput=table)
    for change, code, words in (
        ({"TransformId": "tfm-0"}, "EntityNotFoundException", "Cannot find MLTransform"),
        ({"TransformId": fresh}, "MLTransformNotReadyException", "in a READY state"),
        ({"OutputS3Path": "here"}, "InvalidInputException", "Invalid output path"),
        (
            {"OutputS3Path": f"s3://{room.bucket}/people/sub"},
            "InvalidInputException",
            "lies within table people",
        ),
        ({"Format": "xml"}, "ValidationException", "enum value set"),
        ({"OutputS3Path": None}, "ValidationException", "Member must not be null"),
        (
            {"InputTable": {"DatabaseName": "db", "TableName": "nobody"}},
            "EntityNotFoundException",
            "Table nobody not found.",
        ),
        (
            {"InputTable": {"DatabaseName": "db", "TableName": "short"}},
            "InvalidInputException",
            "lacks columns of the transform: last, city, born.",
        ),
        (
            {"InputTable": {"DatabaseName": "db", "TableName": "done"}},
            "InvalidInputException",
            "has a column match_id already",
        ),
    ):
        body = {"TransformId": taught, "OutputS3Path": out, **change}
        status, answer = room.post("find-matches", body)
        assert (status, answer["__type"]) == (400, code)
        assert words in answer.get("Message", answer.get("message", ""))
