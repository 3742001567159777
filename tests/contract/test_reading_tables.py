"""Records of crawled tables, read back through the catalog and written again."""

import gzip
import io
import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from prospect import PEOPLE, Prospect

from gluematch.models.datasets.access import AwsAccess
from gluematch.models.datasets.errors import FormatError
from gluematch.models.datasets.formats import part_uri, read_frame, write_frame
from gluematch.models.datasets.objects import ObjectStore, ObjectStoreError
from gluematch.models.datasets.tables import read_table, table_columns


@dataclass(frozen=True)
class Described:
    """A table as GetTable answers it, in the form that readers ask for."""

    document: dict
    database: str = "db"
    name: str = "table"
    partition_keys: tuple = ()
    columns: tuple = field(init=False)

    def __post_init__(self):
        listed = self.document["StorageDescriptor"]["Columns"]
        object.__setattr__(self, "columns", tuple((one["Name"], one["Type"]) for one in listed))

    @property
    def location(self):
        return self.document["StorageDescriptor"]["Location"]

    @property
    def parameters(self):
        return self.document.get("Parameters", {})


@dataclass(frozen=True)
class Part:
    values: tuple
    location: str


@pytest.fixture
def prospect(gluematch_server):
    return Prospect(gluematch_server)


@pytest.fixture
def store(gluematch_server, prospect):
    return ObjectStore(AwsAccess(gluematch_server.url, "us-east-1", prospect.account, "gluematch"))


def described(table, **more):
    keys = tuple((key["Name"], key["Type"]) for key in table.get("PartitionKeys", ()))
    return Described(table, partition_keys=keys, **more)


def by_hand(prospect, path, columns, parameters, serde=None):
    storage = {
        "Columns": [{"Name": name, "Type": kind} for name, kind in columns],
        "Location": f"{prospect.uri}{path}",
        "SerdeInfo": serde or {},
    }
    return Described({"StorageDescriptor": storage, "Parameters": parameters})


def test_a_crawled_csv_table_is_read_with_its_types(prospect, store):
    data = 'id,code,Größe,ok\n1,007,1.5,true\n2," x ",,FALSE\n3,"a,\nb",x,\n'.encode()
    prospect.put(**{"in/a.csv": data})
    table = described(prospect.crawl("in")["in"])
    assert table.columns[2] == ("größe", "string")
    frame = read_table(store, table)
    assert frame["id"].dtype == pd.Int64Dtype()
    assert frame["code"].tolist() == ["007", " x ", "a,\nb"]
    assert frame["größe"].tolist() == ["1.5", None, "x"]
    assert frame["ok"].dtype == pd.BooleanDtype()


def test_partition_values_become_columns_at_the_end(prospect, store):
    prospect.put(**{"in/day=1/a.csv": PEOPLE, "in/day=2/b.csv": PEOPLE})
    table = described(prospect.crawl("in")["in"])
    found = prospect.partitions("in")
    parts = [Part(values, one["StorageDescriptor"]["Location"]) for values, one in found.items()]
    frame = read_table(
        store, table, [*parts, Part(("__HIVE_DEFAULT_PARTITION__",), parts[0].location)]
    )
    assert [name for name, _ in table_columns(table)] == ["id", "name", "height", "day"]
    assert list(frame.columns) == ["id", "name", "height", "day"]
    assert frame["day"].tolist() == ["1", "1", "2", "2", None, None]
    assert read_table(store, table, []).columns.tolist() == list(frame.columns)


def test_what_the_crawler_excluded_and_hid_is_not_read(prospect, store):
    prospect.put(
        **{"in/a.csv": PEOPLE, "in/b.tmp": b"x", "in/_SUCCESS": b"x", "in/.c/d": b"x", "in/e": b""}
    )
    table = prospect.crawl("in", exclusions=["*.tmp"])["in"]
    assert len(read_table(store, described(table))) == 2


def test_exclusions_hold_for_tables_below_the_include_path(prospect, store):
    prospect.put(**{"in/a.csv": PEOPLE, "in/b.csv": b"1\n", "other/c.csv": b"x;y\n1;b\n2;c\n"})
    tables = prospect.crawl("", exclusions=["in/b*", "*.csv"])
    assert len(read_table(store, described(tables["in"]))) == 2


def test_json_and_parquet_tables_give_the_same_rows(prospect, store):
    rows = [
        {"Id": 1, "Name": "Ann", "Home": {"City": "Ulm"}, "Score": 1.5},
        {"Id": 2, "Name": None, "Home": None, "Score": None},
    ]
    stored = io.BytesIO()
    frame = pd.DataFrame(rows)
    frame["Id"] = frame["Id"].astype("int32")
    frame.to_parquet(stored)
    lines = "\r\n".join(map(json.dumps, rows)).encode()
    prospect.put(**{"j/x.json": b"\xef\xbb\xbf" + lines, "p/x.parquet": stored.getvalue()})
    tables = prospect.crawl()
    for name in ("j", "p"):
        found = read_table(store, described(tables[name]))
        assert found["id"].tolist() == [1, 2]
        assert found["name"].tolist() == ["Ann", None]
        assert found["home"].tolist() == [{"City": "Ulm"}, None]
        assert found["score"].isna().tolist() == [False, True]


def test_parquet_keeps_every_type(prospect, store):
    at = datetime(2020, 1, 31, 12, 30, tzinfo=UTC).replace(tzinfo=None)
    frame = pd.DataFrame(
        {
            "day": [date(2020, 1, 31), None],
            "at": pd.Series([at, None]),
            "price": [Decimal("1.10"), None],
            "raw": [b"\xff", None],
            "kind": pd.Categorical(["a", None]),
            "tags": [["x"], None],
            "big": pd.array([2**53 + 1, None], dtype="Int64"),
        }
    )
    write_frame(store, f"{prospect.uri}in/x.parquet", frame, "parquet")
    table = described(prospect.crawl("in")["in"])
    assert dict(table.columns) == {
        "day": "date",
        "at": "timestamp",
        "price": "decimal(3,2)",
        "raw": "binary",
        "kind": "string",
        "tags": "array<string>",
        "big": "bigint",
    }
    found = read_table(store, table)
    assert found["day"].tolist() == [date(2020, 1, 31), None]
    assert found["at"].tolist() == [pd.Timestamp(at), pd.NaT]
    assert found["price"].tolist() == [Decimal("1.10"), None]
    assert found["raw"].tolist() == [b"\xff", None]
    assert found["kind"].tolist() == ["a", None]
    assert found["tags"].tolist() == [["x"], None]
    assert found["big"][0] == 2**53 + 1


def test_cells_that_do_not_fit_are_null_and_the_log_counts_them(prospect, store):
    prospect.put(**{"in/a.csv": b"1,x\ntwo,y,z\n3\n", "in/b.json": b""})
    columns = [("id", "bigint"), ("name", "string")]
    lines = []
    frame = read_table(
        store, by_hand(prospect, "in/", columns, {"classification": "csv"}), (), lines.append
    )
    assert frame["id"].isna().tolist() == [False, True, False]
    assert frame["name"].tolist() == ["x", "y", None]
    assert lines == [
        "db.table: 2 rows of another width than the first",
        "db.table: 1 cells of column id that are not bigint",
    ]


def test_the_open_csv_serde_says_how_cells_are_set_apart(prospect, store):
    prospect.put(**{"in/a.csv": b"id|name\n1|'a|b'\n2|it\\'s\n"})
    serde = {
        "SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
        "Parameters": {"separatorChar": "|", "quoteChar": "'", "escapeChar": "\\"},
    }
    columns = [("id", "string"), ("name", "string")]
    table = by_hand(prospect, "in", columns, {"skip.header.line.count": "1"}, serde)
    frame = read_table(store, table)
    assert frame["id"].tolist() == ["1", "2"]
    assert frame["name"].tolist() == ["a|b", "it's"]


def test_a_delimiter_may_be_written_out_and_has_one_character(prospect, store):
    prospect.put(**{"in/a.tsv": b"1\tAnn\n"})
    columns = [("id", "bigint"), ("name", "string")]
    table = by_hand(prospect, "in/", columns, {"classification": "csv", "delimiter": "\\t"})
    assert read_table(store, table).to_numpy().tolist() == [[1, "Ann"]]
    wide = by_hand(prospect, "in/", columns, {"classification": "csv", "delimiter": "||"})
    with pytest.raises(FormatError, match=r"Table db.table has the delimiter '\|\|'"):
        read_table(store, wide)


def test_a_json_array_is_read_as_the_one_column_that_it_was_crawled_as(prospect, store):
    prospect.put(**{"in/a.json": b'[{"a": 1}, {"a": 2}]'})
    table = described(prospect.crawl("in")["in"])
    assert table.columns == (("array", "array<struct<a:int>>"),)
    assert read_table(store, table)["array"].tolist() == [[{"a": 1}, {"a": 2}]]


def test_gzip_is_read_and_a_broken_one_is_named(prospect, store):
    data = gzip.compress(PEOPLE)
    prospect.put(**{"in/a.csv.gz": data, "broken/b.csv.gz": data[:-12]})
    parameters = {"classification": "csv", "skip.header.line.count": "1"}
    columns = [("id", "bigint"), ("name", "string")]
    table = by_hand(prospect, "in/", columns, parameters)
    assert read_table(store, table)["name"].tolist() == ["Ann", "Bob"]
    with pytest.raises(FormatError, match=r"broken/b.csv.gz cannot be read.*no whole"):
        read_table(store, by_hand(prospect, "broken/", columns, parameters))


BROKEN = [
    ("json", b'{"a": 1}\n{"a": \n', r"line 2: this is not JSON"),
    ("json", b'{"a": 1}\n{"a": ' + b"9" * 5000 + b"}", r"line 2: this is not JSON"),
    ("json", b'{"a": 1}\n\xff\n', r"line 2: byte 0xff is not UTF-8"),
    ("json", b"1\n2\n", r"neither objects nor arrays"),
    ("json", b'{"a": "\\ud800"}', r"column a has half a surrogate pair"),
    ("csv", b"1,\xff\n", r"line 1: byte 0xff is not UTF-8"),
    ("parquet", b"PAR1 nothing", r"cannot be read as parquet"),
]


@pytest.mark.parametrize(("form", "data", "reason"), BROKEN)
def test_data_of_another_format_are_refused_by_place(prospect, store, form, data, reason):
    prospect.put(**{"in/data": data})
    table = by_hand(prospect, "in/", [("a", "string")], {"classification": form})
    with pytest.raises(FormatError, match=reason) as error:
        read_table(store, table)
    assert f"{prospect.uri}in/data" in str(error.value)


def test_a_table_that_cannot_be_read_says_why(prospect, store):
    bson = by_hand(prospect, "in/", [("a", "string")], {"classification": "bson"})
    with pytest.raises(FormatError, match=r"Table db.table is of format bson"):
        read_table(store, bson)
    nowhere = Described(
        {
            "StorageDescriptor": {"Columns": [], "Location": ""},
            "Parameters": {"classification": "csv"},
        }
    )
    with pytest.raises(FormatError, match=r"has no location"):
        read_table(store, nowhere)


def test_an_empty_place_gives_no_rows_of_the_right_types(prospect, store):
    columns = [("id", "bigint"), ("name", "string"), ("score", "double")]
    frame = read_table(store, by_hand(prospect, "in/", columns, {"classification": "csv"}))
    assert len(frame) == 0
    assert frame.dtypes.tolist() == [pd.Int64Dtype(), np.dtype(object), np.dtype("float64")]


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_what_is_written_is_read_back(prospect, store, form):
    frame = pd.DataFrame(
        {
            "text": pd.Series(["007", " x ", 'a,"b"\nc', None, "ü\r"], dtype=object),
            "none": pd.Series([None] * 5, dtype=object),
            "whole": pd.array([1, None, -(2**63), 2**63 - 1, 0], dtype="Int64"),
            "part": [0.1, np.nan, 1e300, -1.5, 1 / 3],
            "flag": pd.array([True, None, False, True, False], dtype="boolean"),
        }
    )
    uri = part_uri(f"{prospect.uri}out/", datetime(2024, 1, 1, tzinfo=UTC), form)
    assert uri == f"{prospect.uri}out/run-1704067200000-part-r-00000.{form}"
    write_frame(store, uri, frame, form)
    kinds = ["string", "string", "bigint", "double", "boolean"]
    columns = list(zip(frame.columns, kinds, strict=True))
    parameters = {"classification": form, "skip.header.line.count": "1"}
    found = read_table(store, by_hand(prospect, "out", columns, parameters))
    pd.testing.assert_frame_equal(found, frame)
    assert list(read_frame(store, uri, form).columns) == list(frame.columns)


def test_failures_of_s3_are_told_in_words(prospect, store):
    with pytest.raises(ObjectStoreError, match=r"the bucket does not exist \(NoSuchBucket\)"):
        list(store.list("s3://no-such-bucket-here/x"))
    with pytest.raises(ObjectStoreError, match=r"reached: no bucket can have that name$"):
        store.bucket_region("No bucket!")
    with pytest.raises(ObjectStoreError, match=r"x cannot be reached: the object does not exist"):
        store.read(f"{prospect.uri}x")
    with pytest.raises(ObjectStoreError, match=r"the object does not exist"):
        store.open(f"{prospect.uri}x")
    assert store.head(f"{prospect.uri}x") is None
    assert store.head(prospect.uri) is None
    assert store.bucket_region(prospect.bucket) == "us-east-1"
    closed = ObjectStore(AwsAccess("http://127.0.0.1:1", "us-east-1", "a", "b"))
    with pytest.raises(ObjectStoreError, match=r"Could not connect"):
        closed.read("s3://b/k")
