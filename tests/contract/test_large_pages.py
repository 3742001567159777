"""Listings of large things: a page ends at four megabytes, and its token goes on exactly there."""

import json

import pytest

MEGABYTE = 2**20
NAMES = [f"t{number}" for number in range(7)]


def large():
    """What makes a table or a partition take one and a half megabytes."""
    return {"Parameters": dict.fromkeys("abc", "x" * 500_000)}


@pytest.fixture
def db(glue):
    glue.create_database(DatabaseInput={"Name": "db"})
    return glue


def pages(operation, member, **request):
    """The pages of a listing, with what each thing needs to be known."""
    found = []
    while True:
        answer = operation(**request)
        assert len(json.dumps(answer[member], default=str)) < 4.5 * MEGABYTE
        found.append(answer[member])
        if not answer.get("NextToken"):
            return found
        request["NextToken"] = answer["NextToken"]


def test_tables_come_in_pages_of_four_megabytes(db):
    for name in NAMES:
        db.create_table(DatabaseName="db", TableInput={"Name": name, **large()})
    for more in ({}, {"Expression": "t*"}):
        found = pages(db.get_tables, "TableList", DatabaseName="db", **more)
        assert [len(page) for page in found] == [2, 2, 2, 1]
        assert [one["Name"] for page in found for one in page] == NAMES
    found = pages(db.search_tables, "TableList", Filters=[{"Key": "DatabaseName", "Value": "db"}])
    assert [len(page) for page in found] == [2, 2, 2, 1]
    assert [one["Name"] for page in found for one in page] == NAMES


def test_the_number_that_is_asked_for_counts_as_well(db):
    for name in NAMES:
        db.create_table(DatabaseName="db", TableInput={"Name": name, **large()})
    found = pages(db.get_tables, "TableList", DatabaseName="db", MaxResults=1)
    assert [len(page) for page in found] == [1] * 7


def test_versions_come_in_pages_of_four_megabytes(db):
    db.create_table(DatabaseName="db", TableInput={"Name": "t", **large()})
    for _ in range(4):
        db.update_table(DatabaseName="db", TableInput={"Name": "t", **large()})
    found = pages(db.get_table_versions, "TableVersions", DatabaseName="db", TableName="t")
    assert [[one["VersionId"] for one in page] for page in found] == [["4", "3"], ["2", "1"], ["0"]]


@pytest.fixture
def parts(db):
    keys = [{"Name": "day", "Type": "string"}]
    db.create_table(DatabaseName="db", TableInput={"Name": "t", "PartitionKeys": keys})
    for name in NAMES:
        db.create_partition(
            DatabaseName="db", TableName="t", PartitionInput={"Values": [name], **large()}
        )
    return db


@pytest.mark.parametrize("expression", ["", "day >= 't'"])
def test_partitions_come_in_pages_of_four_megabytes(parts, expression):
    request = {"DatabaseName": "db", "TableName": "t", "Expression": expression}
    found = pages(parts.get_partitions, "Partitions", **request)
    assert [len(page) for page in found] == [2, 2, 2, 1]
    assert [one["Values"] for page in found for one in page] == [[name] for name in NAMES]


def test_partitions_that_do_not_fit_into_one_answer_are_left_to_be_asked_for_again(parts):
    wanted = [{"Values": [name]} for name in [*reversed(NAMES), "none"]]
    found = []
    while wanted:
        answer = parts.batch_get_partition(DatabaseName="db", TableName="t", PartitionsToGet=wanted)
        assert len(answer["Partitions"]) <= 2
        found += [one["Values"][0] for one in answer["Partitions"]]
        wanted = answer["UnprocessedKeys"]
    assert found == NAMES[::-1]
