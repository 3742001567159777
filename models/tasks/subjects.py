"""What bodies are given of a transform: frozen values, read from the catalog in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gluematch.models.catalog import labels, partitions, tables, trained
from gluematch.models.catalog.labels import LabelRow
from gluematch.models.catalog.partitions import Partition
from gluematch.models.catalog.store import Transaction
from gluematch.models.catalog.tables import Table
from gluematch.models.catalog.task_runs import TaskRun
from gluematch.models.catalog.trained import Trained
from gluematch.models.catalog.transforms import Transform


@dataclass(frozen=True, slots=True)
class Source:
    """A table's description: where its records are and how they are written."""

    table: Table
    partitions: tuple[Partition, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """A transform, its table, and what it has been taught so far."""

    transform: Transform
    source: Source
    labels: tuple[LabelRow, ...]
    model: Trained | None


@dataclass(frozen=True, slots=True)
class Task:
    """A task type: the body's name, what to read for it, and what to make of its result.

    `prepare` gives the body's inputs. `conclude` applies the result to the catalog and returns
    lines for the log; both may raise WorkError or a GlueError.
    """

    body: str
    prepare: Callable[[Transaction, TaskRun, Transform], Any]
    conclude: Callable[[Transaction, TaskRun, Transform, Any], Sequence[str]]


def source(tx: Transaction, database: str, name: str) -> Source:
    """The table with its partitions. Raises EntityNotFoundException."""
    table = tables.get(tx, database, name)
    return Source(table, tuple(partitions.all_of(tx, table.database, table.name)))


def subject(
    tx: Transaction, transform: Transform, table: Mapping[str, str] | None = None
) -> Subject:
    """All that is known of the transform; another `table` may take the place of its own.

    Raises EntityNotFoundException for the table.
    """
    database, name = (
        transform.table if table is None else (table["DatabaseName"], table["TableName"])
    )
    return Subject(
        transform,
        source(tx, database, name),
        tuple(labels.of_transform(tx, transform.transform_id)),
        trained.get(tx, transform.transform_id),
    )
