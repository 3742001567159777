"""FIND_MATCHES: what the body is given; its output goes to S3, and the catalog stays as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gluematch.models.catalog.store import Transaction
from gluematch.models.catalog.task_runs import TaskRun
from gluematch.models.catalog.transforms import Transform

from . import subjects
from .work import WorkError


@dataclass(frozen=True, slots=True)
class Inputs:
    """The table to match, where to write it, and whether to add confidence scores."""

    subject: subjects.Subject
    output: str
    form: Literal["csv", "json", "parquet"]
    scores: bool


@dataclass(frozen=True, slots=True)
class Result:
    """How many rows the object `uri` has, and into how many groups they fall."""

    uri: str
    rows: int
    groups: int


def prepare(tx: Transaction, run: TaskRun, transform: Transform) -> Inputs:
    """The transform, its model, and the table that the request names."""
    request = run.request
    subject = subjects.subject(tx, transform, request.get("InputTable"))
    if subject.model is None:
        raise WorkError(
            "The transform has no model any more. Import labels, then start this run again."
        )
    return Inputs(
        subject, request["OutputS3Path"], request["Format"], request["ComputeMatchConfidenceScores"]
    )


def conclude(tx: Transaction, run: TaskRun, transform: Transform, result: Result) -> Sequence[str]:
    """Nothing changes."""
    del tx, run, transform
    return [f"Wrote {result.rows} rows in {result.groups} groups to {result.uri}"]


TASK = subjects.Task("gluematch.models.tasks.bodies.matching:match", prepare, conclude)
