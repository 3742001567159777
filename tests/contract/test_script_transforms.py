"""The transforms of `awsglue`, on small frames."""

import pytest
from classroom import Classroom
from desk import PYSPARK_LEAVES_SOCKETS, desk_of, rows

pytestmark = PYSPARK_LEAVES_SOCKETS


@pytest.fixture(scope="module")
def desk(gluematch_server, spark):
    yield from desk_of(Classroom(gluematch_server), spark)


@pytest.fixture(scope="module")
def glue(desk):
    """`awsglue.transforms`, once the desk has made it importable."""
    import awsglue.transforms

    return awsglue.transforms


@pytest.fixture(scope="module")
def people(desk):
    return made(
        desk,
        "id int, name string, home struct<city:string,zip:string>, phones array<string>, x string",
        (1, "Ann", ("Ulm", "89073"), ["07", "08"], None),
        (2, "Bob", ("Bonn", None), [], None),
        (3, None, None, None, None),
    )


def made(desk, schema, *values):
    from awsglue.dynamicframe import DynamicFrame

    frame = desk.glue.spark_session.createDataFrame(list(values), schema)
    return DynamicFrame.fromDF(frame.coalesce(1), desk.glue, "made")


def test_mappings_rename_cast_and_nest(glue, people):
    frame = glue.ApplyMapping.apply(
        frame=people,
        mappings=[
            ("id", "int", "key", "string"),
            ("home.city", "string", "place.town", "string"),
            ("home.zip", "string", "place.zip", "long"),
            ("nothing", "string", "nothing", "string"),
        ],
    )
    assert rows(frame)[:2] == [
        {"key": "1", "place": {"town": "Ulm", "zip": 89073}},
        {"key": "2", "place": {"town": "Bonn", "zip": None}},
    ]


def test_fields_are_selected_dropped_and_renamed_by_paths(glue, people):
    some = glue.SelectFields.apply(people, paths=["home.city", "id", "none"])
    assert rows(some)[0] == {"home": {"city": "Ulm"}, "id": 1}
    less = glue.DropFields.apply(people, paths=["home.zip", "phones", "x", "none"])
    assert rows(less)[0] == {"id": 1, "name": "Ann", "home": {"city": "Ulm"}}
    other = glue.RenameField.apply(less, "home.city", "town")
    assert rows(other)[0] == {"id": 1, "name": "Ann", "home": {"town": "Ulm"}}
    assert other.rename_field("name", "called").toDF().columns == ["id", "called", "home"]


def test_fields_without_any_value_are_dropped(glue, people):
    assert glue.DropNullFields.apply(frame=people).toDF().columns == [
        "id",
        "name",
        "home",
        "phones",
    ]


def test_rows_are_kept_by_a_function(glue, people):
    found = glue.Filter.apply(frame=people, f=lambda row: row["home"]["city"].startswith("B"))
    assert [row["id"] for row in rows(found)] == [2]
    with pytest.raises(RuntimeError, match="1 rows failed, which reaches the stageThreshold of 1"):
        glue.Filter.apply(people, lambda row: row["home"]["city"] == "Ulm", stageThreshold=1)


def test_rows_are_made_anew_by_a_function(glue, people):
    def told(row):
        row["phones"] = len(row["phones"])
        row["first"] = row.name[0]
        del row["home"], row["x"]
        return row

    found = glue.Map.apply(frame=people, f=told)
    assert rows(found) == [
        {"id": 1, "name": "Ann", "phones": 2, "first": "A"},
        {"id": 2, "name": "Bob", "phones": 0, "first": "B"},
    ]
    lost = people.map(told, stageThreshold=5)
    assert (lost.count(), lost.errorsCount()) == (2, 1)


def test_frames_are_joined_by_keys(glue, desk, people):
    pets = made(desk, "id int, owner int", (10, 1), (11, 1), (12, None), (13, 9))
    found = glue.Join.apply(people, pets, keys1=["id"], keys2=["owner"])
    assert found.toDF().columns == ["id", "name", "home", "phones", "x", ".id", "owner"]
    assert sorted((row["id"], row[".id"]) for row in rows(found)) == [(1, 10), (1, 11)]
    with pytest.raises(ValueError, match="no column whose"):
        glue.Join.apply(people, pets, ["id"], ["whose"])


def test_newer_rows_take_the_place_of_older_ones(desk):
    old, new = (
        made(desk, "id int, a string", (1, "x"), (2, "y")),
        made(desk, "id int, a string", (2, "z")),
    )
    merged = old.mergeDynamicFrame(new, ["id"])
    assert sorted((row["id"], row["a"]) for row in rows(merged)) == [(1, "x"), (2, "z")]


def test_fields_and_rows_are_split_in_two(glue, people):
    halves = glue.SplitFields.apply(people, ["id", "name"], "left", "right")
    assert list(halves.keys()) == ["left", "right"]
    assert halves["right"].toDF().columns == ["home", "phones", "x"]
    parts = glue.SplitRows.apply(people, {"id": {">": 1, "<": 3}}, "in", "out")
    assert [row["id"] for row in rows(parts["in"])] == [2]
    assert [row["id"] for row in rows(glue.SelectFromCollection.apply(parts, "out"))] == [1, 3]


def test_nested_columns_become_tables(glue, people):
    tables = glue.Relationalize.apply(people, staging_path="s3://none/", name="root")
    assert set(tables.keys()) == {"root", "root_phones"}
    root, phones = rows(tables["root"]), rows(tables["root_phones"])
    assert (root[0]["home.city"], root[2]["phones"]) == ("Ulm", None)
    assert [(one["id"], one["index"], one["phones.val"]) for one in phones] == [
        (root[0]["phones"], 0, "07"),
        (root[0]["phones"], 1, "08"),
    ]


def test_arrays_of_structs_become_tables_with_their_fields(desk):
    frame = made(
        desk, "id int, kids array<struct<name:string,toys:array<string>>>", (1, [("Kim", ["ball"])])
    )
    tables = frame.relationalize("root", "s3://none/")
    assert set(tables.keys()) == {"root", "root_kids", "root_kids.val.toys"}
    (kid,) = rows(tables["root_kids"])
    assert kid["kids.val.name"] == "Kim"
    (toy,) = rows(tables["root_kids.val.toys"])
    assert (toy["id"], toy["kids.val.toys.val"]) == (kid["kids.val.toys"], "ball")


def test_text_is_unboxed(glue, desk):
    frame = made(desk, "id int, doc string", (1, '{"a": 1, "b": ["x"]}'), (2, None))
    assert rows(glue.Unbox.apply(frame, "doc", "json"))[0]["doc"] == {"a": 1, "b": ["x"]}
    lines = made(desk, "doc string", ("1|x",))
    assert rows(glue.Unbox.apply(lines, "doc", "csv", separator="|")) == [
        {"doc": {"col0": "1", "col1": "x"}}
    ]
    with pytest.raises(ValueError, match="format 'avro' is not built yet"):
        glue.Unbox.apply(frame, "doc", "avro")


def test_frames_show_and_count_themselves(people, capsys):
    people.select_fields(["id", "home"]).show(1)
    people.printSchema()
    told = capsys.readouterr().out
    assert told.startswith('{"id":1,"home":{"city":"Ulm","zip":"89073"}}\nroot\n|-- id: int\n')
    assert "|-- home: struct\n|    |-- city: string" in told
    assert (people.count(), people.errorsCount()) == (3, 0)


def test_options_are_resolved_as_glue_resolves_them(desk):
    from awsglue.utils import GlueArgumentError, getResolvedOptions

    words = ["script.py", "--JOB_NAME", "a", "--JOB_RUN_ID", "jr_1", "--day", "-1", "--more", "x"]
    found = getResolvedOptions(words, ["JOB_NAME", "day"])
    assert (found["JOB_NAME"], found["day"], found["JOB_RUN_ID"]) == ("a", "-1", "jr_1")
    assert found["job_bookmark_option"] == "job-bookmark-disable"
    with pytest.raises(GlueArgumentError, match="--none"):
        getResolvedOptions(words, ["none"])
    with pytest.raises(RuntimeError, match="reserved"):
        getResolvedOptions(words, ["encryption-type"])


def test_a_job_is_begun_before_it_is_committed(desk):
    from awsglue.job import Job

    job = Job(desk.glue)
    with pytest.raises(RuntimeError, match=r"before Job\.init"):
        job.commit()
    job.init("nightly", {})
    job.commit()
    assert job.isInitialized()
