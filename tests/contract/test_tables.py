"""Tables through boto3."""

from datetime import UTC, datetime, timedelta

import pytest

STORAGE = {
    "Columns": [
        {"Name": "id", "Type": "bigint", "Comment": "who"},
        {"Name": "name", "Type": "string"},
    ],
    "Location": "s3://bucket/people/",
    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
    "Compressed": True,
    "NumberOfBuckets": -1,
    "SerdeInfo": {
        "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
        "Parameters": {"field.delim": ","},
    },
    "BucketColumns": [],
    "SortColumns": [{"Column": "id", "SortOrder": 1}],
    "Parameters": {"classification": "csv"},
    "SkewedInfo": {"SkewedColumnNames": ["name"]},
    "StoredAsSubDirectories": True,
}
SEEN = datetime(2024, 2, 29, 12, 30, 15, 250000, tzinfo=UTC)


@pytest.fixture
def glue(glue):
    glue.create_database(DatabaseInput={"Name": "people"})
    return glue


def names(answer):
    return [table["Name"] for table in answer["TableList"]]


def test_a_created_table_is_answered_as_aws_answers_it(glue, account):
    given = {
        "Name": "adults",
        "Description": "over 18",
        "Owner": "census",
        "LastAccessTime": SEEN,
        "LastAnalyzedTime": SEEN,
        "Retention": 7,
        "StorageDescriptor": STORAGE,
        "PartitionKeys": [{"Name": "year", "Type": "int"}],
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"classification": "csv", "empty": ""},
    }
    glue.create_table(DatabaseName="people", TableInput=given)
    table = glue.get_table(DatabaseName="people", Name="adults")["Table"]
    created, updated = table.pop("CreateTime"), table.pop("UpdateTime")
    assert created == updated
    assert abs(created - datetime.now(UTC)) < timedelta(minutes=1)
    assert table == {
        **given,
        "DatabaseName": "people",
        "CreatedBy": f"arn:aws:iam::{account}:root",
        "IsRegisteredWithLakeFormation": False,
        "CatalogId": account,
        "VersionId": "0",
    }


def test_what_a_storage_descriptor_leaves_out_is_filled_in(glue):
    columns = [{"Name": "id", "Type": "int"}]
    given = {"Name": "adults", "StorageDescriptor": {"Columns": columns}}
    glue.create_table(DatabaseName="people", TableInput=given)
    table = glue.get_table(DatabaseName="people", Name="adults")["Table"]
    assert table["Retention"] == 0
    assert table["StorageDescriptor"] == {
        "Columns": columns,
        "Compressed": False,
        "NumberOfBuckets": 0,
        "SortColumns": [],
        "StoredAsSubDirectories": False,
    }


def test_names_of_tables_and_columns_are_folded_to_lower_case(glue):
    glue.create_table(
        DatabaseName="PEOPLE",
        TableInput={
            "Name": "Adults",
            "StorageDescriptor": {"Columns": [{"Name": "FirstName", "Type": "string"}]},
            "PartitionKeys": [{"Name": "Year", "Type": "int"}],
        },
    )
    table = glue.get_table(DatabaseName="People", Name="ADULTS")["Table"]
    assert (table["DatabaseName"], table["Name"]) == ("people", "adults")
    assert table["StorageDescriptor"]["Columns"] == [{"Name": "firstname", "Type": "string"}]
    assert table["PartitionKeys"] == [{"Name": "year", "Type": "int"}]
    with pytest.raises(glue.exceptions.AlreadyExistsException) as refusal:
        glue.create_table(DatabaseName="people", TableInput={"Name": "aDULTS"})
    assert refusal.value.response["Error"]["Message"] == "Table already exists."


def test_columns_of_one_name_are_kept_as_aws_keeps_them(glue):
    columns = [{"Name": "Id", "Type": "int"}, {"Name": "id", "Type": "string"}]
    given = {"Name": "adults", "StorageDescriptor": {"Columns": columns}}
    glue.create_table(DatabaseName="people", TableInput=given)
    table = glue.get_table(DatabaseName="people", Name="adults")["Table"]
    assert [column["Name"] for column in table["StorageDescriptor"]["Columns"]] == ["id", "id"]


def test_a_view_keeps_its_texts_and_a_link_its_target(glue):
    view = {
        "Name": "seniors",
        "TableType": "VIRTUAL_VIEW",
        "ViewOriginalText": "/* Presto View: e30= */",
        "ViewExpandedText": "/* Presto View */",
    }
    target = {"CatalogId": "210000000009", "DatabaseName": "Other", "Name": "Far"}
    glue.create_table(DatabaseName="people", TableInput=view)
    glue.create_table(DatabaseName="people", TableInput={"Name": "link", "TargetTable": target})
    seniors = glue.get_table(DatabaseName="people", Name="seniors")["Table"]
    assert view.items() <= seniors.items()
    assert glue.get_table(DatabaseName="people", Name="link")["Table"]["TargetTable"] == target


def test_a_table_or_its_database_that_does_not_exist_is_not_found(glue):
    with pytest.raises(glue.exceptions.EntityNotFoundException, match=r"Table Nobody not found\."):
        glue.get_table(DatabaseName="people", Name="Nobody")
    with pytest.raises(glue.exceptions.EntityNotFoundException, match=r"Table nobody not found\."):
        glue.delete_table(DatabaseName="people", Name="nobody")
    with pytest.raises(glue.exceptions.EntityNotFoundException, match=r"Table nobody not found\."):
        glue.update_table(DatabaseName="people", TableInput={"Name": "nobody"})
    missing = r"Database Nowhere not found\."
    with pytest.raises(glue.exceptions.EntityNotFoundException, match=missing):
        glue.get_table(DatabaseName="Nowhere", Name="adults")
    with pytest.raises(glue.exceptions.EntityNotFoundException, match=missing):
        glue.get_tables(DatabaseName="Nowhere")
    with pytest.raises(glue.exceptions.EntityNotFoundException, match=missing):
        glue.create_table(DatabaseName="Nowhere", TableInput={"Name": "adults"})
    with pytest.raises(glue.exceptions.EntityNotFoundException, match=missing):
        glue.batch_delete_table(DatabaseName="Nowhere", TablesToDelete=["adults"])


def test_an_update_replaces_the_definition_and_counts_versions(glue):
    glue.create_table(DatabaseName="people", TableInput={"Name": "adults", "Description": "old"})
    before = glue.get_table(DatabaseName="people", Name="adults")["Table"]
    glue.update_table(DatabaseName="people", TableInput={"Name": "Adults", "Owner": "census"})
    after = glue.get_table(DatabaseName="people", Name="adults")["Table"]
    assert (after["VersionId"], after["Owner"]) == ("1", "census")
    assert "Description" not in after
    assert after["CreateTime"] == before["CreateTime"]
    assert after["UpdateTime"] >= before["UpdateTime"]


def test_an_update_of_a_version_that_is_no_longer_current_is_refused(glue):
    glue.create_table(DatabaseName="people", TableInput={"Name": "adults"})
    glue.update_table(DatabaseName="people", TableInput={"Name": "adults"}, VersionId="0")
    with pytest.raises(glue.exceptions.ConcurrentModificationException):
        glue.update_table(DatabaseName="people", TableInput={"Name": "adults"}, VersionId="0")
    assert glue.get_table(DatabaseName="people", Name="adults")["Table"]["VersionId"] == "1"


def test_a_table_without_input_is_refused(glue):
    with pytest.raises(glue.exceptions.InvalidInputException):
        glue.create_table(DatabaseName="people", Name="adults")
    with pytest.raises(glue.exceptions.InvalidInputException):
        glue.create_table(DatabaseName="people", Name="adults", TableInput={"Name": "children"})


def test_tables_come_in_pages_by_name(glue):
    for name in ("d", "b", "a", "c", "e"):
        glue.create_table(DatabaseName="people", TableInput={"Name": name})
    first = glue.get_tables(DatabaseName="people", MaxResults=2)
    assert names(first) == ["a", "b"]
    glue.delete_table(DatabaseName="people", Name="b")
    token = first["NextToken"]
    second = glue.get_tables(DatabaseName="people", MaxResults=3, NextToken=token)
    assert names(second) == ["c", "d", "e"]
    assert "NextToken" not in second
    glue.create_database(DatabaseInput={"Name": "other"})
    with pytest.raises(glue.exceptions.InvalidInputException):
        glue.get_tables(DatabaseName="other", MaxResults=2, NextToken=token)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("adults", ["adults"]),
        ("adult", []),
        ("ADULTS", ["adults"]),
        ("adults*", ["adults", "adults_2024"]),
        ("*2024", ["adults_2024", "children_2024"]),
        ("*ult*", ["adults", "adults_2024"]),
        ("*", ["adults", "adults_2024", "children_2024"]),
        (".*", ["adults", "adults_2024", "children_2024"]),
        (r"\w+_\d{4}", ["adults_2024", "children_2024"]),
        (r"\w*s", ["adults"]),
        ("[a-d]*", []),
        ("adults|children*", ["adults", "children_2024"]),
        ("(?!adults).*", ["children_2024"]),
        (r"adults\*", []),
    ],
)
def test_an_expression_chooses_tables_by_name(glue, expression, expected):
    for name in ("adults", "adults_2024", "children_2024"):
        glue.create_table(DatabaseName="people", TableInput={"Name": name})
    assert names(glue.get_tables(DatabaseName="people", Expression=expression)) == expected


def test_chosen_tables_come_in_pages_too(glue):
    for number in range(7):
        glue.create_table(DatabaseName="people", TableInput={"Name": f"t{number}_{number % 2}"})
    pages = list(
        glue.get_paginator("get_tables").paginate(
            DatabaseName="people", Expression="*_0", PaginationConfig={"PageSize": 3}
        )
    )
    assert [names(page) for page in pages] == [["t0_0", "t2_0", "t4_0"], ["t6_0"]]


@pytest.mark.parametrize("expression", ["(adults", "((a{1000}){1000}){1000}"])
def test_an_expression_that_is_no_pattern_or_unfolds_to_gigabytes_is_refused(glue, expression):
    with pytest.raises(glue.exceptions.InvalidInputException, match="not a valid pattern"):
        glue.get_tables(DatabaseName="people", Expression=expression)


def test_an_expression_that_never_ends_does_not_stop_the_server(glue):
    glue.create_table(DatabaseName="people", TableInput={"Name": "a" * 255})
    with pytest.raises(glue.exceptions.InvalidInputException, match="too long"):
        glue.get_tables(DatabaseName="people", Expression="(a|aa)+(a|b)?(a?)+$x")


def test_only_names_and_types_are_answered_if_only_they_are_asked_for(glue):
    glue.create_table(
        DatabaseName="people", TableInput={"Name": "adults", "TableType": "EXTERNAL_TABLE"}
    )
    found = glue.get_tables(DatabaseName="people", AttributesToGet=["NAME"])["TableList"]
    assert found == [{"Name": "adults"}]
    found = glue.get_tables(DatabaseName="people", AttributesToGet=["TABLE_TYPE"])["TableList"]
    assert found == [{"Name": "adults", "TableType": "EXTERNAL_TABLE"}]


def test_no_table_is_federated(glue):
    glue.create_table(DatabaseName="people", TableInput={"Name": "adults"})
    assert names(glue.get_tables(DatabaseName="people", ResourceShareType="FEDERATED")) == []
    assert names(glue.get_tables(DatabaseName="people", ResourceShareType="ALL")) == ["adults"]


def test_several_tables_go_at_once_and_the_missing_are_named(glue):
    for name in ("a", "b", "c"):
        glue.create_table(DatabaseName="people", TableInput={"Name": name})
    answer = glue.batch_delete_table(DatabaseName="people", TablesToDelete=["A", "x", "c"])
    assert answer["Errors"] == [
        {
            "TableName": "x",
            "ErrorDetail": {
                "ErrorCode": "EntityNotFoundException",
                "ErrorMessage": "Table x not found.",
            },
        }
    ]
    assert names(glue.get_tables(DatabaseName="people")) == ["b"]
    assert not glue.batch_delete_table(DatabaseName="people", TablesToDelete=["b"]).get("Errors")


def test_the_catalog_of_another_account_has_no_tables_for_us(glue):
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_tables(DatabaseName="people", CatalogId="999999999999")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.create_table(
            DatabaseName="people", TableInput={"Name": "adults"}, CatalogId="999999999999"
        )
