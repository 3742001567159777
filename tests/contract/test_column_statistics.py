"""Statistics of columns through boto3."""

from datetime import UTC, datetime

import pytest

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
COUNTS = {"NumberOfNulls": 1, "NumberOfDistinctValues": 9}
DATA = {
    "id": ("bigint", "LONG", {"MinimumValue": 1, "MaximumValue": 9, **COUNTS}),
    "name": ("string", "STRING", {"MaximumLength": 9, "AverageLength": 4.5, **COUNTS}),
    "price": (
        "decimal(10,2)",
        "DECIMAL",
        {"MinimumValue": {"UnscaledValue": b"\x00\xff", "Scale": 2}, **COUNTS},
    ),
    "born": ("date", "DATE", {"MinimumValue": AT, "MaximumValue": AT, **COUNTS}),
    "ok": ("boolean", "BOOLEAN", {"NumberOfTrues": 1, "NumberOfFalses": 2, "NumberOfNulls": 3}),
    "size": ("double", "DOUBLE", {"MinimumValue": -0.5, **COUNTS}),
    "raw": ("binary", "BINARY", {"MaximumLength": 1, "AverageLength": 1.0, "NumberOfNulls": 0}),
}
TABLE = {"DatabaseName": "db", "TableName": "t"}
PARTITION = {**TABLE, "PartitionValues": ["2020"]}


def statistics(name, hive=None, kind=None, data=None):
    known = DATA.get(name, ("string", "STRING", DATA["name"][2]))
    kind = kind or known[1]
    return {
        "ColumnName": name,
        "ColumnType": hive or known[0],
        "AnalyzedTime": AT,
        "StatisticsData": {"Type": kind, f"{kind.title()}ColumnStatisticsData": data or known[2]},
    }


@pytest.fixture
def glue(glue):
    glue.create_database(DatabaseInput={"Name": "db"})
    columns = [{"Name": name, "Type": hive} for name, (hive, _, _) in DATA.items()]
    table = {
        "Name": "t",
        "PartitionKeys": [{"Name": "year", "Type": "int"}],
        "StorageDescriptor": {"Columns": columns},
    }
    glue.create_table(DatabaseName="db", TableInput=table)
    glue.create_partition(**TABLE, PartitionInput={"Values": ["2020"]})
    return glue


@pytest.fixture(params=["table", "partition"])
def api(request, glue):
    """Update, get and delete, for a table and for a partition."""
    where = TABLE if request.param == "table" else PARTITION

    def call(verb, **more):
        return getattr(glue, f"{verb}_column_statistics_for_{request.param}")(**where, **more)

    return call


def test_statistics_of_every_kind_come_back_as_they_were_given(api):
    given = [statistics(name) for name in DATA]
    assert api("update", ColumnStatisticsList=given)["Errors"] == []
    answer = api("get", ColumnNames=[*DATA])
    assert answer["ColumnStatisticsList"] == given
    assert answer["Errors"] == []


def test_columns_without_statistics_are_told_one_by_one(api):
    api("update", ColumnStatisticsList=[statistics("id")])
    answer = api("get", ColumnNames=["name", "ID", "none"])
    assert [one["ColumnName"] for one in answer["ColumnStatisticsList"]] == ["id"]
    told = [(one["ColumnName"], one["Error"]["ErrorCode"]) for one in answer["Errors"]]
    assert told == [("name", "EntityNotFoundException"), ("none", "EntityNotFoundException")]


def test_what_does_not_fit_is_told_and_the_rest_is_kept(api):
    unknown = statistics("none")
    wrong_kind = statistics("name", kind="LONG", data=DATA["id"][2])
    empty = {**statistics("size"), "StatisticsData": {"Type": "DOUBLE"}}
    given = [unknown, statistics("id"), wrong_kind, empty]
    errors = api("update", ColumnStatisticsList=given)["Errors"]
    assert [one["ColumnStatistics"]["ColumnName"] for one in errors] == ["none", "name", "size"]
    assert [one["Error"]["ErrorCode"] for one in errors] == [
        "EntityNotFoundException",
        "InvalidInputException",
        "InvalidInputException",
    ]
    assert "type STRING, not LONG" in errors[1]["Error"]["ErrorMessage"]
    assert "must have DoubleColumnStatisticsData" in errors[2]["Error"]["ErrorMessage"]
    kept = api("get", ColumnNames=[*DATA])["ColumnStatisticsList"]
    assert kept == [statistics("id")]


def test_later_statistics_replace_earlier_ones(api):
    api("update", ColumnStatisticsList=[statistics("id"), statistics("name")])
    later = statistics("id", data={**COUNTS, "MaximumValue": 10**12})
    api("update", ColumnStatisticsList=[later])
    kept = api("get", ColumnNames=["id", "name"])["ColumnStatisticsList"]
    assert kept == [later, statistics("name")]


def test_statistics_are_deleted_whether_they_are_there_or_not(api):
    api("update", ColumnStatisticsList=[statistics("id"), statistics("name")])
    api("delete", ColumnName="Id")
    api("delete", ColumnName="id")
    assert api("get", ColumnNames=["id", "name"])["ColumnStatisticsList"] == [statistics("name")]


def test_tables_and_partitions_have_statistics_of_their_own(glue):
    given = [statistics("id")]
    glue.update_column_statistics_for_table(**TABLE, ColumnStatisticsList=given)
    answer = glue.get_column_statistics_for_partition(**PARTITION, ColumnNames=["id"])
    assert answer["ColumnStatisticsList"] == []


def test_what_does_not_exist_is_not_found(glue):
    missing = glue.exceptions.EntityNotFoundException
    with pytest.raises(missing, match="Table x not found"):
        glue.get_column_statistics_for_table(DatabaseName="db", TableName="x", ColumnNames=["id"])
    with pytest.raises(missing, match=r"Partition \[1999\] not found"):
        glue.update_column_statistics_for_partition(
            **TABLE, PartitionValues=["1999"], ColumnStatisticsList=[]
        )


def test_statistics_go_with_their_partition_and_move_with_it(glue):
    def kept(year):
        answer = glue.get_column_statistics_for_partition(
            **TABLE, PartitionValues=[year], ColumnNames=["id"]
        )
        return answer["ColumnStatisticsList"]

    given = [statistics("id")]
    glue.update_column_statistics_for_partition(**PARTITION, ColumnStatisticsList=given)
    moved = {"Values": ["2021"]}
    glue.update_partition(**TABLE, PartitionValueList=["2020"], PartitionInput=moved)
    assert kept("2021") == given
    glue.delete_partition(**TABLE, PartitionValues=["2021"])
    glue.create_partition(**TABLE, PartitionInput=moved)
    assert kept("2021") == []


def test_statistics_go_with_their_table(glue):
    glue.update_column_statistics_for_table(**TABLE, ColumnStatisticsList=[statistics("id")])
    table = glue.get_table(DatabaseName="db", Name="t")["Table"]
    glue.delete_table(DatabaseName="db", Name="t")
    again = {"Name": "t", "StorageDescriptor": table["StorageDescriptor"]}
    glue.create_table(DatabaseName="db", TableInput=again)
    answer = glue.get_column_statistics_for_table(**TABLE, ColumnNames=["id"])
    assert answer["ColumnStatisticsList"] == []
