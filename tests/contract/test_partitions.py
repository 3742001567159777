"""Partitions through boto3."""

from datetime import UTC, datetime, timedelta

import pytest

WHERE = {"DatabaseName": "people", "TableName": "adults"}
STORAGE = {
    "Columns": [{"Name": "id", "Type": "bigint"}],
    "Location": "s3://bucket/adults/year=2024/month=01/",
    "Compressed": False,
    "NumberOfBuckets": -1,
    "SortColumns": [],
    "StoredAsSubDirectories": False,
}


@pytest.fixture
def glue(glue):
    glue.create_database(DatabaseInput={"Name": "people"})
    keys = [{"Name": "year", "Type": "int"}, {"Name": "month", "Type": "string"}]
    glue.create_table(
        DatabaseName="people",
        TableInput={"Name": "adults", "PartitionKeys": keys, "StorageDescriptor": STORAGE},
    )
    return glue


def part(*values, **more):
    return {"Values": list(values), **more}


def values(answer):
    return [tuple(partition["Values"]) for partition in answer["Partitions"]]


def error(code, message, *of):
    detail = {"ErrorCode": code, "ErrorMessage": message}
    return {"PartitionValues": list(of), "ErrorDetail": detail}


def test_a_created_partition_is_answered_as_aws_answers_it(glue, account):
    given = part("2024", "01", StorageDescriptor=STORAGE, Parameters={"rows": "3"})
    glue.create_partition(**WHERE, PartitionInput=given)
    found = glue.get_partition(**WHERE, PartitionValues=["2024", "01"])["Partition"]
    assert abs(found.pop("CreationTime") - datetime.now(UTC)) < timedelta(minutes=1)
    assert found == {**given, **WHERE, "CatalogId": account}


def test_a_partition_that_exists_is_not_created_again(glue):
    glue.create_partition(**WHERE, PartitionInput=part("2024", "01"))
    with pytest.raises(glue.exceptions.AlreadyExistsException) as refusal:
        glue.create_partition(**WHERE, PartitionInput=part("2024", "01"))
    assert refusal.value.response["Error"]["Message"] == "Partition already exists."


@pytest.mark.parametrize("given", [part(), {}, part("2024"), part("2024", "01", "02")])
def test_a_partition_needs_a_value_for_each_key(glue, given):
    message = "The number of partition keys do not match the number of partition values"
    with pytest.raises(glue.exceptions.InvalidInputException, match=message):
        glue.create_partition(**WHERE, PartitionInput=given)
    with pytest.raises(glue.exceptions.InvalidInputException, match=message):
        glue.batch_create_partition(**WHERE, PartitionInputList=[part("2024", "01"), given])
    assert values(glue.get_partitions(**WHERE)) == []


def test_a_table_without_partition_keys_takes_any_values(glue):
    glue.create_table(DatabaseName="people", TableInput={"Name": "loose"})
    where = {"DatabaseName": "people", "TableName": "loose"}
    glue.create_partition(**where, PartitionInput=part("2018-10-01"))
    assert values(glue.get_partitions(**where)) == [("2018-10-01",)]
    with pytest.raises(glue.exceptions.InvalidInputException, match="Invalid partition expression"):
        glue.get_partitions(**where, Expression="year IS NULL")


def test_a_partition_or_its_table_that_does_not_exist_is_not_found(glue):
    calls = [
        (glue.get_partition, {"PartitionValues": ["1", "2"]}),
        (glue.delete_partition, {"PartitionValues": ["1", "2"]}),
        (glue.update_partition, {"PartitionValueList": ["1", "2"], "PartitionInput": {}}),
    ]
    for call, arguments in calls:
        with pytest.raises(glue.exceptions.EntityNotFoundException, match="Cannot find partition"):
            call(**WHERE, **arguments)
        with pytest.raises(glue.exceptions.EntityNotFoundException, match="Table x not found"):
            call(DatabaseName="people", TableName="x", **arguments)
        with pytest.raises(glue.exceptions.EntityNotFoundException, match="Database x not found"):
            call(DatabaseName="x", TableName="adults", **arguments)


def test_values_of_every_kind_name_partitions_apart(glue):
    kinds = [("a,b", "c"), ("a", "b,c"), ('"', "\\"), ("", "x"), ("ü", "€"), ("A", "b")]
    kinds = [kind for kind in kinds if all(kind)]
    glue.batch_create_partition(**WHERE, PartitionInputList=[part(*kind) for kind in kinds])
    assert set(values(glue.get_partitions(**WHERE))) == set(kinds)
    for kind in kinds:
        found = glue.get_partition(**WHERE, PartitionValues=list(kind))["Partition"]
        assert tuple(found["Values"]) == kind


def test_a_batch_creates_what_is_new_and_tells_what_is_not(glue):
    glue.create_partition(**WHERE, PartitionInput=part("2024", "01", Parameters={"first": "1"}))
    answer = glue.batch_create_partition(
        **WHERE,
        PartitionInputList=[part("2024", "01"), part("2024", "02"), part("2024", "02")],
    )
    code, message = "AlreadyExistsException", "Partition already exists."
    assert answer["Errors"] == [
        error(code, message, "2024", "01"),
        error(code, message, "2024", "02"),
    ]
    assert values(glue.get_partitions(**WHERE)) == [("2024", "01"), ("2024", "02")]
    kept = glue.get_partition(**WHERE, PartitionValues=["2024", "01"])["Partition"]
    assert kept["Parameters"] == {"first": "1"}


def test_a_batch_of_reads_leaves_out_what_is_missing(glue):
    inputs = [part("2024", "01"), part("2024", "02")]
    answer = glue.batch_create_partition(**WHERE, PartitionInputList=inputs)
    assert not answer.get("Errors")
    keys = [{"Values": ["2024", "02"]}, {"Values": ["1999", "01"]}, {"Values": ["2024", "01"]}]
    answer = glue.batch_get_partition(**WHERE, PartitionsToGet=keys)
    assert values(answer) == [("2024", "02"), ("2024", "01")]
    assert answer["UnprocessedKeys"] == []


def test_a_batch_of_deletes_tells_what_is_missing(glue):
    inputs = [part("2024", "01"), part("2024", "02")]
    glue.batch_create_partition(**WHERE, PartitionInputList=inputs)
    keys = [{"Values": ["2024", "02"]}, {"Values": ["1999", "01"]}]
    answer = glue.batch_delete_partition(**WHERE, PartitionsToDelete=keys)
    missing = error("EntityNotFoundException", "Cannot find partition.", "1999", "01")
    assert answer["Errors"] == [missing]
    assert values(glue.get_partitions(**WHERE)) == [("2024", "01")]


def test_an_update_may_change_the_definition_and_the_values(glue):
    glue.create_partition(**WHERE, PartitionInput=part("2024", "01", Parameters={"a": "1"}))
    before = glue.get_partition(**WHERE, PartitionValues=["2024", "01"])["Partition"]
    old = ["2024", "01"]
    glue.update_partition(
        **WHERE, PartitionValueList=old, PartitionInput=part("2025", "01", Parameters={"b": "2"})
    )
    assert values(glue.get_partitions(**WHERE)) == [("2025", "01")]
    after = glue.get_partition(**WHERE, PartitionValues=["2025", "01"])["Partition"]
    assert after["Parameters"] == {"b": "2"}
    assert after["CreationTime"] == before["CreationTime"]


def test_an_update_does_not_take_the_values_of_another_partition(glue):
    inputs = [part("2024", "01"), part("2024", "02")]
    glue.batch_create_partition(**WHERE, PartitionInputList=inputs)
    with pytest.raises(glue.exceptions.ClientError, match=r"AlreadyExists.*already exists"):
        glue.update_partition(
            **WHERE, PartitionValueList=["2024", "01"], PartitionInput=part("2024", "02")
        )
    assert values(glue.get_partitions(**WHERE)) == [("2024", "01"), ("2024", "02")]


def test_a_batch_of_updates_changes_what_it_can_and_tells_the_rest(glue):
    inputs = [part("2024", "01"), part("2024", "02"), part("2024", "03")]
    glue.batch_create_partition(**WHERE, PartitionInputList=inputs)
    entries = [
        (["2024", "01"], part("2025", "01", Parameters={"a": "1"})),
        (["1999", "01"], part("1999", "02")),
        (["2024", "02"], part("2024", "03")),
        (["2024", "03"], part("2024")),
        (["2024", "03"], {"Parameters": {"b": "2"}}),
    ]
    answer = glue.batch_update_partition(
        **WHERE,
        Entries=[{"PartitionValueList": old, "PartitionInput": new} for old, new in entries],
    )
    told = [
        (one["PartitionValueList"], one["ErrorDetail"]["ErrorCode"]) for one in answer["Errors"]
    ]
    assert told == [
        (["1999", "01"], "EntityNotFoundException"),
        (["2024", "02"], "AlreadyExistsException"),
        (["2024", "03"], "InvalidInputException"),
    ]
    found = glue.get_partitions(**WHERE)["Partitions"]
    assert {tuple(one["Values"]): one.get("Parameters") for one in found} == {
        ("2024", "02"): None,
        ("2024", "03"): {"b": "2"},
        ("2025", "01"): {"a": "1"},
    }


def test_a_batch_of_updates_that_all_succeed_has_no_errors(glue):
    glue.create_partition(**WHERE, PartitionInput=part("2024", "01"))
    entry = {"PartitionValueList": ["2024", "01"], "PartitionInput": part("2024", "01")}
    assert glue.batch_update_partition(**WHERE, Entries=[entry])["Errors"] == []


def test_a_deleted_partition_is_gone(glue):
    glue.create_partition(**WHERE, PartitionInput=part("2024", "01"))
    glue.delete_partition(**WHERE, PartitionValues=["2024", "01"])
    assert values(glue.get_partitions(**WHERE)) == []


def test_a_table_made_again_has_none_of_the_partitions_it_had(glue):
    glue.create_partition(**WHERE, PartitionInput=part("2024", "01"))
    glue.delete_table(DatabaseName="people", Name="adults")
    glue.create_table(DatabaseName="people", TableInput={"Name": "adults"})
    assert values(glue.get_partitions(**WHERE)) == []


def test_the_paginator_of_boto3_ends_after_every_partition(glue):
    expected = [(str(year), f"{month:02}") for year in range(2000, 2015) for month in range(1, 13)]
    for start in range(0, len(expected), 100):
        inputs = [part(*one, StorageDescriptor=STORAGE) for one in expected[start : start + 100]]
        glue.batch_create_partition(**WHERE, PartitionInputList=inputs)
    pages = list(glue.get_paginator("get_partitions").paginate(**WHERE, ExcludeColumnSchema=True))
    assert [len(page["Partitions"]) for page in pages] == [100, 80]
    assert sorted(one for page in pages for one in values(page)) == expected
    descriptors = [one["StorageDescriptor"] for page in pages for one in page["Partitions"]]
    assert all("Columns" not in one and one["Location"] for one in descriptors)


@pytest.mark.parametrize("total", [1, 2, 3, 10])
def test_segments_divide_the_partitions_among_them(glue, total):
    expected = [(str(year), "01") for year in range(1950, 2040)]
    inputs = [part(*one) for one in expected]
    glue.batch_create_partition(**WHERE, PartitionInputList=inputs)
    shares = [
        values(page)
        for number in range(total)
        for page in glue.get_paginator("get_partitions").paginate(
            **WHERE,
            Segment={"SegmentNumber": number, "TotalSegments": total},
            PaginationConfig={"PageSize": 50},
        )
    ]
    assert sorted(one for share in shares for one in share) == expected
    assert total == 1 or all(len(share) < 60 for share in shares)


def test_a_segment_beyond_the_total_is_refused(glue):
    with pytest.raises(glue.exceptions.InvalidInputException, match="SegmentNumber"):
        glue.get_partitions(**WHERE, Segment={"SegmentNumber": 2, "TotalSegments": 2})
