"""EXPORT_LABELS: the stored labels, written as a label file."""

from collections.abc import Sequence
from dataclasses import dataclass

from gluematch.models.catalog import labels
from gluematch.models.catalog.labels import LabelRow
from gluematch.models.catalog.store import Transaction
from gluematch.models.catalog.task_runs import TaskRun
from gluematch.models.catalog.transforms import Transform

from . import subjects


@dataclass(frozen=True, slots=True)
class Inputs:
    """The labels, the columns in the table's order, and the folder to write to."""

    transform_id: str
    columns: tuple[str, ...]
    rows: tuple[LabelRow, ...]
    output: str


@dataclass(frozen=True, slots=True)
class Result:
    """How many rows the object `uri` has."""

    uri: str
    rows: int


def prepare(tx: Transaction, run: TaskRun, transform: Transform) -> Inputs:
    """The labels as they are now."""
    rows = tuple(labels.of_transform(tx, transform.transform_id))
    names = tuple(name for name, _ in transform.columns)
    return Inputs(transform.transform_id, names, rows, run.request["OutputS3Path"])


def conclude(tx: Transaction, run: TaskRun, transform: Transform, result: Result) -> Sequence[str]:
    """Nothing changes."""
    del tx, run, transform
    return [f"Wrote {result.rows} labelled rows to {result.uri}"]


TASK = subjects.Task("gluematch.models.tasks.bodies.exports:write", prepare, conclude)
