"""What scripts read and write: tables and objects of every format, with Glue's options."""

import gzip
import io
import json
from datetime import date
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from classroom import Classroom, table_input
from desk import PYSPARK_LEAVES_SOCKETS, desk_of, rows
from pyarrow import orc

from gluematch.models.datasets.jdbc import DatabaseError
from gluematch.models.jobs.glue import hadoop, pieces

pytestmark = PYSPARK_LEAVES_SOCKETS


@pytest.fixture(scope="module")
def room(gluematch_server):
    return Classroom(gluematch_server)


@pytest.fixture(scope="module")
def desk(room, spark):
    yield from desk_of(room, spark)


def table(room, name, columns, form="csv", **more):
    described = table_input(name, columns, f"s3://{room.bucket}/{name}/")
    described["Parameters"]["classification"] = form
    if form != "csv":
        del described["StorageDescriptor"]["SerdeInfo"]
    room.glue.create_table(DatabaseName="db", TableInput={**described, **more})


def from_catalog(desk, name, **more):
    return desk.glue.create_dynamic_frame.from_catalog(database="db", table_name=name, **more)


def test_cells_that_do_not_fit_make_a_choice_that_can_be_resolved(room, desk, capsys):
    room.put("mixed/a.csv", "id,zip,day\n1,10115,2020-01-02\n2,D-80331,\n3,,2020-02-30\n")
    table(room, "mixed", [("id", "int"), ("zip", "bigint"), ("day", "date")])
    frame = from_catalog(desk, "mixed")
    frame.printSchema()
    told = capsys.readouterr().out
    assert "|-- id: int\n|-- zip: choice\n|    |-- long\n|    |-- string\n|-- day: date" in told
    assert [row["zip"] for row in rows(frame)] == [
        {"long": 10115, "string": None},
        {"long": None, "string": "D-80331"},
        None,
    ]
    assert [row["day"] for row in rows(frame)] == [date(2020, 1, 2), None, None]

    def resolved(**how):
        return rows(frame.resolveChoice(**how))

    matched = resolved(choice="MATCH_CATALOG", database="db", table_name="mixed")
    assert [row["zip"] for row in matched] == [10115, None, None]
    cast = resolved(specs=[("zip", "cast:string")])
    assert [row["zip"] for row in cast] == ["10115", "D-80331", None]
    assert [row["zip"] for row in resolved(specs=[("zip", "project:string")])][1] == "D-80331"
    split = resolved(choice="make_cols")
    assert [(row["zip_long"], row["zip_string"]) for row in split][:2] == [
        (10115, None),
        (None, "D-80331"),
    ]
    assert frame.resolveChoice(choice="make_struct").resolveChoice(
        choice="make_cols"
    ).toDF().columns == ["id", "zip", "day"]
    with pytest.raises(ValueError, match="either specs or choice"):
        frame.resolveChoice()


def test_partitions_are_read_as_columns_and_chosen_by_a_predicate(room, desk):
    for year in (2019, 2020):
        room.put(f"sales/year={year}/a.json", json.dumps({"item": f"i{year}", "n": year}))
    table(
        room,
        "sales",
        [("item", "string"), ("n", "int")],
        "json",
        PartitionKeys=[{"Name": "year", "Type": "int"}],
    )
    for year in ("2019", "2020"):
        room.glue.create_partition(
            DatabaseName="db", TableName="sales", PartitionInput={"Values": [year]}
        )
    whole = rows(from_catalog(desk, "sales"))
    assert [(row["item"], row["year"]) for row in whole] == [("i2019", 2019), ("i2020", 2020)]
    some = rows(from_catalog(desk, "sales", push_down_predicate="year > 2019"))
    assert [row["n"] for row in some] == [2020]
    how = {"catalogPartitionPredicate": "year = 2019"}
    assert [row["n"] for row in rows(from_catalog(desk, "sales", additional_options=how))] == [2019]


def test_a_parquet_table_keeps_its_types(room, desk):
    stored = pa.table(
        {
            "id": pa.array([1, 2], pa.int64()),
            "price": pa.array([Decimal("1.50"), None], pa.decimal128(10, 2)),
            "tags": pa.array([["a", "b"], []], pa.list_(pa.string())),
            "at": pa.array([pd.Timestamp("2020-01-02 03:04:05"), None], pa.timestamp("us")),
        }
    )
    sink = io.BytesIO()
    pq.write_table(stored, sink)
    room.put("typed/a.parquet", sink.getvalue())
    columns = [
        ("id", "bigint"),
        ("price", "decimal(10,2)"),
        ("tags", "array<string>"),
        ("at", "timestamp"),
    ]
    table(room, "typed", columns, "parquet")
    frame = from_catalog(desk, "typed")
    kinds = [field.dataType.simpleString() for field in frame.schema()]
    assert kinds == [kind for _, kind in columns]
    found = rows(frame)
    assert (found[0]["price"], found[0]["tags"], found[1]["tags"]) == (
        Decimal("1.50"),
        ["a", "b"],
        [],
    )
    (text,) = desk.write(frame.select_fields(["at"]), "typed-out", "csv").values()
    assert text.splitlines()[1] == b"2020-01-02 03:04:05"


def test_csv_options_are_heeded(desk):
    frame = desk.frame(
        "odd/a.csv", "Id;Name\n1;'a;b'\n2;c\n", "csv", withHeader=True, separator=";", quoteChar="'"
    )
    assert rows(frame) == [{"Id": "1", "Name": "a;b"}, {"Id": "2", "Name": "c"}]
    bare = desk.frame("odd/b.csv", "1,x\n2,y\n", "csv")
    assert rows(bare)[1] == {"col0": "2", "col1": "y"}
    out = desk.write(frame.coalesce(1), "odd-out", "csv", separator="|", writeHeader=False)
    assert list(out.values()) == [b"1|a;b\n2|c\n"]
    packed = desk.write(frame.coalesce(1), "odd-gz", "csv", connection={"compression": "gzip"})
    ((key, data),) = packed.items()
    assert key.endswith("-part-r-00000.gz")
    assert gzip.decompress(data) == b"Id,Name\n1,a;b\n2,c\n"


def test_json_of_several_types_is_a_choice(desk):
    frame = desk.frame(
        "json/a.json",
        '{"id": 1, "Who": {"name": "Ann"}, "n": 1}\n{"id": 2, "n": "two", "x": [1, 2]}\n',
        "json",
    )
    assert rows(frame) == [
        {"id": 1, "Who": {"name": "Ann"}, "n": {"int": 1, "string": None}, "x": None},
        {"id": 2, "Who": None, "n": {"int": None, "string": "two"}, "x": [1, 2]},
    ]
    resolved = frame.resolveChoice(specs=[("n", "cast:string")])
    assert [row["n"] for row in rows(resolved)] == ["1", "two"]
    nested = desk.frame(
        "json/b.json", '{"rows": [{"a": 1}, {"a": 2}]}', "json", jsonPath="$.rows[*]"
    )
    assert rows(nested) == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize("form", ["json", "parquet", "glueparquet", "orc", "avro"])
def test_what_is_written_is_read_again(desk, form):
    frame = desk.frame(
        "round/a.json",
        '{"id": 1, "who": {"name": "Ann"}, "tags": ["x"], "h": 1.5, "ok": true}\n'
        '{"id": 2, "who": null, "tags": [], "h": null, "ok": false}\n',
        "json",
    )
    out = desk.write(frame.coalesce(1), f"round-{form}", form)
    assert len(out) == 1
    again = desk.glue.create_dynamic_frame.from_options(
        "s3", {"paths": [f"s3://{desk.bucket}/round-{form}/"]}, form
    )
    assert sorted(rows(again), key=lambda row: row["id"]) == rows(frame)


def test_partition_keys_become_folders_and_a_table_of_the_catalog(room, desk):
    frame = desk.frame("parts/a.csv", "id,city\n1,Ulm\n2,Bad Ems\n3,\n", "csv", withHeader=True)
    sink = desk.glue.getSink(
        connection_type="s3",
        path=f"s3://{room.bucket}/by-city/",
        enableUpdateCatalog=True,
        updateBehavior="UPDATE_IN_DATABASE",
        partitionKeys=["city"],
    )
    sink.setFormat("glueparquet")
    sink.setCatalogInfo(catalogDatabase="db", catalogTableName="by_city")
    sink.writeFrame(frame)
    listed = room.s3.list_objects_v2(Bucket=room.bucket, Prefix="by-city/")["Contents"]
    folders = {one["Key"].split("/")[1] for one in listed}
    assert folders == {"city=Ulm", "city=Bad Ems", "city=__HIVE_DEFAULT_PARTITION__"}
    found = rows(from_catalog(desk, "by_city"))
    assert sorted((row["id"], row["city"]) for row in found if row["city"]) == [
        ("1", "Ulm"),
        ("2", "Bad Ems"),
    ]
    again = desk.glue.create_dynamic_frame.from_options(
        "s3", {"paths": [f"s3://{room.bucket}/by-city/"]}, "parquet"
    )
    assert again.toDF().columns == ["id", "city"]


def test_a_table_is_written_in_its_own_format(room, desk):
    table(room, "target", [("id", "bigint"), ("name", "string")])
    frame = desk.frame("source/a.csv", "id,name\n7,Ann\n", "csv", withHeader=True)
    desk.glue.write_dynamic_frame.from_catalog(frame=frame, database="db", table_name="target")
    assert list(room.objects("target/").values()) == ["id,name\n7,Ann\n"]
    assert rows(from_catalog(desk, "target")) == [{"id": 7, "name": "Ann"}]


@pytest.mark.parametrize("form", ["csv", "json", "parquet", "orc"])
def test_a_large_object_is_read_by_several_tasks(room, desk, form, monkeypatch):
    names = [f"name {n}" if n < 300 else f'lines\n"{n}"' for n in range(400)]
    stored = pa.table({"id": [str(n) for n in range(400)], "name": names})
    sink = io.BytesIO()
    if form == "csv":
        stored.to_pandas().to_csv(sink, index=False)
    elif form == "json":
        stored.to_pandas().to_json(sink, orient="records", lines=True)
    elif form == "parquet":
        pq.write_table(stored, sink, row_group_size=50)
    else:
        orc.write_table(stored, sink, stripe_size=1, batch_size=50)
    whole = len(sink.getvalue())
    monkeypatch.setattr(pieces, "LEAST_PART", 1)
    monkeypatch.setattr(pieces, "TASK_BYTES", whole // 6)
    frame = desk.frame(f"large-{form}/a.{form}", sink.getvalue(), form, withHeader=True)
    parts = frame.getNumPartitions()
    # Quotes with line breaks in them are in the way of cuts in CSV.
    assert parts == 1 if form == "csv" else parts > 4
    found = [{name: str(value) for name, value in row.items()} for row in rows(frame)]
    assert found == stored.to_pylist()
    if form == "csv":
        plain = "id,name\n" + "".join(f"{n},name {n}\n" for n in range(400))
        frame = desk.frame("large-plain/a.csv", plain, "csv", withHeader=True)
        assert frame.getNumPartitions() > 4
        assert [row["id"] for row in rows(frame)] == [str(n) for n in range(400)]


def test_sparks_own_way_to_s3_is_led_here_where_it_has_one(room, desk, monkeypatch):
    access = desk.glue.around.objects.access
    assert hadoop.reach_s3(desk.spark, access) is False
    # Another file system of Hadoop in the place of the one whose jar is not here.
    monkeypatch.setattr(hadoop, "S3A", "org.apache.hadoop.fs.LocalFileSystem")
    assert hadoop.reach_s3(desk.spark, access) is True
    told = desk.spark.sparkContext._jsc.hadoopConfiguration()
    assert told.get("fs.s3a.endpoint") == room.server.url
    assert told.get("fs.s3a.access.key") == room.account
    assert told.get("fs.s3.impl") == "org.apache.hadoop.fs.LocalFileSystem"


def test_what_is_not_built_is_refused_in_words(desk):
    read = desk.glue.create_dynamic_frame.from_options
    with pytest.raises(ValueError, match="connection_type 'dynamodb' is not built yet"):
        read("dynamodb", {"dynamodb.input.tableName": "x"})
    with pytest.raises(DatabaseError, match="Oracle cannot be reached by this server"):
        read("oracle", {"url": "jdbc:oracle://thin/x", "dbtable": "x"})
    with pytest.raises(ValueError, match="needs a dbtable"):
        read("mysql", {"url": "jdbc:mysql://127.0.0.1:1/x"})
    with pytest.raises(ValueError, match="format 'xlsx' is not built yet"):
        read("s3", {"paths": ["s3://x/"]}, "xlsx")
