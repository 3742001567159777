"""Crawls of tables that deltalake and pyiceberg have written to the S3 on our port."""

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from prospect import ROLE, Prospect, changes, columns
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.catalog.sql import SqlCatalog

SALES = pa.table(
    {
        "Id": pa.array([1, 2, 3], pa.int64()),
        "what": ["a", "b", "c"],
        "day": ["mon", "tue one", "mon"],
        "price": pa.array([1, 2, 3], pa.decimal128(9, 2)),
        "more": pa.array(
            [None, {"Tags": ["x"]}, None], pa.struct([("Tags", pa.list_(pa.string()))])
        ),
    }
)


@pytest.fixture
def prospect(gluematch_server):
    return Prospect(gluematch_server)


def write_delta(prospect, name, table=SALES, **more):
    options = {
        "AWS_ENDPOINT_URL": prospect.server.url,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": prospect.account,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ALLOW_HTTP": "true",
        "AWS_S3_ALLOW_UNSAFE_RENAME": "true",
    }
    write_deltalake(prospect.uri + name, table, storage_options=options, **more)


def delta(prospect, *names, **more):
    return {"DeltaTargets": [{"DeltaTables": [prospect.uri + name for name in names], **more}]}


def test_a_native_delta_table_is_read_by_its_log(prospect):
    write_delta(prospect, "sales", partition_by=["day"])
    table = prospect.crawl(Targets=delta(prospect, "sales", CreateNativeDeltaTable=True))["sales"]
    assert columns(table) == [
        ("id", "bigint"),
        ("what", "string"),
        ("day", "string"),
        ("price", "decimal(9,2)"),
        ("more", "struct<tags:array<string>>"),
    ]
    assert table["StorageDescriptor"]["Location"] == prospect.uri + "sales/"
    assert table["PartitionKeys"] == []
    told = {"classification": "delta", "spark.sql.sources.provider": "delta", "recordCount": "3"}
    assert {name: table["Parameters"][name] for name in told} == told
    assert changes(prospect.run()) == {}


def test_manifests_list_the_files_of_a_delta_table(prospect):
    write_delta(prospect, "sales", partition_by=["day"])
    write_delta(prospect, "sales", SALES.slice(0, 1), mode="append", partition_by=["day"])
    table = prospect.crawl(Targets=delta(prospect, "sales", WriteManifest=True))["sales"]
    storage = table["StorageDescriptor"]
    manifests = prospect.uri + "sales/_symlink_format_manifest/"
    assert storage["Location"] == manifests
    assert storage["InputFormat"] == "org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat"
    assert storage["SerdeInfo"]["SerializationLibrary"].endswith("ParquetHiveSerDe")
    assert table["Parameters"]["classification"] == "parquet"
    assert table["PartitionKeys"] == [{"Name": "day", "Type": "string"}]
    parts = prospect.partitions("sales")
    assert set(parts) == {("mon",), ("tue one",)}
    place = parts["mon",]["StorageDescriptor"]["Location"]
    assert place == manifests + "day=mon/"
    key = place.removeprefix(prospect.uri) + "manifest"
    lines = prospect.s3.get_object(Bucket=prospect.bucket, Key=key)["Body"].read().decode().split()
    assert len(lines) == 2
    for line in lines:
        prospect.s3.head_object(Bucket=prospect.bucket, Key=line.removeprefix(prospect.uri))
    assert changes(prospect.run()) == {}


def test_several_delta_tables_are_tables_of_their_own(prospect):
    for name in ("lake/sales", "lake/returns"):
        write_delta(prospect, name)
    tables = prospect.crawl(Targets=delta(prospect, "lake/sales", "lake/returns/"))
    assert sorted(tables) == ["returns", "sales"]
    assert columns(tables["sales"])[2] == ("day", "string")
    keys = [one["Key"] for one in prospect.s3.list_objects_v2(Bucket=prospect.bucket)["Contents"]]
    assert not any("manifest" in key for key in keys)


def test_a_place_without_a_delta_table_fails_the_crawl(prospect):
    prospect.create(Targets=delta(prospect, "nothing"))
    record = prospect.run()
    assert record["State"] == "FAILED"
    assert record["ErrorMessage"] == f"There is no Delta table at {prospect.uri}nothing."


@pytest.fixture
def lake(prospect):
    """A catalog of Iceberg tables that lie in the bucket; Glue knows nothing of them."""
    catalog = SqlCatalog(
        "lake",
        uri="sqlite:///:memory:",
        warehouse=prospect.uri + "lake",
        **s3_of(prospect),
    )
    catalog.create_namespace("shop")
    yield catalog
    catalog.close()


def s3_of(prospect):
    return {
        "s3.endpoint": prospect.server.url,
        "s3.access-key-id": prospect.account,
        "s3.secret-access-key": "test",
        "s3.region": "us-east-1",
    }


def iceberg(prospect, path="lake", **more):
    return {"IcebergTargets": [{"Paths": [prospect.uri + path], **more}]}


def test_an_iceberg_table_is_its_newest_metadata(prospect, lake):
    made = lake.create_table("shop.sales", schema=SALES.schema)
    made.append(SALES)
    first = made.metadata_location
    made.append(SALES)
    table = prospect.crawl(Targets=iceberg(prospect))["sales"]
    assert columns(table) == [
        ("id", "bigint"),
        ("what", "string"),
        ("day", "string"),
        ("price", "decimal(9,2)"),
        ("more", "struct<Tags:array<string>>"),
    ]
    assert table["StorageDescriptor"]["Columns"][1]["Parameters"] == {
        "iceberg.field.current": "true",
        "iceberg.field.id": "2",
        "iceberg.field.optional": "true",
    }
    told = {
        "table_type": "ICEBERG",
        "metadata_location": made.metadata_location,
        "previous_metadata_location": first,
    }
    assert {name: table["Parameters"][name] for name in told} == told
    assert table["StorageDescriptor"]["Location"] == made.location() + "/"
    assert changes(prospect.run()) == {}
    made.append(SALES)
    assert changes(prospect.run()) == {"TABLE": {"UPDATE": 1}}
    parameters = prospect.tables()["sales"]["Parameters"]
    assert parameters["metadata_location"] == made.metadata_location
    assert parameters["previous_metadata_location"] == told["metadata_location"]


def test_pyiceberg_reads_a_crawled_table_through_glue(prospect, lake):
    lake.create_table("shop.sales", schema=SALES.schema).append(SALES)
    prospect.crawl(Targets=iceberg(prospect))
    glue = GlueCatalog(
        "glue",
        **{
            "glue.endpoint": prospect.server.url,
            "glue.region": "us-east-1",
            "glue.access-key-id": prospect.account,
            "glue.secret-access-key": "test",
            **s3_of(prospect),
        },
    )
    read = glue.load_table(("db", "sales")).scan().to_arrow()
    assert read.column("what").to_pylist() == ["a", "b", "c"]


def test_depth_and_exclusions_choose_iceberg_tables(prospect, lake):
    for name in ("sales", "returns"):
        lake.create_table(f"shop.{name}", schema=SALES.schema)
    depth = {"MaximumTraversalDepth": 1}
    assert prospect.crawl(Targets=iceberg(prospect, **depth)) == {}
    some = iceberg(prospect, Exclusions=["shop/re*"])
    prospect.glue.update_crawler(Name="crawler", Targets=some)
    prospect.run()
    assert list(prospect.tables()) == ["sales"]
    prospect.glue.update_crawler(Name="crawler", Targets=iceberg(prospect, "lake/shop/returns"))
    prospect.run()
    assert sorted(prospect.tables()) == ["returns", "sales"]


def test_metadata_that_is_none_fails_the_crawl(prospect):
    prospect.put(**{"lake/t/metadata/00001-x.metadata.json": b"{}"})
    prospect.create(Targets=iceberg(prospect))
    record = prospect.run()
    assert record["State"] == "FAILED"
    assert "00001-x.metadata.json cannot be read as Iceberg's metadata" in record["ErrorMessage"]


@pytest.mark.parametrize(
    "targets",
    [
        {"DeltaTargets": [{}]},
        {"DeltaTargets": [{"DeltaTables": ["bucket/folder"]}]},
        {"IcebergTargets": [{"Paths": []}]},
        {"IcebergTargets": [{"Paths": ["s3://b/c"], "MaximumTraversalDepth": 21}]},
    ],
)
def test_targets_that_name_no_place_are_refused(prospect, targets):
    with pytest.raises(prospect.glue.exceptions.InvalidInputException):
        prospect.glue.create_crawler(Name="x", Role=ROLE, Targets=targets)


@pytest.mark.parametrize("kind", ["MongoDBTargets", "HudiTargets"])
def test_what_is_not_crawled_is_refused_by_its_name(prospect, kind):
    target = {"Path": "a/b"} if kind == "MongoDBTargets" else {"Paths": ["s3://a/b"]}
    with pytest.raises(prospect.glue.exceptions.InvalidInputException, match=kind):
        prospect.glue.create_crawler(Name="x", Role=ROLE, Targets={kind: [target]})


def test_a_whole_bucket_is_a_path_for_lake_tables(prospect):
    write_delta(prospect, "")
    target = {"DeltaTables": [f"s3://{prospect.bucket}"], "CreateNativeDeltaTable": True}
    lakes = {"DeltaTargets": [target], "IcebergTargets": [{"Paths": [f"s3://{prospect.bucket}"]}]}
    (table,) = prospect.crawl(Targets=lakes).values()
    assert table["Name"] == prospect.bucket.replace("-", "_")
    assert table["StorageDescriptor"]["Location"] == prospect.uri
