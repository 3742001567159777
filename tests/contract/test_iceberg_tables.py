"""Iceberg tables: pyiceberg's own GlueCatalog against us, and tables that Glue itself makes."""

import pyarrow as pa
import pytest
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.expressions import EqualTo
from pyiceberg.types import LongType, StringType

PEOPLE = pa.table({"id": pa.array([1, 2], pa.int64()), "name": ["Ada", "Alan"]})


@pytest.fixture
def glue(glue, gluematch_server, account):
    gluematch_server.client("s3", account=account).create_bucket(Bucket=f"ice-{account}")
    glue.create_database(DatabaseInput={"Name": "ice"})
    return glue


@pytest.fixture
def place(account):
    return f"s3://ice-{account}/people"


@pytest.fixture
def catalog(gluematch_server, account):
    return GlueCatalog(
        "ours",
        **{
            f"{service}.{setting}": value
            for service in ("glue", "s3")
            for setting, value in {
                "endpoint": gluematch_server.url,
                "region": "us-east-1",
                "access-key-id": account,
                "secret-access-key": "test",
            }.items()
        },
    )


def test_pyiceberg_creates_appends_evolves_and_reads_through_us(glue, catalog, place):
    table = catalog.create_table("ice.people", schema=PEOPLE.schema, location=place)
    table.append(PEOPLE)
    table.append(PEOPLE)
    with table.update_schema() as change:
        change.add_column("city", StringType())
    read = catalog.load_table("ice.people").scan(row_filter=EqualTo("name", "Ada")).to_arrow()
    assert read.to_pylist() == [{"id": 1, "name": "Ada", "city": None}] * 2
    found = glue.get_table(DatabaseName="ice", Name="people")["Table"]
    assert found["Parameters"]["table_type"] == "ICEBERG"
    assert found["Parameters"]["previous_metadata_location"].startswith(place)
    assert found["VersionId"] == "3"
    assert [column["Name"] for column in found["StorageDescriptor"]["Columns"]][-1] == "city"


def test_pyiceberg_lists_renames_and_drops(glue, catalog, place):
    catalog.create_namespace("more", {"comment": "of us"})
    assert set(catalog.list_namespaces()) == {("ice",), ("more",)}
    catalog.create_table("ice.people", schema=PEOPLE.schema, location=place).append(PEOPLE)
    catalog.rename_table("ice.people", "more.folk")
    assert catalog.list_tables("more") == [("more", "folk")]
    assert catalog.load_table("more.folk").scan().to_arrow().num_rows == 2
    catalog.drop_table("more.folk")
    with pytest.raises(NoSuchTableError):
        catalog.load_table("more.folk")


def test_of_two_commits_on_one_version_none_is_lost(glue, catalog, place):
    first = catalog.create_table("ice.people", schema=PEOPLE.schema, location=place)
    second = catalog.load_table("ice.people")
    first.append(PEOPLE)
    second.append(PEOPLE)  # is refused, and tries again on what the first has left
    assert catalog.load_table("ice.people").scan().to_arrow().num_rows == 4


def create(glue, place, *, version=None, columns=(("id", "bigint"), ("name", "string")), **more):
    asked = {"MetadataOperation": "CREATE", **({} if version is None else {"Version": version})}
    columns = [{"Name": name, "Type": kind} for name, kind in columns]
    given = {
        "Name": "people",
        "TableType": "EXTERNAL_TABLE",
        "StorageDescriptor": {"Columns": columns, "Location": place},
        **more,
    }
    glue.create_table(
        DatabaseName="ice", TableInput=given, OpenTableFormatInput={"IcebergInput": asked}
    )


def test_a_table_that_glue_makes_is_written_to_by_pyiceberg(glue, catalog, place):
    create(glue, place + "/", Parameters={"write.format.default": "parquet"})
    found = glue.get_table(DatabaseName="ice", Name="people")["Table"]
    assert found["Parameters"]["table_type"] == "ICEBERG"
    assert found["Parameters"]["metadata_location"].startswith(f"{place}/metadata/00000-")
    assert found["StorageDescriptor"]["Location"] == place
    assert found["StorageDescriptor"]["Columns"][0]["Parameters"] == {
        "iceberg.field.id": "1",
        "iceberg.field.optional": "true",
        "iceberg.field.current": "true",
    }
    table = catalog.load_table("ice.people")
    assert table.metadata.format_version == 2
    assert table.properties == {"write.format.default": "parquet"}
    table.append(PEOPLE)
    assert catalog.load_table("ice.people").scan().to_arrow().to_pylist() == PEOPLE.to_pylist()


def test_every_hive_type_becomes_icebergs_and_comes_back(glue, catalog, place):
    kinds = [
        "boolean",
        "int",
        "bigint",
        "float",
        "double",
        "decimal(12,3)",
        "string",
        "date",
        "timestamp",
        "binary",
        "array<struct<a:int,b:map<string,decimal(5,2)>>>",
        "map<string,array<bigint>>",
    ]
    create(glue, place, columns=[(f"c{n}", kind) for n, kind in enumerate(kinds)])
    columns = glue.get_table(DatabaseName="ice", Name="people")["Table"]["StorageDescriptor"]
    assert [column["Type"] for column in columns["Columns"]] == kinds
    assert len(catalog.load_table("ice.people").schema().fields) == len(kinds)


def test_partition_keys_part_an_iceberg_table_by_their_values(glue, catalog, place):
    create(glue, place, version="1", PartitionKeys=[{"Name": "Year", "Type": "int"}])
    table = catalog.load_table("ice.people")
    assert table.metadata.format_version == 1
    (field,) = table.spec().fields
    assert (field.name, str(field.transform)) == ("year", "identity")
    found = glue.get_table(DatabaseName="ice", Name="people")["Table"]
    assert [c["Name"] for c in found["StorageDescriptor"]["Columns"]] == ["id", "name", "year"]
    assert "PartitionKeys" not in found


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"TableType": "VIRTUAL_VIEW"}, "Iceberg table type has to be EXTERNAL_TABLE"),
        ({"Parameters": {"table_type": "ICEBERG"}}, "Cannot use reserved parameters"),
        ({"StorageDescriptor": {"Columns": []}}, "Location information cannot be null"),
        ({"columns": [("a", "uniontype<int>")]}, "Iceberg has no type"),
        ({"version": "9"}, "format version"),
    ],
)
def test_what_is_no_iceberg_table_is_refused(glue, place, more, message):
    with pytest.raises(glue.exceptions.InvalidInputException, match=message):
        create(glue, place, **more)
    assert glue.get_tables(DatabaseName="ice")["TableList"] == []


def test_a_place_that_cannot_be_written_is_refused(glue):
    with pytest.raises(glue.exceptions.InvalidInputException, match="no-such-bucket-of-ours"):
        create(glue, "s3://no-such-bucket-of-ours/people")
    glue.create_table(DatabaseName="ice", TableInput={"Name": "people"})
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        create(glue, "s3://no-such-bucket-of-ours/people")


SCHEMA = {
    "Fields": [
        {"Id": 1, "Name": "id", "Type": "long", "Required": True},
        {"Id": 2, "Name": "city", "Type": "string", "Required": False, "Doc": "where"},
    ]
}


def test_a_table_is_made_of_a_schema_spec_and_order_of_icebergs_own(glue, catalog, place):
    own = {
        "Location": place,
        "Schema": SCHEMA,
        "PartitionSpec": {"Fields": [{"SourceId": 1, "Transform": "bucket[4]", "Name": "b"}]},
        "WriteOrder": {
            "OrderId": 1,
            "Fields": [
                {"SourceId": 2, "Transform": "identity", "Direction": "asc"}
                | {"NullOrder": "nulls-first"}
            ],
        },
        "Properties": {"owner": "us"},
    }
    asked = {"MetadataOperation": "CREATE", "CreateIcebergTableInput": own}
    glue.create_table(
        DatabaseName="ice", Name="people", OpenTableFormatInput={"IcebergInput": asked}
    )
    table = catalog.load_table("ice.people")
    assert isinstance(table.schema().find_type("id"), LongType)
    assert table.schema().find_field("id").required
    assert str(table.spec().fields[0].transform) == "bucket[4]"
    assert table.sort_order().fields[0].source_id == 2
    assert table.properties == {"owner": "us"}
    column = glue.get_table(DatabaseName="ice", Name="people")["Table"]["StorageDescriptor"]
    assert column["Columns"][1]["Comment"] == "where"


def update(glue, place, version=None, **more):
    asked = {"Schema": SCHEMA, "Location": place, **more}
    glue.update_table(
        DatabaseName="ice",
        Name="people",
        UpdateOpenTableFormatInput={
            "UpdateIcebergInput": {"UpdateIcebergTableInput": {"Updates": [asked]}}
        },
        **({} if version is None else {"VersionId": version}),
    )


def test_an_iceberg_table_is_changed_by_its_updates(glue, catalog, place):
    create(glue, place, columns=[("id", "bigint")])
    catalog.load_table("ice.people").append(PEOPLE.select(["id"]))
    schema = {"Fields": [{**SCHEMA["Fields"][0], "Required": False}, SCHEMA["Fields"][1]]}
    update(glue, place, Schema=schema, Properties={"owner": "us"})
    table = catalog.load_table("ice.people")
    assert table.properties["owner"] == "us"
    assert table.scan().to_arrow().to_pylist() == [{"id": 1, "city": None}, {"id": 2, "city": None}]
    found = glue.get_table(DatabaseName="ice", Name="people")["Table"]
    assert "/metadata/00002-" in found["Parameters"]["metadata_location"]
    assert "/metadata/00001-" in found["Parameters"]["previous_metadata_location"]
    update(glue, place, Action="remove-properties", Properties={"owner": "", "no": ""})
    assert "owner" not in catalog.load_table("ice.people").properties


def test_a_spec_and_an_order_are_added_first_and_then_made_the_default(glue, catalog, place):
    create(glue, place)
    spec = {"Fields": [{"SourceId": 1, "Transform": "bucket[8]", "Name": "b"}]}
    way = {"Transform": "identity", "Direction": "desc", "NullOrder": "nulls-last"}
    order = {"OrderId": 1, "Fields": [{"SourceId": 2, **way}]}
    update(glue, place, Action="add-spec", PartitionSpec=spec)
    assert catalog.load_table("ice.people").spec().is_unpartitioned()
    update(glue, place, Action="set-default-spec", PartitionSpec={**spec, "SpecId": 1})
    update(glue, place, Action="add-sort-order", SortOrder=order)
    update(glue, place, Action="set-default-sort-order", SortOrder=order)
    table = catalog.load_table("ice.people")
    assert str(table.spec().fields[0].transform) == "bucket[8]"
    assert table.sort_order().fields[0].source_id == 2
    with pytest.raises(glue.exceptions.InvalidInputException, match="spec with id 7"):
        update(glue, place, Action="set-default-spec", PartitionSpec={**spec, "SpecId": 7})


def test_updates_that_come_too_late_or_to_another_kind_of_table_are_refused(glue, place):
    create(glue, place)
    with pytest.raises(glue.exceptions.ConcurrentModificationException):
        update(glue, place, version="7", Action="set-location")
    with pytest.raises(glue.exceptions.InvalidInputException, match="add-encryption-key"):
        update(glue, place, Action="add-encryption-key")
    glue.update_table(DatabaseName="ice", TableInput={"Name": "people"})
    with pytest.raises(glue.exceptions.InvalidInputException, match="not an Iceberg table"):
        update(glue, place)
