"""Telling why rows match: the whole table is matched again, as `find-matches` would do it now."""

from dataclasses import fields, is_dataclass
from typing import Any

from gluematch.models.matching.explaining.explain import UnknownKeys, explain
from gluematch.models.matching.kernels.arrays import part
from gluematch.models.tasks.explanations import Inputs, Result
from gluematch.models.tasks.work import Channel

from . import reading


def tell(inputs: Inputs, channel: Channel) -> Result:
    """Why the rows of the keys are in their groups, as a document with names as Glue's."""
    subject, transform = inputs.subject, inputs.subject.transform
    frame = reading.read_rows(subject, channel)
    records = reading.records_of(subject, frame, channel)
    try:
        found = explain(
            records,
            reading.matcher_of(subject),
            inputs.keys,
            precision_recall=transform.precision_recall,
            accuracy_cost=transform.accuracy_cost,
            labels=reading.known_labels(subject, records, channel),
            enforced=transform.enforce_labels,
            progress=part(channel.progress, reading.READ, 1.0),
        )
    except UnknownKeys as error:
        table = subject.source.table
        return Result({}, f"{error} Table {table.database}.{table.name} has {len(records)} rows.")
    document: dict[str, Any] = _document(found)
    return Result(document)


def _document(value: object) -> Any:
    """A value as JSON has it: the fields of dataclasses become members, `match_id` MatchId."""
    if is_dataclass(value):
        return {
            "".join(word.capitalize() for word in field.name.split("_")): _document(
                getattr(value, field.name)
            )
            for field in fields(value)
        }
    if isinstance(value, tuple):
        return [_document(item) for item in value]
    return value
