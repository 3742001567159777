"""The script that is proposed for a transform: the route, and `gluematch script`."""

import ast

import pytest
from classroom import COLUMNS, Classroom, table_input

from gluematch.server.__main__ import main


@pytest.fixture(scope="module")
def room(gluematch_server):
    return Classroom(gluematch_server)


@pytest.fixture(scope="module")
def transform(room):
    return room.transform()


def proposed(room, transform, query=""):
    """The script, and its calls: function, and arguments that are written out in it."""
    asked = f"transforms/{transform}/script?OutputS3Path=s3://{room.bucket}/out/{query}"
    status, answer = room.get(asked)
    assert (status, answer["TransformId"]) == (200, transform), answer
    text = answer["PythonScript"]
    calls = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            given = {one.arg: _written(one.value) for one in node.keywords}
            calls[ast.unparse(node.func)] = given
    return text, calls


def _written(node):
    return node.id if isinstance(node, ast.Name) else ast.literal_eval(node)


def test_a_script_reads_resolves_matches_and_writes(room, transform):
    _, calls = proposed(room, transform)
    table = {"database": "db", "table_name": "people"}
    assert calls["glueContext.create_dynamic_frame.from_catalog"] == {
        **table,
        "transformation_ctx": "datasource0",
    }
    assert calls["ResolveChoice.apply"] == {
        "frame": "datasource0",
        "choice": "MATCH_CATALOG",
        **table,
        "transformation_ctx": "resolvechoice1",
    }
    assert calls["FindMatches.apply"] == {
        "frame": "resolvechoice1",
        "transformId": transform,
        "computeMatchConfidenceScores": True,
        "transformation_ctx": "findmatches2",
    }
    assert calls["glueContext.write_dynamic_frame.from_options"] == {
        "frame": "findmatches2",
        "connection_type": "s3",
        "connection_options": {"path": f"s3://{room.bucket}/out/"},
        "format": "csv",
        "transformation_ctx": "datasink3",
    }


def test_a_script_does_what_is_asked_for(room, transform):
    more = "&Format=parquet&ComputeMatchConfidenceScores=false&RemoveDuplicates=true"
    text, calls = proposed(room, transform, more)
    sink = calls["glueContext.write_dynamic_frame.from_options"]
    assert (sink["format"], sink["frame"]) == ("parquet", "survivors3")
    assert calls["FindMatches.apply"]["computeMatchConfidenceScores"] is False
    assert 'emitFusion = true, survivorComparisonField = "id"' in text


def test_names_of_any_characters_stay_names(room, transform):
    name = 'it"s \\ n #\u2028é'
    described = table_input(name, COLUMNS, f"s3://{room.bucket}/odd/")
    room.glue.create_table(DatabaseName="db", TableInput=described)
    odd = room.transform(InputRecordTables=[{"DatabaseName": "db", "TableName": name}])
    _, calls = proposed(room, odd)
    assert calls["ResolveChoice.apply"]["table_name"] == name


@pytest.mark.parametrize(
    ("query", "code", "told"),
    [
        ("", "ValidationException", "outputS3Path"),
        ("?OutputS3Path=here", "InvalidInputException", "of the form s3://bucket/prefix"),
        ("?OutputS3Path=s3://none-such/", "InvalidInputException", "Cannot access the output"),
        ("?OutputS3Path={out}/people/", "InvalidInputException", "lies within table people"),
        ("?OutputS3Path={out}/o/&Format=xml", "ValidationException", "csv, json, parquet, orc"),
        ("?OutputS3Path={out}/o/&RemoveDuplicates=1", "ValidationException", "true, false"),
        ("?OutputS3Path={out}/o/&TableName=people", "InvalidInputException", "go together"),
        (
            "?OutputS3Path={out}/o/&DatabaseName=db&TableName=none",
            "EntityNotFoundException",
            "none",
        ),
    ],
)
def test_a_script_that_could_not_run_is_refused(room, transform, query, code, told):
    place = query.format(out=f"s3://{room.bucket}")
    status, answer = room.get(f"transforms/{transform}/script{place}")
    assert (status, answer["__type"]) == (400, code)
    assert told in answer.get("Message", answer.get("message"))


def test_a_transform_that_is_not_there_has_no_script(room):
    status, answer = room.get(f"transforms/tfm-none/script?OutputS3Path=s3://{room.bucket}/o/")
    assert (status, answer["__type"]) == (400, "EntityNotFoundException")


def test_the_program_prints_the_script(room, transform, monkeypatch, capsys):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", room.account)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    monkeypatch.setenv("AWS_DEFAULT_REGION", room.region)
    words = ["script", "--endpoint-url", room.server.url, "--transform-id", transform]
    out = f"s3://{room.bucket}/out/"
    assert main([*words, "--output", out]) == 0
    assert capsys.readouterr().out == proposed(room, transform)[0]
    assert main([*words, "--output", out, "--remove-duplicates", "--no-confidence"]) == 0
    more = "&ComputeMatchConfidenceScores=false&RemoveDuplicates=true"
    assert capsys.readouterr().out == proposed(room, transform, more)[0]
    assert main([*words, "--output", out, "--table", "people"]) == 1
    assert capsys.readouterr().err == (
        "gluematch: InvalidInputException: DatabaseName and TableName go together.\n"
    )
