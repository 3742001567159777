"""Measuring how good the matches are likely to be: Glue's metrics, and a document of our own
with what they rest on.
"""

from typing import Any

from gluematch.models.matching.kernels.arrays import part
from gluematch.models.matching.pipeline import Evaluation, Records, evaluate
from gluematch.models.matching.records.labels import NotEnoughLabels
from gluematch.models.tasks.evaluation import Result
from gluematch.models.tasks.subjects import Subject
from gluematch.models.tasks.work import Channel, WorkError

from . import reading


def measure(subject: Subject, channel: Channel) -> Result:
    """Glue's metrics of the whole table, at the tradeoffs of the transform."""
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
    document = {"EvaluationMetrics": metrics, "LabelledPairs": pairs, **_beyond(found, records)}
    return Result(metrics, pairs, document)


def _beyond(found: Evaluation, records: Records) -> dict[str, Any]:
    """What Glue has no member for; `docs/metrics.md` tells what each is."""
    whole, doubtful = found.whole, found.doubtful
    unsure = zip(
        records.keys[doubtful.i].tolist(),
        records.keys[doubtful.j].tolist(),
        doubtful.probability.tolist(),
        strict=True,
    )
    return {
        "Pairs": {
            "Sampled": found.sampled,
            "Together": whole.together,
            "Right": whole.right,
            "MissedByDecision": whole.missed,
            "LostByBlocking": whole.lost,
        },
        "EndToEndRecall": _ratio(whole.recall),
        "BlockingRecall": None if found.sampled else _ratio(whole.blocking_recall),
        "PrecisionRecallCurve": [
            {
                "Tradeoff": at.tradeoff,
                "Threshold": at.threshold,
                "Precision": _ratio(at.precision),
                "Recall": _ratio(at.recall),
            }
            for at in found.curve
        ],
        "Calibration": [
            {"Least": b.least, "Most": b.most, "Pairs": b.pairs, "Said": b.said, "True": b.true}
            for b in found.calibration
        ],
        "LeastSure": [
            {"Ids": [str(one), str(other)], "Probability": _ratio(chance)}
            for one, other, chance in unsure
        ],
    }


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
