"""The metrics of an evaluation as a document of our own."""

import pytest
from classroom import Classroom


@pytest.fixture(scope="module")
def room(gluematch_server):
    return Classroom(gluematch_server)


@pytest.fixture(scope="module")
def transform(room):
    return room.taught()


@pytest.fixture(scope="module")
def runs(room, transform):
    """Two evaluations, the second with more labels."""
    found = [evaluation(room, transform)]
    room.imported(transform, room.labels(("more", "a", 1), ("more", "b", 41), ("more", "c", 81)))
    return [*found, evaluation(room, transform)]


def evaluation(room, transform):
    run = room.glue.start_ml_evaluation_task_run(TransformId=transform)["TaskRunId"]
    room.succeeded(transform, run)
    return run


def test_the_last_evaluation_is_shown_unless_a_run_is_named(room, transform, runs):
    status, last = room.get(f"transforms/{transform}/metrics")
    assert (status, last["TransformId"], last["TaskRunId"]) == (200, transform, runs[1])
    shown = room.glue.get_ml_transform(TransformId=transform)["EvaluationMetrics"]
    assert last["EvaluationMetrics"] == shown
    _, first = room.get(f"transforms/{transform}/metrics?TaskRunId={runs[0]}")
    assert first["TaskRunId"] == runs[0]
    assert first["EvaluatedOn"] < last["EvaluatedOn"]
    assert first["EvaluationMetrics"] != shown


def test_the_document_tells_what_the_figures_rest_on(room, transform, runs):
    _, last = room.get(f"transforms/{transform}/metrics")
    metrics = last["EvaluationMetrics"]["FindMatchesMetrics"]
    pairs = last["Pairs"]
    true = pairs["Right"] + pairs["MissedByDecision"] + pairs["LostByBlocking"]
    assert metrics["Precision"] == pytest.approx(pairs["Right"] / pairs["Together"])
    assert metrics["Recall"] == last["EndToEndRecall"] == pytest.approx(pairs["Right"] / true)
    assert last["EndToEndRecall"] <= last["BlockingRecall"] <= 1
    recalls = [point["Recall"] for point in last["PrecisionRecallCurve"]]
    thresholds = [point["Threshold"] for point in last["PrecisionRecallCurve"]]
    assert recalls == sorted(recalls, reverse=True)
    assert thresholds == sorted(thresholds)
    assert sum(part["Pairs"] for part in last["Calibration"]) <= last["LabelledPairs"]
    assert all(part["Least"] <= part["Said"] <= part["Most"] for part in last["Calibration"])


def test_the_least_sure_pairs_are_rows_that_nobody_compared(room, transform, runs):
    _, last = room.get(f"transforms/{transform}/metrics")
    doubt = [abs(pair["Probability"] - 0.5) for pair in last["LeastSure"]]
    assert doubt
    assert doubt == sorted(doubt)
    assert all(len(set(pair["Ids"])) == 2 for pair in last["LeastSure"])


def test_before_an_evaluation_there_is_nothing_to_show(room):
    transform = room.transform()
    status, answer = room.get(f"transforms/{transform}/metrics")
    assert (status, answer["__type"]) == (400, "EntityNotFoundException")
    assert "StartMLEvaluationTaskRun" in answer["Message"]


@pytest.mark.parametrize(
    ("query", "told"),
    [("?TaskRunId=tsk-none", "No ML Task Run found"), ("?TaskRunId=", "1 validation error")],
)
def test_a_run_that_is_none_is_refused(room, transform, query, told):
    status, answer = room.get(f"transforms/{transform}/metrics{query}")
    assert status == 400
    assert told in str(answer)


def test_a_stranger_does_not_see_the_transform(gluematch_server, transform):
    status, answer = Classroom(gluematch_server).get(f"transforms/{transform}/metrics")
    assert (status, answer["__type"]) == (400, "EntityNotFoundException")


def test_the_route_answers_to_its_own_method_only(room, transform):
    assert room.post(f"transforms/{transform}/metrics", {})[0] == 405
    assert room.get("find-matches")[0] == 405
    assert room.get(f"transforms/{transform}/nothing")[0] == 404
