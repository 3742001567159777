"""GetMLTransforms and ListMLTransforms: criteria, orders, pages, tags."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from classroom import Classroom

from gluematch.server.testing import GlueServer


@pytest.fixture(scope="module")
def room(gluematch_server: GlueServer) -> Classroom:
    """Four transforms: b, a, d, c in the order of their creation."""
    made = Classroom(gluematch_server)
    made.glue.create_table(
        DatabaseName="db",
        TableInput={
            "Name": "pets",
            "StorageDescriptor": {"Columns": [{"Name": "id", "Type": "int"}]},
        },
    )
    pets: dict[str, Any] = {"InputRecordTables": [{"DatabaseName": "db", "TableName": "pets"}]}
    made.transform("b", Tags={"team": "x", "stage": "test"})
    made.transform("a", GlueVersion="2.0", Tags={"team": "x"})
    made.transform("d", **pets)
    made.transform("c", GlueVersion="2.0", **pets)
    made.glue.update_ml_transform(
        TransformId=identities(made)["a"], Description="changed last of all"
    )
    return made


def identities(room: Classroom) -> dict[str, str]:
    found = room.glue.get_ml_transforms()["Transforms"]
    return {one["Name"]: one["TransformId"] for one in found}


def names(room: Classroom, **request: Any) -> str:
    return "".join(one["Name"] for one in room.glue.get_ml_transforms(**request)["Transforms"])


def test_transforms_come_by_time_of_creation(room: Classroom) -> None:
    assert names(room) == "badc"


def test_a_list_gives_the_ids_in_the_same_order(room: Classroom) -> None:
    shown = room.glue.get_ml_transforms()["Transforms"]
    listed = room.glue.list_ml_transforms()["TransformIds"]
    assert listed == [one["TransformId"] for one in shown]


def test_each_entry_is_what_get_shows(room: Classroom) -> None:
    entry = room.glue.get_ml_transforms(Filter={"Name": "b"})["Transforms"][0]
    shown = room.glue.get_ml_transform(TransformId=entry["TransformId"])
    shown.pop("ResponseMetadata")
    assert entry == shown


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({"Name": "a"}, "a"),
        ({"Name": "A"}, ""),
        ({"TransformType": "FIND_MATCHES"}, "badc"),
        ({"Status": "NOT_READY"}, "badc"),
        ({"Status": "READY"}, ""),
        ({"GlueVersion": "2.0"}, "ac"),
        ({"Schema": [{"Name": "born"}]}, "ba"),
        ({"Schema": [{"Name": "id", "DataType": "int"}]}, "dc"),
        ({"Schema": [{"DataType": "string"}, {"Name": "city"}]}, "ba"),
        ({"GlueVersion": "2.0", "Schema": [{"DataType": "int"}]}, "c"),
    ],
)
def test_criteria_are_joined_by_and(
    room: Classroom, criteria: dict[str, Any], expected: str
) -> None:
    assert names(room, Filter=criteria) == expected


def test_times_are_compared_strictly(room: Classroom) -> None:
    made = {one["Name"]: one for one in room.glue.get_ml_transforms()["Transforms"]}
    born, changed = made["d"]["CreatedOn"], made["a"]["LastModifiedOn"]
    second = timedelta(seconds=1)
    assert "d" not in names(room, Filter={"CreatedBefore": born})
    assert "d" not in names(room, Filter={"CreatedAfter": born})
    assert "d" in names(room, Filter={"CreatedBefore": born + second})
    assert "d" in names(room, Filter={"CreatedAfter": born - second})
    assert "a" not in names(room, Filter={"LastModifiedBefore": changed})
    assert "a" not in names(room, Filter={"LastModifiedAfter": changed})
    assert "a" in names(room, Filter={"LastModifiedAfter": changed - second})
    assert "a" in names(room, Filter={"LastModifiedBefore": changed + second})


@pytest.mark.parametrize(
    ("column", "ascending"),
    [
        ("NAME", "abcd"),
        ("TRANSFORM_TYPE", "abcd"),
        ("STATUS", "abcd"),
        ("CREATED", "badc"),
        ("LAST_MODIFIED", "bdca"),
    ],
)
def test_orders_go_both_ways(room: Classroom, column: str, ascending: str) -> None:
    for direction, expected in (("ASCENDING", ascending), ("DESCENDING", ascending[::-1])):
        sort = {"Column": column, "SortDirection": direction}
        assert names(room, Sort=sort) == expected


def test_pages_join_to_the_whole(room: Classroom) -> None:
    request: dict[str, Any] = {
        "MaxResults": 3,
        "Sort": {"Column": "NAME", "SortDirection": "DESCENDING"},
    }
    first = room.glue.get_ml_transforms(**request)
    second = room.glue.get_ml_transforms(**request, NextToken=first["NextToken"])
    assert "NextToken" not in second
    found = [*first["Transforms"], *second["Transforms"]]
    assert [one["Name"] for one in found] == ["d", "c", "b", "a"]


def test_a_token_of_another_query_is_refused(room: Classroom) -> None:
    token = room.glue.list_ml_transforms(MaxResults=1)["NextToken"]
    with pytest.raises(ClientError) as caught:
        room.glue.get_ml_transforms(MaxResults=1, NextToken=token)
    assert caught.value.response["Error"]["Code"] == "InvalidInputException"


def test_tags_narrow_the_list(room: Classroom) -> None:
    known = identities(room)
    both = room.glue.list_ml_transforms(Tags={"team": "x"})["TransformIds"]
    assert both == [known["b"], known["a"]]
    one = room.glue.list_ml_transforms(Tags={"team": "x", "stage": "test"})["TransformIds"]
    assert one == [known["b"]]
    assert room.glue.list_ml_transforms(Tags={"team": "y"})["TransformIds"] == []
