"""Task runs through boto3: what is shown, what is refused, and what ends them."""

import os
import re
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from classroom import Classroom, refusal
from processes import children, fork_server, halted_child, no_new_children
from waiting import until

from gluematch.server.testing import GlueServer


@pytest.fixture(scope="module")
def server(other_forks: set[int]) -> Iterator[GlueServer]:
    """A server of this module's own: its processes are stopped and killed here."""
    with GlueServer() as made:
        yield made


@pytest.fixture(scope="module")
def forks(other_forks: set[int], server: GlueServer) -> int:
    return fork_server(others=other_forks)


@pytest.fixture(scope="module")
def room(server: GlueServer) -> Classroom:
    return Classroom(server)


def generation(room: Classroom, transform: str) -> str:
    started = room.glue.start_ml_labeling_set_generation_task_run(
        TransformId=transform, OutputS3Path=f"s3://{room.bucket}/sets/"
    )
    run_id: str = started["TaskRunId"]
    return run_id


def evaluated(room: Classroom, transform: str) -> dict[str, Any]:
    """The metrics of a fresh evaluation."""
    started = room.glue.start_ml_evaluation_task_run(TransformId=transform)
    run = room.succeeded(transform, started["TaskRunId"])
    assert run["Properties"] == {"TaskType": "EVALUATION"}
    metrics = room.glue.get_ml_transform(TransformId=transform)["EvaluationMetrics"]
    assert metrics["TransformType"] == "FIND_MATCHES"
    found: dict[str, Any] = metrics["FindMatchesMetrics"]
    return found


def status(room: Classroom, transform: str, run_id: str) -> str:
    found: str = room.run(transform, run_id)["Status"]
    return found


def test_a_finished_run_says_what_it_did_and_when(room: Classroom) -> None:
    transform = room.transform()
    run_id = generation(room, transform)
    assert re.fullmatch("tsk-[0-9a-f]{40}", run_id)
    run = room.succeeded(transform, run_id)
    run.pop("ResponseMetadata")
    times = run.pop("StartedOn"), run.pop("CompletedOn"), run.pop("LastModifiedOn")
    assert times[0] < times[1] <= times[2]
    assert run.pop("ExecutionTime") <= (times[1] - times[0]).total_seconds() + 1
    assert run == {
        "TransformId": transform,
        "TaskRunId": run_id,
        "Status": "SUCCEEDED",
        "LogGroupName": "/aws-glue/mlTransform",
        "Properties": {
            "TaskType": "LABELING_SET_GENERATION",
            "LabelingSetGenerationTaskRunProperties": {"OutputS3Path": f"s3://{room.bucket}/sets/"},
        },
    }


def test_the_log_tells_of_progress_with_figures(room: Classroom) -> None:
    table = {"DatabaseName": "db", "TableName": "people"}
    options = {"pushDownPredicate": "id > 10"}
    transform = room.transform(InputRecordTables=[{**table, "AdditionalOptions": options}])
    run_id = generation(room, transform)
    room.succeeded(transform, run_id)
    log = room.log(run_id)
    assert "AdditionalOptions are not applied: the whole table is read" in log
    assert f"Read {len(room.rows)} rows with 5 columns" in log
    assert sum(bool(re.match(r"\d+%: ", line)) for line in log) >= 3
    assert re.fullmatch(r"LABELING_SET_GENERATION SUCCEEDED after \d+\.\d s", log[-1])


def test_an_evaluation_puts_metrics_onto_the_transform(room: Classroom) -> None:
    transform = room.taught()
    assert "EvaluationMetrics" not in room.glue.get_ml_transform(TransformId=transform)
    found = evaluated(room, transform)
    for name in ("AreaUnderPRCurve", "Precision", "Recall", "F1"):
        assert 0.5 < found[name] <= 1.0
    assert sum(found["ConfusionMatrix"].values()) > 100
    importances = [entry["Importance"] for entry in found["ColumnImportances"]]
    assert importances == sorted(importances, reverse=True)
    assert sum(importances) == pytest.approx(1.0)
    names = {entry["ColumnName"] for entry in found["ColumnImportances"]}
    assert names == {"first", "last", "city", "born"}

    predicted = [found["ConfusionMatrix"]]
    for tradeoff in (0.0, 0.95):
        room.tune(transform, PrecisionRecallTradeoff=tradeoff)
        predicted.append(evaluated(room, transform)["ConfusionMatrix"])
    balanced, loose, strict = (
        matrix["NumTruePositives"] + matrix["NumFalsePositives"] for matrix in predicted
    )
    assert loose >= balanced >= strict
    assert loose > strict


@pytest.mark.parametrize(("labels", "missing"), [("AA", "non-match"), ("AB", "match")])
def test_an_evaluation_with_one_kind_of_label_says_which_is_missing(
    room: Classroom, labels: str, missing: str
) -> None:
    transform = room.transform()
    room.imported(transform, room.labels(("s", labels[0], 1), ("s", labels[1], 2)))
    run_id = room.glue.start_ml_evaluation_task_run(TransformId=transform)["TaskRunId"]
    run = room.finished(transform, run_id)
    assert run["Status"] == "FAILED"
    assert f"hold no {missing}:" in run["ErrorString"]
    assert "EvaluationMetrics" not in room.glue.get_ml_transform(TransformId=transform)


def test_an_evaluation_refuses_a_transform_that_is_not_ready(room: Classroom) -> None:
    call = room.glue.start_ml_evaluation_task_run
    assert refusal(call, TransformId=room.transform()) == (
        "MLTransformNotReadyException",
        "This operation can only be applied to a transform that is in a READY state.",
    )


def test_a_transform_has_three_runs_at_a_time(room: Classroom, forks: int) -> None:
    transform = room.transform()
    room.imported(transform, room.labels(("s", "A", 1), ("s", "A", 2)))
    path = f"s3://{room.bucket}/x/"
    with no_new_children(forks):
        started = [generation(room, transform) for _ in range(3)]
        message = "ML Task Runs count 4 has exceeded the transform limit of 3 task runs."
        for call, more, code in (
            (
                room.glue.start_ml_labeling_set_generation_task_run,
                {"OutputS3Path": path},
                "ConcurrentRunsExceededException",
            ),
            (room.glue.start_ml_evaluation_task_run, {}, "ConcurrentRunsExceededException"),
            (
                room.glue.start_import_labels_task_run,
                {"InputS3Path": f"s3://{room.bucket}/answers/labels.csv"},
                "ResourceNumberLimitExceededException",
            ),
            (
                room.glue.start_export_labels_task_run,
                {"OutputS3Path": path},
                "InvalidInputException",
            ),
        ):
            assert refusal(call, TransformId=transform, **more) == (code, message)
        for run_id in started[1:]:
            room.glue.cancel_ml_task_run(TransformId=transform, TaskRunId=run_id)
    room.succeeded(transform, started[0])


def test_an_account_has_thirty_runs_at_a_time(server: GlueServer, forks: int) -> None:
    room = Classroom(server)
    transforms = [room.transform() for _ in range(11)]
    with no_new_children(forks):
        started = [(one, generation(room, one)) for one in transforms[:10] for _ in range(3)]
        call = room.glue.start_ml_labeling_set_generation_task_run
        path = f"s3://{room.bucket}/x/"
        assert refusal(call, TransformId=transforms[10], OutputS3Path=path) == (
            "ConcurrentRunsExceededException",
            "ML Task Runs count 31 has exceeded the limit of 30 task runs.",
        )
        for transform, run_id in started:
            room.glue.cancel_ml_task_run(TransformId=transform, TaskRunId=run_id)
    for transform, run_id in started:
        assert room.finished(transform, run_id)["Status"] == "STOPPED"


def test_a_cancelled_run_stops_and_its_process_is_gone(room: Classroom, forks: int) -> None:
    transform = room.transform()
    run_id = generation(room, transform)
    child = halted_child(forks)
    assert status(room, transform, run_id) == "RUNNING"
    answer = room.glue.cancel_ml_task_run(TransformId=transform, TaskRunId=run_id)
    assert (answer["TransformId"], answer["TaskRunId"]) == (transform, run_id)
    assert answer["Status"] == "STOPPING"
    run = room.finished(transform, run_id)
    assert run["Status"] == "STOPPED"
    assert "ErrorString" not in run
    assert child not in children(forks)
    assert not [key for key in room.objects("sets/") if transform in key]


def test_a_run_cancelled_before_it_began_is_stopped(room: Classroom, forks: int) -> None:
    transform = room.transform()
    with no_new_children(forks):
        started = [generation(room, transform) for _ in range(2)]
        answer = room.glue.cancel_ml_task_run(TransformId=transform, TaskRunId=started[1])
        assert answer["Status"] == "STOPPING"
        run = room.finished(transform, started[1])
        assert (run["Status"], run["ExecutionTime"]) == ("STOPPED", 0)
    room.succeeded(transform, started[0])


def test_a_killed_process_fails_its_run_and_no_other(room: Classroom, forks: int) -> None:
    transform, other = room.transform(), room.transform()
    run_id = generation(room, transform)
    child = halted_child(forks)
    bystander = generation(room, other)
    os.kill(child, signal.SIGKILL)
    run = room.finished(transform, run_id)
    assert run["Status"] == "FAILED"
    assert "killed by signal 9" in run["ErrorString"]
    room.succeeded(other, bystander)
    room.succeeded(transform, generation(room, transform))


def test_a_failed_run_is_run_again_as_often_as_the_transform_says(room: Classroom) -> None:
    transform = room.transform(MaxRetries=2)
    run_id = room.start_import(transform, "nothing")
    assert room.finished(transform, run_id)["Status"] == "FAILED"
    log = room.log(run_id)
    assert sum("Attempt" in line and "failed" in line for line in log) == 2
    assert sum(line.startswith("Attempt 3 of 3 begins") for line in log) == 1


def test_a_retry_may_succeed(room: Classroom, forks: int) -> None:
    transform = room.transform(MaxRetries=1)
    run_id = generation(room, transform)
    os.kill(halted_child(forks), signal.SIGKILL)
    room.succeeded(transform, run_id)
    assert any("signal 9" in line for line in room.log(run_id))


def test_deleting_a_transform_ends_its_processes(room: Classroom, forks: int) -> None:
    transform = room.transform()
    generation(room, transform)
    child = halted_child(forks)
    room.glue.delete_ml_transform(TransformId=transform)
    until(lambda: child not in children(forks), "the child to end")


def test_a_table_that_is_gone_fails_the_run(room: Classroom) -> None:
    room.add_table("gone", room.rows[:2])
    tables = [{"DatabaseName": "db", "TableName": "gone"}]
    transform = room.transform(InputRecordTables=tables)
    room.glue.delete_table(DatabaseName="db", Name="gone")
    run = room.finished(transform, generation(room, transform))
    assert (run["Status"], run["ErrorString"]) == ("FAILED", "Table gone not found.")


def test_a_file_that_is_gone_fails_the_run(room: Classroom, forks: int) -> None:
    transform = room.transform()
    with no_new_children(forks):
        run_id = room.start_import(transform, room.labels(("s", "A", 1), ("s", "A", 2)))
        room.s3.delete_object(Bucket=room.bucket, Key="answers/labels.csv")
    run = room.finished(transform, run_id)
    assert run["Status"] == "FAILED"
    assert "the object does not exist" in run["ErrorString"]


def test_ten_transforms_work_at_once_and_all_end_true(server: GlueServer) -> None:
    room = Classroom(server, persons=20)
    lesson = room.put("lesson.csv", room.lesson)
    transforms = [room.transform() for _ in range(10)]
    runs = []
    for transform in transforms:
        answer = room.glue.start_import_labels_task_run(TransformId=transform, InputS3Path=lesson)
        runs.append((transform, answer["TaskRunId"]))
    for transform, run_id in runs:
        room.succeeded(transform, run_id)
    shown = [room.glue.get_ml_transform(TransformId=transform) for transform in transforms]
    assert {one["Status"] for one in shown} == {"READY"}
    assert len({one["LabelCount"] for one in shown}) == 1
