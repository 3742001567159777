"""Reasons in the open: `gluematch explain` as a program, and the routes behind it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from classroom import Classroom
from processes import fork_server, no_new_children

from gluematch.handlers import reasons
from gluematch.server.__main__ import main

PROGRAM = str(Path(sys.executable).with_name("gluematch"))


@pytest.fixture(scope="module")
def room(gluematch_server):
    return Classroom(gluematch_server)


@pytest.fixture(scope="module")
def transform(room):
    return room.taught()


@pytest.fixture(scope="module")
def groups(room, transform):
    """The ids of each group that a person's rows and no others make, as the server tells them."""
    found, seen = [], set()
    for row in room.rows[:12]:
        if row.cells[0] not in seen:
            _, answer = room.get(f"transforms/{transform}/explain?ids={row.cells[0]}")
            found.append(answer["Groups"][0]["Ids"])
            seen |= set(found[-1])
    return found


def environment(room):
    return os.environ | {
        "AWS_ACCESS_KEY_ID": room.account,
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": room.region,
    }


def program(room, *words):
    command = [PROGRAM, "explain", "--url", room.server.url, *words]
    return subprocess.run(command, env=environment(room), capture_output=True, text=True)


def test_a_pair_is_explained_by_column(room, transform, groups):
    one, other = next(group for group in groups if len(group) > 1)[:2]
    status, answer = room.get(f"transforms/{transform}/explain?ids={one},{other}")
    assert (status, answer["Status"], answer["Together"]) == (200, "SUCCEEDED", True)
    assert answer["TransformId"] == transform
    assert [row["Id"] for row in answer["Rows"]] == [one, other]
    assert answer["Rows"][0]["MatchId"] == answer["Rows"][1]["MatchId"]
    (pair,) = answer["Pairs"]
    assert pair["Ids"] == [one, other]
    weighed = pair["Weighed"]
    shares = [c["Contribution"] for c in weighed["Contributions"]]
    assert weighed["Start"] + sum(shares) == pytest.approx(weighed["LogOdds"])
    columns = {c["Column"]: c for c in weighed["Contributions"] if c["Source"] == "column"}
    assert set(columns) == {"first", "last", "city", "born"}
    cells = {row.cells[0]: row.cells for row in room.rows}
    assert columns["born"]["Values"] == [cells[one][4], cells[other][4]]
    assert 0 < answer["Threshold"] < 1


def test_an_explanation_agrees_with_what_find_matches_writes(room, transform, groups):
    _, asked = room.post(
        "find-matches",
        {"TransformId": transform, "OutputS3Path": f"s3://{room.bucket}/agree/", "Format": "json"},
    )
    room.succeeded(transform, asked["TaskRunId"])
    (written,) = room.objects("agree/").values()
    rows = [json.loads(line) for line in written.splitlines()]
    ids = {str(row["id"]): row["match_id"] for row in rows}
    for group in groups:
        assert group == [key for key in ids if ids[key] == ids[group[0]]]


def test_a_long_question_is_running_and_is_asked_again_by_its_id(room, transform, monkeypatch):
    monkeypatch.setattr(reasons, "PATIENCE", 0.2)
    with no_new_children(fork_server()):
        _, answer = room.get(f"transforms/{transform}/explain?id=1")
        assert answer == {
            "TransformId": transform,
            "ExplanationId": answer["ExplanationId"],
            "Status": "RUNNING",
            "Progress": 0,
        }
    monkeypatch.undo()
    again = f"transforms/{transform}/explain?ExplanationId={answer['ExplanationId']}"
    first, second = room.get(again), room.get(again)
    assert first == second
    assert first[1]["Status"] == "SUCCEEDED"
    assert first[1]["Rows"][0]["Id"] == "1"


@pytest.mark.parametrize(
    ("query", "code", "told"),
    [
        ("?ids=1,none", "EntityNotFoundException", "No row has the primary key none. Table db."),
        ("", "InvalidInputException", "?id=a&id=b for keys that have a comma"),
        ("?ids=1,2,3", "InvalidInputException", "or two different ones"),
        ("?ids=1,1", "InvalidInputException", "or two different ones"),
        ("?id=a,b", "EntityNotFoundException", "No row has the primary key a,b."),
        ("?ExplanationId=none", "EntityNotFoundException", "has no explanation none"),
    ],
)
def test_what_cannot_be_explained_is_refused(room, transform, query, code, told):
    status, answer = room.get(f"transforms/{transform}/explain{query}")
    assert (status, answer["__type"]) == (400, code)
    assert told in answer["Message"]


@pytest.mark.parametrize("route", ["explain?ids=1,2", "model"])
def test_only_a_known_transform_that_is_ready_has_reasons(room, route):
    status, answer = room.get(f"transforms/tfm-none/{route}")
    assert (status, answer["__type"]) == (400, "EntityNotFoundException")
    status, answer = room.get(f"transforms/{room.transform()}/{route}")
    assert (status, answer["__type"]) == (400, "MLTransformNotReadyException")


def test_a_table_that_is_gone_is_told(room):
    room.add_table("short", room.rows[:20])
    table = [{"DatabaseName": "db", "TableName": "short"}]
    transform = room.taught(InputRecordTables=table)
    room.glue.delete_table(DatabaseName="db", Name="short")
    status, answer = room.get(f"transforms/{transform}/explain?ids=1")
    assert (status, answer["__type"]) == (400, "InvalidInputException")
    assert "short" in answer["Message"]


def test_the_model_is_a_document(room, transform):
    status, answer = room.get(f"transforms/{transform}/model")
    assert (status, answer["TransformId"]) == (200, transform)
    first = answer["Model"]["first"]
    assert {"feature", "coefficient", "importance"} <= set(first["features"][0])
    assert "Trees" not in answer
    assert answer["Model"]["remembered"] > 0
    _, whole = room.get(f"transforms/{transform}/model?Trees=true")
    assert whole["Model"] == answer["Model"]
    assert len(whole["Trees"]["first_threshold"]) > 1
    assert not [name for name in whole["Trees"] if "memory" in name]


def test_the_program_prints_two_rows_side_by_side(room, transform, groups):
    one, other = next(group for group in groups if len(group) > 1)[:2]
    done = program(room, "--transform-id", transform, "--ids", one, other)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"{one} and {other} match: as a pair")
    table = lines[2 : lines.index("", 2)]
    assert table[0].split() == [one, other, "comparison", "log-odds"]
    assert {line.split()[0] for line in table[1:]} >= {"first", "last", "city", "born", "together"}
    assert len({len(line) for line in table}) == 1
    assert "Blocking proposed the pair." in lines
    assert any(line.endswith("taken") for line in lines)
    more = program(room, "--transform-id", transform, "--ids", one, other, "--features")
    assert "first:edit" in more.stdout


def test_the_program_tells_what_people_said_beside_the_model(room, groups):
    one, other = next(group for group in groups if len(group) == 2)
    transform = room.taught()
    apart = room.labels(("said", "x", int(one)), ("said", "y", int(other)))
    room.imported(transform, apart)
    asked = ["--transform-id", transform, "--ids", one, other]
    answer = json.loads(program(room, *asked, "--json").stdout)
    (pair,) = answer["Pairs"]
    assert (answer["Together"], pair["Remembered"], pair["Labelled"]) == (False, False, False)
    assert pair["Heeded"] < answer["Threshold"] < pair["Probability"]
    lines = program(room, *asked).stdout.splitlines()
    assert lines[0].startswith(f"{one} and {other} do not match: as a pair")
    (line,) = (line for line in lines if line.startswith("The model alone: "))
    assert line.endswith(f"of these rows and their like: {pair['Heeded']:.3f}.")
    assert "The model remembers that people said that they do not match." in lines
    row = program(room, "--transform-id", transform, "--ids", one).stdout
    assert "after what people said" in row


def test_the_program_explains_one_row_by_its_group(room, transform, groups):
    group = next(group for group in groups if len(group) > 1)
    done = program(room, "--transform-id", transform, "--ids", group[0], "--json")
    document = json.loads(done.stdout)
    assert document["Groups"][0]["Ids"] == group
    done = program(room, "--transform-id", transform, "--ids", group[0])
    assert f"{group[0]} is in a group of {len(group)} rows" in done.stdout
    lone = next(group for group in groups if len(group) == 1)
    done = program(room, "--transform-id", transform, "--ids", *lone)
    assert f"{lone[0]} matches nothing" in done.stdout
    assert "most against it" in done.stdout


def test_the_program_asks_again_until_the_answer_is_there(room, transform, monkeypatch, capsys):
    for name, value in environment(room).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(reasons, "PATIENCE", 0.02)
    assert (
        main(["explain", "--url", room.server.url, "--transform-id", transform, "--ids", "1"]) == 0
    )
    told = capsys.readouterr()
    assert told.out.startswith("1 ")
    assert "0%: matching the table" in told.err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--transform-id", "tfm-none", "--ids", "1"], "EntityNotFoundException: Cannot find"),
        (["--transform-id", "x", "--ids", "1", "--url", "http://127.0.0.1:1"], "is `gluematch ser"),
        (["--transform-id", "x", "--ids", "1", "--url", "here"], "must be an http(s) URL"),
    ],
)
def test_a_question_that_is_refused_is_one_line(room, words, complaint, monkeypatch, capsys):
    for name, value in environment(room).items():
        monkeypatch.setenv(name, value)
    assert main(["explain", "--url", room.server.url, *words]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("gluematch: ")
    assert complaint in told.err
    assert told.err.count("\n") == 1
