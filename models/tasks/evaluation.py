"""EVALUATION: what the body is given, and the metrics that the transform shows afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gluematch.models import clock
from gluematch.models.catalog import evaluations, transforms
from gluematch.models.catalog.evaluations import Evaluated
from gluematch.models.catalog.store import Transaction
from gluematch.models.catalog.task_runs import TaskRun
from gluematch.models.catalog.transforms import Transform

from . import subjects


@dataclass(frozen=True, slots=True)
class Result:
    """`metrics` is Glue's EvaluationMetrics document, `pairs` how many pairs it counts;
    `document` is what is told beyond that."""

    metrics: Mapping[str, Any]
    pairs: int
    document: Mapping[str, Any]


def prepare(tx: Transaction, run: TaskRun, transform: Transform) -> subjects.Subject:
    """The labels and the tradeoffs."""
    del run
    return subjects.subject(tx, transform)


def conclude(tx: Transaction, run: TaskRun, transform: Transform, result: Result) -> Sequence[str]:
    """Put the metrics onto the transform, and keep the document with the run."""
    now = clock.now()
    transforms.save(tx, replace(transform, metrics=result.metrics, modified=now))
    kept = Evaluated(transform.transform_id, run.task_run_id, result.document, now)
    evaluations.add(tx, kept)
    found = result.metrics["FindMatchesMetrics"]
    return [
        f"Estimated from {result.pairs} labelled pairs: precision {found['Precision']:.3f}, "
        f"recall {found['Recall']:.3f}, F1 {found['F1']:.3f}, "
        f"area under the precision-recall curve {found['AreaUnderPRCurve']:.3f}"
    ]


TASK = subjects.Task("gluematch.models.tasks.bodies.evaluation:measure", prepare, conclude)
