"""Looking at task runs through boto3: one by one, in lists, and where there is none."""

from datetime import timedelta
from typing import Any

import pytest
from classroom import Classroom, refusal


@pytest.fixture(scope="module")
def room(gluematch_server: Any) -> Classroom:
    return Classroom(gluematch_server)


@pytest.fixture(scope="module")
def history(room: Classroom) -> tuple[Classroom, str]:
    """A transform with an import, an evaluation and a failed import, in this order."""
    transform = room.taught()
    evaluation = room.glue.start_ml_evaluation_task_run(TransformId=transform)["TaskRunId"]
    room.succeeded(transform, evaluation)
    room.finished(transform, room.start_import(transform, "nothing"))
    return room, transform


def test_every_start_refuses_an_unknown_transform(history: tuple[Classroom, str]) -> None:
    room, _ = history
    path = f"s3://{room.bucket}/answers/labels.csv"
    for call, more in (
        (room.glue.start_ml_labeling_set_generation_task_run, {"OutputS3Path": path}),
        (room.glue.start_import_labels_task_run, {"InputS3Path": path}),
        (room.glue.start_export_labels_task_run, {"OutputS3Path": path}),
        (room.glue.start_ml_evaluation_task_run, {}),
        (room.glue.get_ml_task_runs, {}),
    ):
        assert refusal(call, TransformId="tfm-0", **more) == (
            "EntityNotFoundException",
            f"Cannot find MLTransform in account {room.account} with handle tfm-0.",
        )


def test_an_unknown_run_is_named(history: tuple[Classroom, str]) -> None:
    room, transform = history
    for call in (room.glue.get_ml_task_run, room.glue.cancel_ml_task_run):
        assert refusal(call, TransformId=transform, TaskRunId="tsk-0") == (
            "EntityNotFoundException",
            f"No ML Task Run found for tsk-0: in account {room.account} for transform {transform}.",
        )


def test_a_run_is_not_shown_under_another_transform(history: tuple[Classroom, str]) -> None:
    room, transform = history
    run_id = room.glue.get_ml_task_runs(TransformId=transform)["TaskRuns"][0]["TaskRunId"]
    other = room.transform()
    found = refusal(room.glue.get_ml_task_run, TransformId=other, TaskRunId=run_id)
    assert found[0] == "EntityNotFoundException"


def kinds(history: tuple[Classroom, str], **request: Any) -> list[str]:
    room, transform = history
    runs = room.glue.get_ml_task_runs(TransformId=transform, **request)["TaskRuns"]
    return [f"{run['Properties']['TaskType']} {run['Status']}" for run in runs]


IMPORT, EVALUATION, FAILURE = (
    "IMPORT_LABELS SUCCEEDED",
    "EVALUATION SUCCEEDED",
    "IMPORT_LABELS FAILED",
)


def test_runs_come_newest_first(history: tuple[Classroom, str]) -> None:
    assert kinds(history) == [FAILURE, EVALUATION, IMPORT]


def test_each_entry_is_what_get_shows(history: tuple[Classroom, str]) -> None:
    room, transform = history
    for entry in room.glue.get_ml_task_runs(TransformId=transform)["TaskRuns"]:
        shown = room.run(transform, entry["TaskRunId"])
        shown.pop("ResponseMetadata")
        assert entry == shown


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({"TaskRunType": "IMPORT_LABELS"}, [FAILURE, IMPORT]),
        ({"Status": "SUCCEEDED"}, [EVALUATION, IMPORT]),
        ({"TaskRunType": "IMPORT_LABELS", "Status": "SUCCEEDED"}, [IMPORT]),
        ({"Status": "STOPPED"}, []),
    ],
)
def test_criteria_of_runs_are_joined_by_and(
    history: tuple[Classroom, str], criteria: dict[str, Any], expected: list[str]
) -> None:
    assert kinds(history, Filter=criteria) == expected


def test_starting_times_are_compared(history: tuple[Classroom, str]) -> None:
    room, transform = history
    newest = room.glue.get_ml_task_runs(TransformId=transform)["TaskRuns"][0]["StartedOn"]
    assert kinds(history, Filter={"StartedBefore": newest}) == [EVALUATION, IMPORT]
    assert kinds(history, Filter={"StartedAfter": newest}) == []
    before = newest - timedelta(milliseconds=1)
    assert kinds(history, Filter={"StartedAfter": before}) == [FAILURE]


@pytest.mark.parametrize(
    ("column", "ascending"),
    [
        ("STARTED", [IMPORT, EVALUATION, FAILURE]),
        ("STATUS", [FAILURE, IMPORT, EVALUATION]),
        ("TASK_RUN_TYPE", [EVALUATION, IMPORT, FAILURE]),
    ],
)
def test_runs_are_sorted_both_ways(
    history: tuple[Classroom, str], column: str, ascending: list[str]
) -> None:
    for direction, expected in (("ASCENDING", ascending), ("DESCENDING", ascending[::-1])):
        assert kinds(history, Sort={"Column": column, "SortDirection": direction}) == expected


def test_pages_of_runs_join_to_the_whole(history: tuple[Classroom, str]) -> None:
    room, transform = history
    first = room.glue.get_ml_task_runs(TransformId=transform, MaxResults=2)
    token = first["NextToken"]
    second = room.glue.get_ml_task_runs(TransformId=transform, MaxResults=2, NextToken=token)
    assert (len(first["TaskRuns"]), len(second["TaskRuns"])) == (2, 1)
    assert "NextToken" not in second


def test_cancelling_a_run_that_has_ended_changes_nothing(history: tuple[Classroom, str]) -> None:
    room, transform = history
    before = room.glue.get_ml_task_runs(TransformId=transform)["TaskRuns"]
    for run in before:
        answer = room.glue.cancel_ml_task_run(TransformId=transform, TaskRunId=run["TaskRunId"])
        assert answer["Status"] == run["Status"]
    assert room.glue.get_ml_task_runs(TransformId=transform)["TaskRuns"] == before
