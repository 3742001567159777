"""Databases through boto3."""

from datetime import UTC, datetime, timedelta

import pytest


def names(answer):
    return [database["Name"] for database in answer["DatabaseList"]]


def test_a_created_database_is_answered_as_aws_answers_it(glue, account):
    given = {
        "Name": "people",
        "Description": "who there is",
        "LocationUri": "s3://bucket/people",
        "Parameters": {"owner": "census"},
    }
    glue.create_database(DatabaseInput=given)
    database = glue.get_database(Name="people")["Database"]
    assert abs(database.pop("CreateTime") - datetime.now(UTC)) < timedelta(minutes=1)
    assert database == {
        **given,
        "CreateTableDefaultPermissions": [
            {
                "Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"},
                "Permissions": ["ALL"],
            }
        ],
        "CatalogId": account,
    }


def test_permissions_that_were_given_are_kept_even_if_there_are_none(glue):
    glue.create_database(DatabaseInput={"Name": "closed", "CreateTableDefaultPermissions": []})
    assert glue.get_database(Name="closed")["Database"]["CreateTableDefaultPermissions"] == []


def test_names_are_folded_to_lower_case(glue):
    glue.create_database(DatabaseInput={"Name": "People"})
    assert glue.get_database(Name="PEOPLE")["Database"]["Name"] == "people"
    with pytest.raises(glue.exceptions.AlreadyExistsException) as refusal:
        glue.create_database(DatabaseInput={"Name": "pEOPLE"})
    assert refusal.value.response["Error"]["Message"] == "Database already exists."
    glue.delete_database(Name="pEoPlE")
    assert names(glue.get_databases()) == []


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("get_database", {}),
        ("delete_database", {}),
        ("update_database", {"DatabaseInput": {"Name": "Nowhere"}}),
    ],
)
def test_a_database_that_does_not_exist_is_not_found(glue, operation, more):
    with pytest.raises(glue.exceptions.EntityNotFoundException) as refusal:
        getattr(glue, operation)(Name="Nowhere", **more)
    assert refusal.value.response["Error"]["Message"] == "Database Nowhere not found."


def test_an_update_replaces_the_definition_and_keeps_the_creation_time(glue):
    glue.create_database(DatabaseInput={"Name": "people", "Description": "old", "Parameters": {}})
    before = glue.get_database(Name="people")["Database"]
    glue.update_database(Name="people", DatabaseInput={"Name": "people", "LocationUri": "s3://b"})
    after = glue.get_database(Name="people")["Database"]
    assert after["CreateTime"] == before["CreateTime"]
    assert after["LocationUri"] == "s3://b"
    assert "Description" not in after


def test_a_database_cannot_be_renamed(glue):
    glue.create_database(DatabaseInput={"Name": "people"})
    with pytest.raises(glue.exceptions.InvalidInputException):
        glue.update_database(Name="people", DatabaseInput={"Name": "persons"})
    assert names(glue.get_databases()) == ["people"]


def test_deleting_a_database_deletes_its_tables(glue):
    glue.create_database(DatabaseInput={"Name": "people"})
    glue.create_table(DatabaseName="people", TableInput={"Name": "adults"})
    glue.delete_database(Name="people")
    glue.create_database(DatabaseInput={"Name": "people"})
    assert glue.get_tables(DatabaseName="people")["TableList"] == []


def test_databases_come_in_pages_by_name(glue):
    for name in ("d", "b", "a", "c", "e"):
        glue.create_database(DatabaseInput={"Name": name})
    first = glue.get_databases(MaxResults=2)
    assert names(first) == ["a", "b"]
    glue.delete_database(Name="b")
    glue.create_database(DatabaseInput={"Name": "aa"})
    second = glue.get_databases(MaxResults=2, NextToken=first["NextToken"])
    assert names(second) == ["c", "d"]
    third = glue.get_databases(MaxResults=2, NextToken=second["NextToken"])
    assert names(third) == ["e"]
    assert "NextToken" not in third


def test_the_paginator_of_boto3_ends_after_every_database(glue):
    expected = [f"d{number:03}" for number in range(105)]
    for name in expected:
        glue.create_database(DatabaseInput={"Name": name})
    pages = list(glue.get_paginator("get_databases").paginate())
    assert [len(page["DatabaseList"]) for page in pages] == [100, 5]
    assert [name for page in pages for name in names(page)] == expected


@pytest.mark.parametrize("token", ["nonsense", "W10=", "eyJhIjoxfQ=="])
def test_a_token_that_was_never_given_is_refused(glue, token):
    with pytest.raises(glue.exceptions.InvalidInputException):
        glue.get_databases(NextToken=token)


def test_a_token_of_another_call_is_refused(glue):
    for name in ("a", "b"):
        glue.create_database(DatabaseInput={"Name": name})
    token = glue.get_databases(MaxResults=1)["NextToken"]
    with pytest.raises(glue.exceptions.InvalidInputException):
        glue.get_tables(DatabaseName="a", NextToken=token)


def test_only_the_names_are_answered_if_only_they_are_asked_for(glue):
    glue.create_database(DatabaseInput={"Name": "people", "Description": "who there is"})
    for wanted in ("NAME", "TARGET_DATABASE"):
        found = glue.get_databases(AttributesToGet=[wanted])["DatabaseList"]
        assert found == [{"Name": "people"}]


def test_no_database_is_shared_by_another_account(glue):
    glue.create_database(DatabaseInput={"Name": "people"})
    assert names(glue.get_databases(ResourceShareType="FOREIGN")) == []
    assert names(glue.get_databases(ResourceShareType="ALL")) == ["people"]


def test_the_catalog_of_another_account_is_not_found(glue, account):
    glue.create_database(DatabaseInput={"Name": "people"}, CatalogId=account)
    assert glue.get_database(Name="people", CatalogId=account)["Database"]["Name"] == "people"
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_database(Name="people", CatalogId="999999999999")


def test_accounts_and_regions_have_databases_of_their_own(gluematch_server, glue, account):
    glue.create_database(DatabaseInput={"Name": "people"})
    elsewhere = gluematch_server.client("glue", account=account, region="eu-west-1")
    assert names(elsewhere.get_databases()) == []
    elsewhere.create_database(DatabaseInput={"Name": "people"})
    elsewhere.delete_database(Name="people")
    assert names(glue.get_databases()) == ["people"]
