"""Versions of tables through boto3: what UpdateTable keeps, and what is deleted."""

import pytest


@pytest.fixture
def glue(glue):
    glue.create_database(DatabaseInput={"Name": "people"})
    glue.create_table(DatabaseName="people", TableInput=table("first"))
    return glue


def table(description):
    return {"Name": "adults", "Description": description}


def update(glue, description, **more):
    glue.update_table(DatabaseName="people", TableInput=table(description), **more)


def kept(glue, **more):
    """Version ids and descriptions, as GetTableVersions lists them."""
    answer = glue.get_table_versions(DatabaseName="people", TableName="adults", **more)
    return [(v["VersionId"], v["Table"]["Description"]) for v in answer["TableVersions"]]


def test_an_update_keeps_the_version_before_and_lists_the_latest_first(glue):
    update(glue, "second")
    update(glue, "second")
    assert kept(glue) == [("2", "second"), ("1", "second"), ("0", "first")]
    present = glue.get_table(DatabaseName="people", Name="adults")["Table"]
    (latest, _, first) = glue.get_table_versions(DatabaseName="people", TableName="adults")[
        "TableVersions"
    ]
    assert latest["Table"] == present
    assert first["Table"]["VersionId"] == "0"
    assert first["Table"]["UpdateTime"] <= present["UpdateTime"]


def test_an_update_that_skips_the_archive_counts_and_keeps_nothing(glue):
    update(glue, "second", SkipArchive=True)
    update(glue, "third")
    assert kept(glue) == [("2", "third"), ("1", "second")]


def test_one_version_is_read_by_its_id_and_the_present_one_without(glue):
    update(glue, "second")
    of = {"DatabaseName": "people", "TableName": "adults"}
    first = glue.get_table_version(**of, VersionId="0")["TableVersion"]
    assert (first["VersionId"], first["Table"]["Description"]) == ("0", "first")
    assert glue.get_table_version(**of)["TableVersion"]["VersionId"] == "1"
    with pytest.raises(glue.exceptions.EntityNotFoundException, match="Version not found"):
        glue.get_table_version(**of, VersionId="7")
    for odd in ("x", "-1", "1.0", "٣", "9" * 40):
        with pytest.raises(glue.exceptions.InvalidInputException):
            glue.get_table_version(**of, VersionId=odd)
    with pytest.raises(glue.exceptions.EntityNotFoundException, match="Table children not found"):
        glue.get_table_version(DatabaseName="people", TableName="children", VersionId="0")


def test_pages_of_versions_stay_in_order_while_versions_are_made_and_deleted(glue):
    for number in range(6):
        update(glue, str(number))
    of = {"DatabaseName": "people", "TableName": "adults", "MaxResults": 2}
    answer = glue.get_table_versions(**of)
    found = [v["VersionId"] for v in answer["TableVersions"]]
    update(glue, "later")
    glue.delete_table_version(DatabaseName="people", TableName="adults", VersionId="5")
    glue.delete_table_version(DatabaseName="people", TableName="adults", VersionId="4")
    while token := answer.get("NextToken"):
        answer = glue.get_table_versions(**of, NextToken=token)
        found += [v["VersionId"] for v in answer["TableVersions"]]
    assert found == ["6", "5", "3", "2", "1", "0"]


def test_an_earlier_version_can_be_deleted_and_the_present_one_cannot(glue):
    update(glue, "second")
    of = {"DatabaseName": "people", "TableName": "adults"}
    glue.delete_table_version(**of, VersionId="0")
    assert kept(glue) == [("1", "second")]
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.delete_table_version(**of, VersionId="0")
    with pytest.raises(glue.exceptions.InvalidInputException):
        glue.delete_table_version(**of, VersionId="1")


def test_a_batch_tells_what_it_could_not_delete(glue):
    update(glue, "second")
    of = {"DatabaseName": "people", "TableName": "adults"}
    answer = glue.batch_delete_table_version(**of, VersionIds=["0", "1", "8", "x"])
    told = [(e["VersionId"], e["ErrorDetail"]["ErrorCode"]) for e in answer["Errors"]]
    assert told == [
        ("1", "InvalidInputException"),
        ("8", "EntityNotFoundException"),
        ("x", "InvalidInputException"),
    ]
    assert {error["TableName"] for error in answer["Errors"]} == {"adults"}
    assert kept(glue) == [("1", "second")]


def test_versions_go_with_their_table(glue):
    update(glue, "second")
    glue.delete_table(DatabaseName="people", Name="adults")
    glue.create_table(DatabaseName="people", TableInput=table("again"))
    assert kept(glue) == [("0", "again")]
    update(glue, "more")
    glue.delete_database(Name="people")
    glue.create_database(DatabaseInput={"Name": "people"})
    glue.create_table(DatabaseName="people", TableInput=table("anew"))
    assert kept(glue) == [("0", "anew")]
