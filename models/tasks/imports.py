"""IMPORT_LABELS: what the body is given, and how its labels and model take effect.

A run without a file imports the stored labels again, under a new primary key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gluematch.models import clock
from gluematch.models.catalog import labels, trained, transforms
from gluematch.models.catalog.labels import LabelRow
from gluematch.models.catalog.store import Transaction
from gluematch.models.catalog.task_runs import TaskRun
from gluematch.models.catalog.trained import Trained
from gluematch.models.catalog.transforms import Transform

from . import subjects
from .work import WorkError


@dataclass(frozen=True, slots=True)
class Inputs:
    """`path` is None when the stored labels are to be read again; `replace`: forget them first."""

    subject: subjects.Subject
    path: str | None
    replace: bool


@dataclass(frozen=True, slots=True)
class Model:
    """A trained matcher in parts."""

    document: Mapping[str, Any]
    arrays: bytes


@dataclass(frozen=True, slots=True)
class Result:
    """All labels that the transform shall have, and the model if they hold a pair.

    The first `kept` rows are all that is stored before, as it is.
    """

    rows: tuple[LabelRow, ...]
    kept: int
    model: Model | None
    primary_key: str


def prepare(tx: Transaction, run: TaskRun, transform: Transform) -> Inputs:
    """The labels and where new ones come from."""
    path = run.request.get("InputS3Path")
    return Inputs(subjects.subject(tx, transform), path, bool(run.request.get("Replace", False)))


def conclude(tx: Transaction, run: TaskRun, transform: Transform, result: Result) -> Sequence[str]:
    """Store labels and model; the transform is READY if there is one."""
    del run
    if transform.primary_key != result.primary_key:
        raise WorkError(
            "The primary key of the transform changed while this run was in progress. "
            "Start it again."
        )
    now = clock.now()
    if result.kept:
        labels.append(tx, transform.transform_id, result.rows[result.kept :])
    else:
        labels.replace(tx, transform.transform_id, result.rows)
    if result.model is None:
        trained.drop(tx, transform.transform_id)
    else:
        model = Trained(transform.transform_id, result.model.document, result.model.arrays, now)
        trained.save(tx, model)
    status = "NOT_READY" if result.model is None else "READY"
    changed = replace(transform, status=status, label_count=len(result.rows), modified=now)
    transforms.save(tx, changed)
    return [f"The transform has {len(result.rows)} labelled rows and is {status}"]


TASK = subjects.Task("gluematch.models.tasks.bodies.imports:take_in", prepare, conclude)
