"""Jobs that use a transform: what the server gives them, and the task runs that tell of it."""

import base64

import pytest
from classroom import Classroom

from gluematch.models.matching.training.matcher import Matcher


@pytest.fixture(scope="module")
def room(gluematch_server):
    return Classroom(gluematch_server)


@pytest.fixture(scope="module")
def transform(room):
    return room.taught()


def begun(room, transform, run):
    job = {"JobName": "nightly", "JobRunId": run}
    status, answer = room.post(f"transforms/{transform}/uses", job)
    assert status == 200, answer
    return answer


def test_a_job_gets_the_model_and_all_settings(room, transform):
    room.tune(transform, PrecisionRecallTradeoff=0.8, AccuracyCostTradeoff=0.3)
    answer = begun(room, transform, "jr_model")
    matcher = Matcher.from_parts(answer["Model"], base64.b64decode(answer["Arrays"]))
    assert matcher.matches > 0
    assert (answer["PrecisionRecallTradeoff"], answer["AccuracyCostTradeoff"]) == (0.8, 0.3)
    assert answer["PrimaryKeyColumnName"] == "id"
    assert [one["Name"] for one in answer["Columns"]] == ["id", "first", "last", "city", "born"]
    assert answer["Labels"] == []


def test_labels_come_along_where_they_are_to_be_enforced(room, transform):
    room.tune(transform, EnforceProvidedLabels=True)
    labels = begun(room, transform, "jr_labels")["Labels"]
    room.tune(transform, EnforceProvidedLabels=False)
    assert len(labels) == room.glue.get_ml_transform(TransformId=transform)["LabelCount"]
    assert labels[0].keys() == {"Set", "Label", "Key"}


def test_a_use_shows_as_a_task_run_of_its_job_run(room, transform):
    run = begun(room, transform, "jr_shown")["TaskRunId"]
    shown = room.run(transform, run)
    assert (shown["Status"], shown["Properties"]["TaskType"]) == ("RUNNING", "FIND_MATCHES")
    told = shown["Properties"]["FindMatchesTaskRunProperties"]
    assert (told["JobName"], told["JobRunId"]) == ("nightly", "jr_shown")
    assert told["JobId"].startswith("j_")
    room.post(f"transforms/{transform}/uses/{run}", {"Status": "SUCCEEDED"})
    ended = room.run(transform, run)
    assert (ended["Status"], ended["CompletedOn"] >= ended["StartedOn"]) == ("SUCCEEDED", True)


def test_a_cancelled_use_is_told_so_and_stays_stopped(room, transform):
    run = begun(room, transform, "jr_cancelled")["TaskRunId"]
    route = f"transforms/{transform}/uses/{run}"
    assert room.post(route, {"Progress": 0.5}) == (200, {"Status": "RUNNING"})
    room.glue.cancel_ml_task_run(TransformId=transform, TaskRunId=run)
    assert room.post(route, {"Progress": 0.6})[1]["Status"] in {"STOPPING", "STOPPED"}
    assert room.finished(transform, run)["Status"] == "STOPPED"
    assert room.post(route, {"Status": "SUCCEEDED"}) == (200, {"Status": "STOPPED"})


def test_the_end_of_a_job_run_closes_what_it_left_open(room, transform):
    left, done = (begun(room, transform, "jr_killed")["TaskRunId"] for _ in range(2))
    other = begun(room, transform, "jr_other")["TaskRunId"]
    room.post(f"transforms/{transform}/uses/{done}", {"Status": "SUCCEEDED"})
    end = {"Status": "FAILED", "ErrorString": "The script was killed."}
    assert room.post("job-runs/jr_killed/uses", end) == (200, {"Ended": 1})
    assert room.run(transform, left)["ErrorString"] == "The script was killed."
    states = [room.run(transform, run)["Status"] for run in (left, done, other)]
    assert states == ["FAILED", "SUCCEEDED", "RUNNING"]


def test_a_transform_that_is_not_taught_or_not_there_is_refused(room):
    job = {"JobName": "nightly", "JobRunId": "jr_refused"}
    status, answer = room.post(f"transforms/{room.transform()}/uses", job)
    assert (status, answer["__type"]) == (400, "MLTransformNotReadyException")
    status, answer = room.post("transforms/tfm-none/uses", job)
    assert (status, answer["__type"]) == (400, "EntityNotFoundException")
    assert answer["Message"] == (
        f"Cannot find MLTransform in account {room.account} with handle tfm-none."
    )
