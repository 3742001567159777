"""What awswrangler and Terraform's provider ask of a Data Catalog, in the order they ask it."""

import json

import awswrangler as wr
import boto3
import pandas as pd
import pytest

PEOPLE = pd.DataFrame({"id": [1, 2, 3], "name": ["Ada", "Alan", "Grace"], "year": [1, 1, 2]})
SETTINGS = {
    "description": "all of us",
    "columns_comments": {"id": "who"},
    "parameters": {"a": "b"},
}


@pytest.fixture
def session(gluematch_server, account, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", gluematch_server.url)
    made = boto3.Session(account, "test", region_name="us-east-1")
    made.client("s3").create_bucket(Bucket=f"wr-{account}")
    wr.catalog.create_database("wr", description="of wrangler", boto3_session=made)
    return made


@pytest.fixture
def write(session, account):
    def to_parquet(frame, **more):
        return wr.s3.to_parquet(
            frame,
            path=f"s3://wr-{account}/people/",
            dataset=True,
            database="wr",
            table="people",
            partition_cols=["year"],
            boto3_session=session,
            **more,
        )

    return to_parquet


def test_awswrangler_writes_and_reads_a_partitioned_table(session, write):
    write(PEOPLE, glue_table_settings=SETTINGS)
    write(pd.DataFrame({"id": [4], "name": ["Emmy"], "year": [3]}), mode="append")
    write(
        pd.DataFrame({"id": [9], "name": ["Ida"], "year": [1]}),
        mode="overwrite_partitions",
    )
    found = wr.s3.read_parquet_table(table="people", database="wr", boto3_session=session)
    rows = sorted(zip(found["id"], found["name"], found["year"].astype(str), strict=True))
    assert rows == [(3, "Grace", "2"), (4, "Emmy", "3"), (9, "Ida", "1")]
    one = wr.s3.read_parquet_table(
        table="people",
        database="wr",
        partition_filter=lambda partition: partition["year"] == "3",
        boto3_session=session,
    )
    assert list(one["name"]) == ["Emmy"]


def test_awswrangler_asks_about_tables_and_changes_them(session, write):
    write(PEOPLE, glue_table_settings=SETTINGS)
    of = {"database": "wr", "table": "people", "boto3_session": session}
    types = wr.catalog.get_table_types(**of)
    assert types == {"id": "bigint", "name": "string", "year": "bigint"}
    assert wr.catalog.get_columns_comments(**of)["id"] == "who"
    assert wr.catalog.does_table_exist(**of)
    wr.catalog.upsert_table_parameters({"c": "d"}, "wr", "people", boto3_session=session)
    parameters = wr.catalog.get_table_parameters(**of)
    assert {"a": "b", "c": "d"}.items() <= parameters.items()
    wr.catalog.add_column(**of, column_name="city", column_type="string", column_comment="where")
    assert wr.catalog.get_table_number_of_versions(**of) >= 2
    wr.catalog.delete_column(**of, column_name="city")
    assert "city" not in wr.catalog.get_table_types(**of)
    partitions = wr.catalog.get_parquet_partitions(**of, expression="year >= 2")
    assert list(partitions.values()) == [["2"]]
    assert wr.catalog.delete_partitions(**of, partitions_values=[["2"]]) is None
    assert len(wr.catalog.get_partitions(**of)) == 1
    names = [t["Name"] for t in wr.catalog.search_tables(text="people", boto3_session=session)]
    assert names == ["people"]
    found = wr.catalog.get_tables(database="wr", name_contains="eopl", boto3_session=session)
    assert [table["Name"] for table in found] == ["people"]
    assert wr.catalog.delete_table_if_exists("wr", "people", boto3_session=session)
    assert not wr.catalog.does_table_exist(**of)


def missing(glue, ask, **request):
    """What Terraform's provider takes for the end of a resource."""
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        ask(**request)


def test_a_database_and_a_table_live_as_terraform_has_it(glue, account):
    arn = f"arn:aws:glue:us-east-1:{account}:database/tf"
    asked = {"Name": "tf", "Description": "", "Parameters": {}, "LocationUri": "s3://tf/"}
    glue.create_database(CatalogId=account, DatabaseInput=asked, Tags={"env": "test"})
    found = glue.get_database(CatalogId=account, Name="tf")["Database"]
    assert {**found, **asked} == found
    assert found["CreateTableDefaultPermissions"][0]["Permissions"] == ["ALL"]
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"env": "test"}
    link = {"Name": "link", "TargetDatabase": {"CatalogId": account, "DatabaseName": "tf"}}
    glue.create_database(CatalogId=account, DatabaseInput=link)
    assert glue.get_database(Name="link")["Database"]["TargetDatabase"] == link["TargetDatabase"]
    of = {"CatalogId": account, "DatabaseName": "tf"}
    columns = [{"Name": "id", "Type": "int", "Comment": "", "Parameters": {}}]
    table = {
        "Name": "t",
        "Owner": "owner",
        "Retention": 0,
        "StorageDescriptor": {"Columns": columns, "SkewedInfo": {}, "SerdeInfo": {"Name": "s"}},
        "PartitionKeys": [{"Name": "day", "Type": "date", "Comment": ""}],
        "ViewOriginalText": "",
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE"},
    }
    glue.create_table(
        **of, TableInput=table, PartitionIndexes=[{"Keys": ["day"], "IndexName": "by_day"}]
    )
    found = glue.get_table(**of, Name="t")["Table"]
    assert {**found, **table, "StorageDescriptor": None} == {**found, "StorageDescriptor": None}
    (index,) = glue.get_partition_indexes(**of, TableName="t")["PartitionIndexDescriptorList"]
    assert index["IndexName"] == "by_day"
    glue.update_table(**of, TableInput={**table, "Description": "new"})
    assert glue.get_table(**of, Name="t")["Table"]["Description"] == "new"
    glue.delete_table(**of, Name="t")
    missing(glue, glue.get_table, **of, Name="t")
    glue.delete_database(CatalogId=account, Name="tf")
    missing(glue, glue.get_database, CatalogId=account, Name="tf")


def test_the_settings_of_an_account_live_as_terraform_has_it(glue, account):
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    glue.put_resource_policy(
        PolicyInJson=policy, PolicyExistsCondition="NOT_EXIST", EnableHybrid="TRUE"
    )
    glue.put_resource_policy(PolicyInJson=policy, PolicyExistsCondition="MUST_EXIST")
    assert json.loads(glue.get_resource_policy()["PolicyInJson"]) == json.loads(policy)
    glue.delete_resource_policy()
    missing(glue, glue.get_resource_policy)
    settings = {
        "EncryptionAtRest": {"CatalogEncryptionMode": "DISABLED"},
        "ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": False},
    }
    glue.put_data_catalog_encryption_settings(
        CatalogId=account, DataCatalogEncryptionSettings=settings
    )
    found = glue.get_data_catalog_encryption_settings(CatalogId=account)
    assert found["DataCatalogEncryptionSettings"] == settings
