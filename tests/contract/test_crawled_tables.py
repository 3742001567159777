"""What crawls make of objects in S3: tables, columns, partitions."""

import gzip
import io
import json

import pandas as pd
import pytest
from prospect import PEOPLE, PETS, Prospect, columns

DIABETES = (
    b"recordID,Pregnancies,Glucose,BloodPressure,SkinThickness,Insulin,BMI,"
    b"DiabetesPedigreeFunction,Age,Outcome\r\n"
    b"1,6,148,72,35,0,33.6,0.627,50,1\r\n"
    b"2,1,85,66,29,0,26.6,0.351,31,0\r\n"
    b"3,8,183,64,0,0,23.3,0.672,32,1\r\n"
)
DIABETES_COLUMNS = [
    ("recordid", "bigint"),
    ("pregnancies", "bigint"),
    ("glucose", "bigint"),
    ("bloodpressure", "bigint"),
    ("skinthickness", "bigint"),
    ("insulin", "bigint"),
    ("bmi", "double"),
    ("diabetespedigreefunction", "double"),
    ("age", "bigint"),
    ("outcome", "bigint"),
]


@pytest.fixture
def prospect(gluematch_server):
    return Prospect(gluematch_server)


def parquet(**cells):
    data = io.BytesIO()
    pd.DataFrame(cells).to_parquet(data, index=False)
    return data.getvalue()


def test_a_csv_object_becomes_a_table_as_glue_writes_it(prospect):
    prospect.put(**{"diabetes.csv": DIABETES})
    tables = prospect.crawl("diabetes.csv")
    assert list(tables) == ["diabetes_csv"]
    table = tables["diabetes_csv"]
    assert columns(table) == DIABETES_COLUMNS
    run = prospect.glue.list_crawls(CrawlerName="crawler")["Crawls"][0]["CrawlId"]
    parameters = {
        "CRAWL_RUN_ID": run,
        "CrawlerSchemaDeserializerVersion": "1.0",
        "CrawlerSchemaSerializerVersion": "1.0",
        "UPDATED_BY_CRAWLER": "crawler",
        "areColumnsQuoted": "false",
        "averageRecordSize": str(len(DIABETES) // 3),
        "classification": "csv",
        "columnsOrdered": "true",
        "compressionType": "none",
        "delimiter": ",",
        "objectCount": "1",
        "recordCount": "3",
        "sizeKey": str(len(DIABETES)),
        "skip.header.line.count": "1",
        "typeOfData": "file",
    }
    storage = table["StorageDescriptor"]
    assert table["Parameters"] == parameters
    assert {key: storage[key] for key in storage if key != "Columns"} == {
        "Location": f"{prospect.uri}diabetes.csv",
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "Compressed": False,
        "NumberOfBuckets": -1,
        "SerdeInfo": {
            "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
            "Parameters": {"field.delim": ","},
        },
        "BucketColumns": [],
        "SortColumns": [],
        "Parameters": parameters,
        "StoredAsSubDirectories": False,
    }
    assert table["Owner"] == "owner"
    assert table["Retention"] == 0
    assert table["TableType"] == "EXTERNAL_TABLE"
    assert table["PartitionKeys"] == []
    assert table["CreatedBy"] == (
        f"arn:aws:sts::{prospect.account}:assumed-role/Crawling/AWS-Crawler"
    )


def test_the_tutorials_bucket_gives_a_csv_table_and_an_unknown_one_for_each_folder(prospect):
    noise = b"\x00\x01\xff"
    prospect.put(
        **{
            "diabetes.csv": DIABETES,
            "s3/deep/a.bin": noise,
            "s3/b.bin": noise,
            "sagemaker/m": noise,
        }
    )
    tables = prospect.crawl()
    assert {name: table["Parameters"]["classification"] for name, table in tables.items()} == {
        "diabetes_csv": "csv",
        "s3": "UNKNOWN",
        "sagemaker": "UNKNOWN",
    }
    assert tables["diabetes_csv"]["StorageDescriptor"]["Location"] == f"{prospect.uri}diabetes.csv"
    assert tables["s3"]["StorageDescriptor"]["Location"] == f"{prospect.uri}s3/"
    assert tables["s3"]["StorageDescriptor"]["Columns"] == []


def test_a_bucket_of_one_schema_gives_one_table_named_after_the_bucket(prospect):
    prospect.put(**{"a.csv": PEOPLE, "b.csv": PEOPLE, "_SUCCESS": b"done", ".hidden/x.csv": PETS})
    table = prospect.crawl()[prospect.bucket.replace("-", "_")]
    assert columns(table) == [("id", "bigint"), ("name", "string"), ("height", "double")]
    assert table["StorageDescriptor"]["Location"] == prospect.uri
    assert table["Parameters"]["objectCount"] == "2"
    assert table["Parameters"]["recordCount"] == "4"


def test_folders_of_different_schemas_give_a_table_each(prospect):
    prospect.put(**{"in/people/a.csv": PEOPLE, "in/Year=2017/b.csv": PETS, "in/c.csv": PEOPLE})
    tables = prospect.crawl("in/", TablePrefix="My_")
    assert {name: table["StorageDescriptor"]["Location"] for name, table in tables.items()} == {
        "my_people": f"{prospect.uri}in/people/",
        "my_year_2017": f"{prospect.uri}in/Year=2017/",
        "my_c_csv": f"{prospect.uri}in/c.csv",
    }


def test_folders_of_keys_and_values_become_partitions(prospect):
    more = b"3,Cid,\n"
    prospect.put(
        **{
            "people/year=2020/month=1/a.csv": PEOPLE,
            "people/year=2020/month=2/b.csv": PEOPLE,
            "people/year=2021/month=a%2Fb/c.csv": PEOPLE + more,
        }
    )
    table = prospect.crawl("people")["people"]
    assert table["PartitionKeys"] == [
        {"Name": "year", "Type": "string"},
        {"Name": "month", "Type": "string"},
    ]
    assert table["Parameters"]["partition_filtering.enabled"] == "true"
    (index,) = indexes(prospect, table)
    assert (index["IndexName"], index["IndexStatus"]) == ("crawler_partition_index", "ACTIVE")
    assert index["Keys"] == table["PartitionKeys"]
    assert table["Parameters"]["objectCount"] == "3"
    parts = prospect.partitions("people")
    assert set(parts) == {("2020", "1"), ("2020", "2"), ("2021", "a/b")}
    one = parts["2020", "1"]
    assert one["StorageDescriptor"]["Location"] == f"{prospect.uri}people/year=2020/month=1/"
    assert columns(one) == columns(table)
    assert one["Parameters"]["objectCount"] == "1"


def test_partitions_are_not_filtered_by_an_index_if_the_configuration_wants_none(prospect):
    prospect.put(**{"people/day=1/a.csv": PEOPLE})
    table = prospect.crawl("people", configuration={"CreatePartitionIndex": False})["people"]
    assert "partition_filtering.enabled" not in table["Parameters"]
    assert indexes(prospect, table) == []


def indexes(prospect, table):
    where = {"DatabaseName": table["DatabaseName"], "TableName": table["Name"]}
    return prospect.glue.get_partition_indexes(**where)["PartitionIndexDescriptorList"]


def test_folders_with_plain_names_become_numbered_partitions(prospect):
    prospect.put(**{"people/north/a.csv": PEOPLE, "people/south/b.csv": PEOPLE})
    table = prospect.crawl("people/")["people"]
    assert table["PartitionKeys"] == [{"Name": "partition_0", "Type": "string"}]
    assert set(prospect.partitions("people")) == {("north",), ("south",)}


def test_json_lines_give_nested_columns(prospect):
    rows = [
        {
            "Id": 1,
            "Name": "Ann",
            "Tags": ["a"],
            "Home": {"City": "Ulm", "Zip": 89073},
            "Big": 2**40,
        },
        {"Id": 2, "Name": None, "Score": 1.5, "Home": {"City": "Bonn", "Floor": 2}, "Ok": True},
    ]
    prospect.put(**{"people.jsonl": "\n".join(map(json.dumps, rows)).encode()})
    table = prospect.crawl("people.jsonl")["people_jsonl"]
    assert columns(table) == [
        ("id", "int"),
        ("name", "string"),
        ("tags", "array<string>"),
        ("home", "struct<city:string,zip:int,floor:int>"),
        ("big", "bigint"),
        ("score", "double"),
        ("ok", "boolean"),
    ]
    assert table["StorageDescriptor"]["SerdeInfo"] == {
        "SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe",
        "Parameters": {"paths": "Big,Home,Id,Name,Ok,Score,Tags"},
    }
    assert table["Parameters"]["classification"] == "json"


def test_parquet_is_read_by_its_footer(prospect):
    whole = pd.array([1, 2, 3], dtype="int32")
    data = parquet(Id=whole, Name=["a", None, "b"], At=pd.to_datetime(["2020-01-01"] * 3))
    prospect.put(**{"people/part-0.parquet": data, "people/part-1.parquet": data})
    table = prospect.crawl("people")["people"]
    assert columns(table) == [("id", "int"), ("name", "string"), ("at", "timestamp")]
    storage = table["StorageDescriptor"]
    parquets = "org.apache.hadoop.hive.ql.io.parquet."
    assert storage["InputFormat"] == f"{parquets}MapredParquetInputFormat"
    assert storage["OutputFormat"] == f"{parquets}MapredParquetOutputFormat"
    assert storage["SerdeInfo"] == {
        "SerializationLibrary": f"{parquets}serde.ParquetHiveSerDe",
        "Parameters": {"serialization.format": "1"},
    }
    assert table["Parameters"]["classification"] == "parquet"
    assert table["Parameters"]["recordCount"] == "6"


def test_a_file_that_only_looks_like_parquet_is_unknown_and_the_log_says_why(prospect):
    prospect.put(**{"people.parquet": b"PAR1 and then nothing of the kind"})
    table = prospect.crawl("people.parquet")["people_parquet"]
    assert table["Parameters"]["classification"] == "UNKNOWN"
    assert any("people.parquet as UNKNOWN" in line for line in prospect.lines())


def test_gzip_is_seen_through(prospect):
    prospect.put(**{"people.csv.gz": gzip.compress(PEOPLE)})
    table = prospect.crawl("people.csv.gz")["people_csv_gz"]
    assert columns(table) == [("id", "bigint"), ("name", "string"), ("height", "double")]
    assert table["Parameters"]["compressionType"] == "gzip"
    assert table["StorageDescriptor"]["Compressed"] is True


def test_exclusions_hide_objects_and_are_kept_with_the_table(prospect):
    prospect.put(**{"in/a.csv": PEOPLE, "in/b.tmp": PETS, "in/old/c.csv": PETS})
    tables = prospect.crawl("in", exclusions=["**.tmp", "old/**"])
    assert list(tables) == ["in"]
    assert json.loads(tables["in"]["Parameters"]["exclusions"]) == ["**.tmp", "old/**"]
    assert tables["in"]["Parameters"]["objectCount"] == "1"


def test_two_places_of_one_name_get_names_that_differ(prospect):
    prospect.put(**{"x/data/a.csv": PEOPLE, "y/data/b.csv": PETS, "y/other/c.csv": PEOPLE})
    targets = [{"Path": f"{prospect.uri}x/data"}, {"Path": f"{prospect.uri}y/data/"}]
    first = prospect.crawl(Targets={"S3Targets": targets})
    plain, other = sorted(first)
    assert plain == "data"
    assert other.startswith("data_")
    assert len(other) == len("data_") + 32
    assert prospect.run()["Summary"] == "{}"


def test_compatible_schemas_are_combined_where_the_configuration_says_so(prospect):
    wider = b"id,name,height,city,zip,street\n3,Cid,1.9,Ulm,1,x\n"
    prospect.put(**{"in/a/x.csv": PEOPLE, "in/b/c/y.csv": wider})
    grouping = {"Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"}}
    table = prospect.crawl("in", configuration=grouping)["in"]
    assert [name for name, _ in columns(table)] == ["id", "name", "height", "city", "zip", "street"]
    assert table["PartitionKeys"] == []


def test_the_table_level_makes_each_folder_of_a_level_a_table(prospect):
    prospect.put(**{"in/north/1/a.csv": PEOPLE, "in/south/2/b.csv": PEOPLE})
    tables = prospect.crawl("", configuration={"Grouping": {"TableLevelConfiguration": 3}})
    assert set(tables) == {"north", "south"}
    assert tables["north"]["PartitionKeys"] == [{"Name": "partition_0", "Type": "string"}]


def test_only_a_sample_of_each_folder_is_read_if_the_target_says_so(prospect):
    prospect.put(**{"in/a.csv": PEOPLE, "in/b.csv": PEOPLE + b"5,Eve,tall\n"})
    table = prospect.crawl("in", sample=1)["in"]
    assert columns(table)[2] == ("height", "double")
    assert table["Parameters"]["objectCount"] == "2"


def test_tables_go_to_the_default_database_if_none_is_named(prospect):
    prospect.put(**{"a.csv": PEOPLE})
    prospect.glue.create_crawler(
        Name="crawler", Role="R", Targets={"S3Targets": [{"Path": f"{prospect.uri}a.csv"}]}
    )
    assert prospect.run()["State"] == "COMPLETED"
    assert set(prospect.tables("default")) == {"a_csv"}
