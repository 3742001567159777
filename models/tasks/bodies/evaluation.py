"""Measuring how well the labels can be told by models that did not see them."""

from typing import Any

from gluematch.models.matching.arrays import part
from gluematch.models.matching.labels import NotEnoughLabels
from gluematch.models.matching.pipeline import Evaluation, evaluate
from gluematch.models.tasks.evaluation import Result
from gluematch.models.tasks.subjects import Subject
from gluematch.models.tasks.work import Channel, WorkError

from . import reading


def measure(subject: Subject, channel: Channel) -> Result:
    """Glue's metrics over labelled pairs, at the threshold that the tradeoff sets."""
    frame = reading.read_rows(subject, channel)
    records = reading.records_of(subject, frame, channel)
    labels = reading.known_labels(subject, records, channel)
    try:
        found = evaluate(
            records,
            labels,
            precision_recall=subject.transform.precision_recall,
            accuracy_cost=subject.transform.accuracy_cost,
            progress=part(channel.progress, reading.READ, 1.0),
        )
    except NotEnoughLabels as error:
        raise WorkError(str(error)) from error
    counts = found.confusion
    pairs = (
        counts.true_positives
        + counts.false_positives
        + counts.true_negatives
        + counts.false_negatives
    )
    metrics = _metrics(found)
    return Result(metrics, pairs, {"EvaluationMetrics": metrics, "LabelledPairs": pairs})


def _metrics(found: Evaluation) -> dict[str, Any]:
    """The metrics as Glue's EvaluationMetrics."""
    counts = found.confusion
    return {
        "TransformType": "FIND_MATCHES",
        "FindMatchesMetrics": {
            "AreaUnderPRCurve": _ratio(found.area_under_pr_curve),
            "Precision": _ratio(found.precision),
            "Recall": _ratio(found.recall),
            "F1": _ratio(found.f1),
            "ConfusionMatrix": {
                "NumTruePositives": int(counts.true_positives),
                "NumFalsePositives": int(counts.false_positives),
                "NumTrueNegatives": int(counts.true_negatives),
                "NumFalseNegatives": int(counts.false_negatives),
            },
            "ColumnImportances": [
                {"ColumnName": name, "Importance": _ratio(importance)}
                for name, importance in found.column_importances
            ],
        },
    }


def _ratio(value: float) -> float:
    """Within 0 and 1, where rounding may have left it a little outside."""
    return min(1.0, max(0.0, float(value)))
