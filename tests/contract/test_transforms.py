"""ML transforms through boto3: what they are when new, what is refused, how they change."""

import re
from typing import Any

import pytest
from classroom import Classroom, refusal, table_input, transform_request

from gluematch.server.testing import GlueServer


@pytest.fixture
def room(gluematch_server: GlueServer) -> Classroom:
    return Classroom(gluematch_server)


@pytest.fixture(scope="module")
def shared(gluematch_server: GlueServer) -> Classroom:
    """A room whose transforms no test changes: refusals only."""
    return Classroom(gluematch_server)


def find_matches(**parameters: Any) -> dict[str, Any]:
    return {
        "TransformType": "FIND_MATCHES",
        "FindMatchesParameters": {"PrimaryKeyColumnName": "id", **parameters},
    }


def test_a_new_transform_shows_its_schema_and_its_defaults(room: Classroom) -> None:
    transform_id = room.transform("people", Description="who is who")
    assert re.fullmatch("tfm-[0-9a-f]{40}", transform_id)
    found = room.glue.get_ml_transform(TransformId=transform_id)
    found.pop("ResponseMetadata")
    assert found.pop("CreatedOn") == found.pop("LastModifiedOn")
    assert found == {
        "TransformId": transform_id,
        "Name": "people",
        "Description": "who is who",
        "Status": "NOT_READY",
        "InputRecordTables": [{"DatabaseName": "db", "TableName": "people"}],
        "Parameters": find_matches(
            PrecisionRecallTradeoff=0.5, AccuracyCostTradeoff=0.5, EnforceProvidedLabels=False
        ),
        "LabelCount": 0,
        "Schema": [
            {"Name": "id", "DataType": "bigint"},
            {"Name": "first", "DataType": "string"},
            {"Name": "last", "DataType": "string"},
            {"Name": "city", "DataType": "string"},
            {"Name": "born", "DataType": "bigint"},
        ],
        "Role": "AWSGlueServiceRole-people",
        "GlueVersion": "0.9",
        "MaxCapacity": 10.0,
        "Timeout": 2880,
        "MaxRetries": 0,
    }


def test_a_transform_keeps_what_it_was_given(room: Classroom) -> None:
    given = {
        "Parameters": find_matches(
            PrecisionRecallTradeoff=0.9, AccuracyCostTradeoff=0.0, EnforceProvidedLabels=True
        ),
        "GlueVersion": "2.0",
        "WorkerType": "G.2X",
        "NumberOfWorkers": 10,
        "Timeout": 60,
        "MaxRetries": 2,
        "TransformEncryption": {
            "MlUserDataEncryption": {"MlUserDataEncryptionMode": "DISABLED"},
            "TaskRunSecurityConfigurationName": "none",
        },
    }
    found = room.glue.get_ml_transform(TransformId=room.transform(**given))
    assert {name: found[name] for name in given} == given
    assert "MaxCapacity" not in found


def test_partition_keys_are_part_of_the_schema(room: Classroom) -> None:
    table = table_input(
        "parted", [("id", "bigint"), ("name", "string")], f"s3://{room.bucket}/parted/"
    )
    table["PartitionKeys"] = [{"Name": "country", "Type": "string"}]
    room.glue.create_table(DatabaseName="db", TableInput=table)
    tables = [{"DatabaseName": "db", "TableName": "parted"}]
    found = room.glue.get_ml_transform(TransformId=room.transform(InputRecordTables=tables))
    assert [column["Name"] for column in found["Schema"]] == ["id", "name", "country"]


INVALID = "InvalidInputException"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"InputRecordTables": []}, "Exactly one input record table must be provided."),
        (
            {"InputRecordTables": [{"DatabaseName": "db", "TableName": "people"}] * 2},
            "Exactly one input record table must be provided.",
        ),
        (
            {"InputRecordTables": [{"DatabaseName": " ", "TableName": "people"}]},
            "Should specify database name.",
        ),
        (
            {"InputRecordTables": [{"DatabaseName": "db", "TableName": " "}]},
            "Should specify table name.",
        ),
        (
            {"InputRecordTables": [{"DatabaseName": "db", "TableName": "nobody"}]},
            "Problem fetching the data catalog schema: Table nobody not found.",
        ),
        (
            {"InputRecordTables": [{"DatabaseName": "no", "TableName": "people"}]},
            "Problem fetching the data catalog schema: Database no not found.",
        ),
        (
            {
                "InputRecordTables": [
                    {"DatabaseName": "db", "TableName": "people", "CatalogId": "000000000001"}
                ]
            },
            "Problem fetching the data catalog schema: Catalog 000000000001 is not that of account",
        ),
        (
            {"Parameters": {"TransformType": "FIND_MATCHES"}},
            "Find Matches parameters have not been set.",
        ),
        (
            {"Parameters": {"TransformType": "FIND_MATCHES", "FindMatchesParameters": {}}},
            "A primary key must be specified in Find Matches parameters.",
        ),
        (
            {"Parameters": find_matches(PrimaryKeyColumnName="uid")},
            "Schema should contain given primary key: uid.",
        ),
        (
            {"MaxCapacity": 10.0, "WorkerType": "G.1X", "NumberOfWorkers": 2},
            "Cannot set Max Capacity and Worker Num/Type at the same time.",
        ),
        (
            {"MaxCapacity": 10.0, "NumberOfWorkers": 2},
            "Cannot set Max Capacity and Worker Num/Type at the same time.",
        ),
        ({"WorkerType": "G.1X"}, "Both WorkerType and NumberOfWorkers should be set."),
        ({"NumberOfWorkers": 2}, "Both WorkerType and NumberOfWorkers should be set."),
        ({"WorkerType": "G.1X", "NumberOfWorkers": 0}, "NumberOfWorkers should be >= 1."),
        ({"MaxCapacity": 1.5}, "MaxCapacity should be >= 2."),
        ({"MaxCapacity": 101.0}, "MaxCapacity should be <= 100."),
        ({"MaxRetries": -1}, "Max retries should be non-negative."),
        ({"Name": "  "}, "Transform name cannot be blank."),
        ({"Role": ""}, "Unable to assume role for arn:"),
        ({"Tags": {"aws:owner": "me"}}, "Tag key aws:owner is not allowed"),
    ],
)
def test_creation_refuses_what_makes_no_sense(
    shared: Classroom, change: dict[str, Any], message: str
) -> None:
    code, said = refusal(shared.glue.create_ml_transform, **transform_request(**change))
    assert code == INVALID
    assert said.startswith(message)


@pytest.mark.parametrize(
    ("table", "columns", "message"),
    [
        ("bare", [], "Schema is not defined on the transform."),
        (
            "nested",
            [("id", "bigint"), ("names", "array<string>")],
            "Input source column names has an invalid data type defined in the catalog.",
        ),
        (
            "twins",
            [("id", "bigint"), ("Name", "string"), ("name", "string")],
            "Input source has two columns of the name name.",
        ),
        (
            "wide",
            [("id", "bigint")] + [(f"c{n}", "string") for n in range(100)],
            "Input source has 101 columns, more than the limit of 100.",
        ),
    ],
)
def test_creation_refuses_tables_that_cannot_be_matched(
    shared: Classroom, table: str, columns: list[tuple[str, str]], message: str
) -> None:
    made = table_input(table, columns, f"s3://{shared.bucket}/{table}/")
    shared.glue.create_table(DatabaseName="db", TableInput=made)
    tables = [{"DatabaseName": "db", "TableName": table}]
    request = transform_request(InputRecordTables=tables)
    assert refusal(shared.glue.create_ml_transform, **request) == (INVALID, message)


def test_a_name_is_taken_once_in_an_account(room: Classroom, shared: Classroom) -> None:
    room.transform("people")
    assert refusal(room.glue.create_ml_transform, **transform_request("people")) == (
        "AlreadyExistsException",
        "Transform with name people already exists.",
    )
    shared.transform("people")


def test_an_account_has_at_most_100_transforms(room: Classroom) -> None:
    for number in range(100):
        room.transform(f"people-{number}")
    assert refusal(room.glue.create_ml_transform, **transform_request("one-more")) == (
        "ResourceNumberLimitExceededException",
        "ML Transforms count (101) has exceeded the limit of 100 transforms.",
    )


def test_tags_are_set_at_creation_and_gone_with_the_transform(room: Classroom) -> None:
    transform_id = room.transform(Tags={"team": "a"})
    arn = f"arn:aws:glue:us-east-1:{room.account}:mlTransform/{transform_id}"
    assert room.glue.get_tags(ResourceArn=arn)["Tags"] == {"team": "a"}
    assert "Tags" not in room.glue.get_ml_transform(TransformId=transform_id)
    room.glue.delete_ml_transform(TransformId=transform_id)
    assert refusal(room.glue.get_tags, ResourceArn=arn)[0] == "EntityNotFoundException"


def test_an_unknown_transform_is_named(shared: Classroom) -> None:
    assert refusal(shared.glue.get_ml_transform, TransformId="tfm-0") == (
        "EntityNotFoundException",
        f"Cannot find MLTransform in account {shared.account} with handle tfm-0.",
    )
    assert refusal(shared.glue.update_ml_transform, TransformId="tfm-0") == (
        "EntityNotFoundException",
        f"Cannot find MLTransform in account {shared.account} with handle tfm-0.",
    )
    assert refusal(shared.glue.delete_ml_transform, TransformId="tfm-0") == (
        "EntityNotFoundException",
        f"Cannot find MLTransform in account {shared.account} with handle tfm-0",
    )


def test_transforms_of_another_account_or_region_are_not_seen(
    gluematch_server: GlueServer, shared: Classroom
) -> None:
    transform_id = shared.transform("unseen")
    elsewhere = gluematch_server.client("glue", account=shared.account, region="eu-west-1")
    stranger = gluematch_server.client("glue", account="300000999999")
    for glue in (elsewhere, stranger):
        assert refusal(glue.get_ml_transform, TransformId=transform_id)[0] == (
            "EntityNotFoundException"
        )


def test_an_update_changes_what_it_names_and_nothing_else(room: Classroom) -> None:
    transform_id = room.transform("people", MaxRetries=1, Description="old")
    before = room.glue.get_ml_transform(TransformId=transform_id)
    room.glue.update_ml_transform(
        TransformId=transform_id,
        Name="folk",
        Description="new",
        Role="other",
        GlueVersion="4.0",
        Timeout=5,
        Parameters=find_matches(PrecisionRecallTradeoff=0.9),
    )
    after = room.glue.get_ml_transform(TransformId=transform_id)
    changed = {name for name in after if after[name] != before[name]} - {"ResponseMetadata"}
    changed.discard("LastModifiedOn")
    assert changed == {"Name", "Description", "Role", "GlueVersion", "Timeout", "Parameters"}
    assert after["Parameters"] == find_matches(
        PrecisionRecallTradeoff=0.9, AccuracyCostTradeoff=0.5, EnforceProvidedLabels=False
    )
    assert after["LastModifiedOn"] >= before["LastModifiedOn"]


def test_capacity_in_workers_takes_the_place_of_capacity_in_units(room: Classroom) -> None:
    transform_id = room.transform("people", MaxCapacity=4.0)
    room.glue.update_ml_transform(
        TransformId=transform_id, WorkerType="Standard", NumberOfWorkers=3
    )
    found = room.glue.get_ml_transform(TransformId=transform_id)
    assert (found["WorkerType"], found["NumberOfWorkers"]) == ("Standard", 3)
    assert "MaxCapacity" not in found
    room.glue.update_ml_transform(TransformId=transform_id, MaxCapacity=7.0)
    found = room.glue.get_ml_transform(TransformId=transform_id)
    assert found["MaxCapacity"] == 7.0
    assert "WorkerType" not in found


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Name": "  "}, "Transform name cannot be blank."),
        ({"Name": "first"}, "Another transform with name first already exists."),
        ({"Parameters": {"TransformType": "FIND_MATCHES"}}, "Find Matches parameters have not"),
        (
            {"Parameters": {"TransformType": "FIND_MATCHES", "FindMatchesParameters": {}}},
            "A primary key must be specified in Find Matches parameters.",
        ),
        (
            {"Parameters": find_matches(PrimaryKeyColumnName="uid")},
            "Schema should contain given primary key: uid.",
        ),
        ({"WorkerType": "G.1X"}, "Both WorkerType and NumberOfWorkers should be set."),
        ({"MaxCapacity": 1.0}, "MaxCapacity should be >= 2."),
        ({"MaxRetries": -1}, "Max retries should be non-negative."),
    ],
)
def test_an_update_refuses_what_makes_no_sense_and_changes_nothing(
    room: Classroom, change: dict[str, Any], message: str
) -> None:
    room.transform("first")
    transform_id = room.transform("second")
    before = room.glue.get_ml_transform(TransformId=transform_id)
    code, said = refusal(room.glue.update_ml_transform, TransformId=transform_id, **change)
    assert code == INVALID
    assert said.startswith(message)
    after = room.glue.get_ml_transform(TransformId=transform_id)
    assert {**after, "ResponseMetadata": 0} == {**before, "ResponseMetadata": 0}


def test_a_transform_may_keep_its_own_name_in_an_update(room: Classroom) -> None:
    transform_id = room.transform("people")
    room.glue.update_ml_transform(TransformId=transform_id, Name="people", Description="same")
    assert room.glue.get_ml_transform(TransformId=transform_id)["Description"] == "same"


def test_new_tradeoffs_keep_a_transform_ready(room: Classroom) -> None:
    transform_id = room.taught()
    room.tune(transform_id, PrecisionRecallTradeoff=0.9)
    assert room.glue.get_ml_transform(TransformId=transform_id)["Status"] == "READY"


def test_a_new_primary_key_means_learning_again_from_the_same_labels(room: Classroom) -> None:
    table = table_input(
        "doubled",
        [("id", "bigint"), ("first", "string"), ("uid", "string"), ("born", "bigint")],
        f"s3://{room.bucket}/doubled/",
    )
    lines = [f"{r.cells[0]},{r.cells[1]},u{r.cells[0]},{r.cells[4]}" for r in room.rows]
    room.put("doubled/doubled.csv", "\n".join(["id,first,uid,born", *lines]))
    room.glue.create_table(DatabaseName="db", TableInput=table)
    tables = [{"DatabaseName": "db", "TableName": "doubled"}]
    transform_id = room.transform(InputRecordTables=tables)
    room.imported(transform_id, room.answered(room.generate(transform_id)))
    count = room.glue.get_ml_transform(TransformId=transform_id)["LabelCount"]

    room.tune(transform_id, PrimaryKeyColumnName="uid")
    newest = room.glue.get_ml_task_runs(TransformId=transform_id)["TaskRuns"][0]
    assert newest["Properties"] == {"TaskType": "IMPORT_LABELS"}
    room.succeeded(transform_id, newest["TaskRunId"])
    found = room.glue.get_ml_transform(TransformId=transform_id)
    assert (found["Status"], found["LabelCount"]) == ("READY", count)
    columns = [column["Name"] for column in found["Schema"]]
    assert columns == ["id", "first", "uid", "born"]
    assert any("0 not in the table" in line for line in room.log(newest["TaskRunId"]))


def test_a_new_primary_key_without_labels_starts_nothing(room: Classroom) -> None:
    transform_id = room.transform()
    room.tune(transform_id, PrimaryKeyColumnName="Born")
    found = room.glue.get_ml_transform(TransformId=transform_id)
    assert found["Parameters"]["FindMatchesParameters"]["PrimaryKeyColumnName"] == "born"
    assert found["Status"] == "NOT_READY"
    assert room.glue.get_ml_task_runs(TransformId=transform_id)["TaskRuns"] == []


def test_a_deleted_transform_is_gone_with_its_runs(room: Classroom) -> None:
    transform_id = room.taught("people")
    run_id = room.glue.start_ml_evaluation_task_run(TransformId=transform_id)["TaskRunId"]
    answer = room.glue.delete_ml_transform(TransformId=transform_id)
    assert answer["TransformId"] == transform_id
    for call, more in (
        (room.glue.get_ml_transform, {}),
        (room.glue.get_ml_task_runs, {}),
        (room.glue.get_ml_task_run, {"TaskRunId": run_id}),
    ):
        assert refusal(call, TransformId=transform_id, **more)[0] == "EntityNotFoundException"
    room.transform("people")
