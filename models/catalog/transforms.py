"""ML transforms: what they were told, what they have learned about themselves.

Their labels, models, questions, runs, evaluations and explanations have modules of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gluematch.models.errors import AlreadyExistsException, EntityNotFoundException

from . import schema, statements, tags
from .store import Transaction

ROWS = schema.transforms
OWNED = (
    schema.labels,
    schema.trained,
    schema.questions,
    schema.task_runs,
    schema.evaluations,
    schema.explanations,
)

DEFAULT_TRADEOFF = 0.5
DEFAULT_TIMEOUT_MINUTES = 2880


@dataclass(frozen=True, slots=True)
class Transform:
    """A transform. `document` has its settings with wire names; `columns` are names and types."""

    transform_id: str
    name: str
    document: Mapping[str, Any]
    status: str
    columns: tuple[tuple[str, str], ...]
    label_count: int
    metrics: Mapping[str, Any] | None
    created: datetime
    modified: datetime

    @property
    def table(self) -> tuple[str, str]:
        """Database and name of the input table."""
        table = self.document["InputRecordTables"][0]
        return table["DatabaseName"], table["TableName"]

    @property
    def primary_key(self) -> str:
        """The column that names each record."""
        return str(self._find_matches["PrimaryKeyColumnName"])

    @property
    def precision_recall(self) -> float:
        """1 favours precision, 0 recall."""
        return float(self._find_matches.get("PrecisionRecallTradeoff", DEFAULT_TRADEOFF))

    @property
    def accuracy_cost(self) -> float:
        """1 favours accuracy, 0 cost."""
        return float(self._find_matches.get("AccuracyCostTradeoff", DEFAULT_TRADEOFF))

    @property
    def enforce_labels(self) -> bool:
        """Whether the output keeps to the provided labels."""
        return bool(self._find_matches.get("EnforceProvidedLabels", False))

    @property
    def timeout_minutes(self) -> int:
        """How long one task run may take."""
        return int(self.document.get("Timeout", DEFAULT_TIMEOUT_MINUTES))

    @property
    def max_retries(self) -> int:
        """How often a failed task run is run again."""
        return int(self.document.get("MaxRetries", 0))

    @property
    def _find_matches(self) -> Mapping[str, Any]:
        parameters: Mapping[str, Any] = self.document["Parameters"].get("FindMatchesParameters", {})
        return parameters


def create(tx: Transaction, transform: Transform) -> None:
    """Record a new transform. Raises AlreadyExistsException for its name."""
    if not statements.add_new(tx, ROWS, _row(transform)):
        raise AlreadyExistsException(f"Transform with name {transform.name} already exists.")


def find(tx: Transaction, transform_id: str) -> Transform | None:
    """The transform, if it exists."""
    row = statements.first(tx, ROWS, transform_id=transform_id)
    return None if row is None else _transform(row)


def get(tx: Transaction, transform_id: str) -> Transform:
    """The transform. Raises EntityNotFoundException."""
    transform = find(tx, transform_id)
    if transform is None:
        raise _missing(tx, transform_id)
    return transform


def by_name(tx: Transaction, name: str) -> Transform | None:
    """The transform of that name, if there is one."""
    row = statements.first(tx, ROWS, name=name)
    return None if row is None else _transform(row)


def save(tx: Transaction, transform: Transform) -> None:
    """Replace the transform of the same id by `transform`, read in this transaction.

    Raises EntityNotFoundException, and AlreadyExistsException if another has its name.
    """
    namesake = by_name(tx, transform.name)
    if namesake is not None and namesake.transform_id != transform.transform_id:
        raise AlreadyExistsException(
            f"Another transform with name {transform.name} already exists."
        )
    itself = transform.transform_id
    if not statements.change(tx, ROWS, _row(transform), transform_id=itself):
        raise _missing(tx, transform.transform_id)


def delete(tx: Transaction, transform_id: str) -> None:
    """Remove the transform with all that is its own. Raises EntityNotFoundException."""
    if not statements.remove(tx, ROWS, transform_id=transform_id):
        raise _missing(tx, transform_id)
    for table in OWNED:
        statements.remove(tx, table, transform_id=transform_id)
    tags.drop(tx, tx.scope.arn(f"mlTransform/{transform_id}"))


def all(tx: Transaction) -> list[Transform]:  # noqa: A001 - read as transforms.all(tx)
    """Every transform, by time of creation."""
    query = statements.rows_of(tx, ROWS).order_by(ROWS.c.created, ROWS.c.transform_id)
    return [_transform(row) for row in statements.every(tx, query)]


def count(tx: Transaction) -> int:
    """How many transforms there are."""
    return statements.count(tx, ROWS)


def _missing(tx: Transaction, transform_id: str) -> EntityNotFoundException:
    return EntityNotFoundException(
        f"Cannot find MLTransform in account {tx.scope.account} with handle {transform_id}."
    )


def _row(transform: Transform) -> dict[str, Any]:
    return {
        "transform_id": transform.transform_id,
        "name": transform.name,
        "document": transform.document,
        "status": transform.status,
        "columns": transform.columns,
        "label_count": transform.label_count,
        "metrics": transform.metrics,
        "created": transform.created,
        "modified": transform.modified,
    }


def _transform(row: Mapping[str, Any]) -> Transform:
    return Transform(
        row["transform_id"],
        row["name"],
        row["document"],
        row["status"],
        tuple((name, hive_type) for name, hive_type in row["columns"]),
        row["label_count"],
        row["metrics"],
        row["created"],
        row["modified"],
    )
