"""Partition indexes through boto3."""

import time

import pytest

WHERE = {"DatabaseName": "db", "TableName": "t"}
KEYS = [{"Name": "year", "Type": "int"}, {"Name": "month", "Type": "string"}]


@pytest.fixture
def glue(glue):
    glue.create_database(DatabaseInput={"Name": "db"})
    glue.create_table(DatabaseName="db", TableInput={"Name": "t", "PartitionKeys": KEYS})
    return glue


def index(name, *keys):
    return {"IndexName": name, "Keys": list(keys)}


def statuses(glue):
    found = glue.get_partition_indexes(**WHERE)["PartitionIndexDescriptorList"]
    return {one["IndexName"]: one["IndexStatus"] for one in found}


def create(glue, name, *keys):
    """A new index, once it is no longer being created."""
    glue.create_partition_index(**WHERE, PartitionIndex=index(name, *keys))
    return settled(glue)


def settled(glue):
    end = time.monotonic() + 10
    while {"CREATING", "DELETING"} & {*statuses(glue).values()}:
        assert time.monotonic() < end, "an index never settles"
    return statuses(glue)


def test_an_index_is_created_shown_and_deleted(glue):
    assert create(glue, "by_month", "Month", "year") == {"by_month": "ACTIVE"}
    (shown,) = glue.get_partition_indexes(**WHERE)["PartitionIndexDescriptorList"]
    assert shown == {
        "IndexName": "by_month",
        "Keys": [{"Name": "month", "Type": "string"}, {"Name": "year", "Type": "int"}],
        "IndexStatus": "ACTIVE",
    }
    glue.delete_partition_index(**WHERE, IndexName="by_month")
    assert settled(glue) == {}
    assert create(glue, "by_month", "month") == {"by_month": "ACTIVE"}


def test_a_new_table_may_bring_its_indexes_along(glue):
    table = {"Name": "with", "PartitionKeys": KEYS}
    given = [index("a", "year"), index("b", "month")]
    glue.create_table(DatabaseName="db", TableInput=table, PartitionIndexes=given)
    answer = glue.get_partition_indexes(DatabaseName="db", TableName="with")
    found = answer["PartitionIndexDescriptorList"]
    assert [(one["IndexName"], one["IndexStatus"]) for one in found] == [
        ("a", "ACTIVE"),
        ("b", "ACTIVE"),
    ]


def test_a_table_whose_indexes_make_no_sense_is_not_created(glue):
    table = {"Name": "with", "PartitionKeys": KEYS}
    given = [index("a", "year"), index("b", "day")]
    with pytest.raises(glue.exceptions.InvalidInputException, match="PartitionColumns"):
        glue.create_table(DatabaseName="db", TableInput=table, PartitionIndexes=given)
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_table(DatabaseName="db", Name="with")


def test_a_table_has_three_indexes_at_most_and_none_twice(glue):
    table = {"Name": "t2", "PartitionKeys": KEYS}
    given = [index("a", "year"), index("b", "month")]
    glue.create_table(DatabaseName="db", TableInput=table, PartitionIndexes=given)
    where = {"DatabaseName": "db", "TableName": "t2"}
    exists = glue.exceptions.AlreadyExistsException
    with pytest.raises(exists, match="Partition Index a already exists with the same name"):
        glue.create_partition_index(**where, PartitionIndex=index("a", "year", "month"))
    with pytest.raises(exists, match="Partition Index b already exists with the same keys"):
        glue.create_partition_index(**where, PartitionIndex=index("c", "month"))
    with pytest.raises(glue.exceptions.InvalidInputException, match=r"indexKeys : \[day\]"):
        glue.create_partition_index(**where, PartitionIndex=index("c", "year", "day"))
    four = [*given, index("c", "year", "month"), index("d", "month", "year")]
    limit = glue.exceptions.ResourceNumberLimitExceededException
    with pytest.raises(limit, match=r"Partition index limit exceeded\. Maximum: 3"):
        glue.create_table(
            DatabaseName="db", TableInput={**table, "Name": "t3"}, PartitionIndexes=four
        )


def test_partitions_that_do_not_fit_an_index_fail_it_and_are_named(glue):
    inputs = [{"Values": ["2020", "01"]}, {"Values": ["MMXX", "02"]}]
    glue.batch_create_partition(**WHERE, PartitionInputList=inputs)
    assert create(glue, "by_year", "year") == {"by_year": "FAILED"}
    (shown,) = glue.get_partition_indexes(**WHERE)["PartitionIndexDescriptorList"]
    assert shown["BackfillErrors"] == [
        {
            "Code": "INVALID_PARTITION_TYPE_DATA_ERROR",
            "Partitions": [{"Values": ["MMXX", "02"]}],
        }
    ]
    assert create(glue, "by_month", "month")["by_month"] == "ACTIVE"


def test_indexes_of_what_does_not_exist_are_not_found(glue):
    missing = glue.exceptions.EntityNotFoundException
    with pytest.raises(missing, match="does not exist"):
        glue.delete_partition_index(**WHERE, IndexName="x")
    for call, more in (
        (glue.get_partition_indexes, {}),
        (glue.delete_partition_index, {"IndexName": "x"}),
        (glue.create_partition_index, {"PartitionIndex": index("x", "year")}),
    ):
        with pytest.raises(missing, match="Table none not found"):
            call(DatabaseName="db", TableName="none", **more)


def test_a_table_made_again_has_none_of_the_indexes_it_had(glue):
    create(glue, "by_year", "year")
    glue.delete_table(DatabaseName="db", Name="t")
    glue.create_table(DatabaseName="db", TableInput={"Name": "t", "PartitionKeys": KEYS})
    assert statuses(glue) == {}
