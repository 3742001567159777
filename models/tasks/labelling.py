"""LABELING_SET_GENERATION: what the body is given, and what becomes of the questions it asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from gluematch.models.catalog import questions
from gluematch.models.catalog.store import Transaction
from gluematch.models.catalog.task_runs import TaskRun
from gluematch.models.catalog.transforms import Transform

from . import subjects


@dataclass(frozen=True, slots=True)
class Inputs:
    """`asked`: the keys of the records that earlier generations asked about."""

    subject: subjects.Subject
    asked: tuple[str, ...]
    output: str


@dataclass(frozen=True, slots=True)
class Result:
    """The labelling sets: ids to keys, as written to the object `uri`."""

    uri: str
    sets: dict[str, tuple[str, ...]]


def prepare(tx: Transaction, run: TaskRun, transform: Transform) -> Inputs:
    """What is known, and what was asked before."""
    asked = questions.sets(tx, transform.transform_id)
    keys = tuple(key for keys in asked.values() for key in keys)
    return Inputs(subjects.subject(tx, transform), keys, run.request["OutputS3Path"])


def conclude(tx: Transaction, run: TaskRun, transform: Transform, result: Result) -> Sequence[str]:
    """Remember the questions, so that the next generation asks others."""
    del run
    questions.add(tx, transform.transform_id, result.sets)
    rows = sum(len(keys) for keys in result.sets.values())
    return [f"Wrote {rows} rows in {len(result.sets)} sets to {result.uri}"]


TASK = subjects.Task("gluematch.models.tasks.bodies.labelling:choose", prepare, conclude)
