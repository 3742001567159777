"""From a subject to what the engine takes: the table's rows, its records, labels, the matcher."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pandas as pd

from gluematch.models.catalog.labels import LabelRow
from gluematch.models.datasets.errors import FormatError
from gluematch.models.datasets.tables import read_table
from gluematch.models.matching.pipeline import Matcher
from gluematch.models.matching.records.labels import Labels
from gluematch.models.matching.records.records import Records
from gluematch.models.tasks.subjects import Subject
from gluematch.models.tasks.work import Channel, WorkError

READING, READ = 0.0, 0.1
"""The share of a run in which the table is read; the engine has what comes after."""


def read_rows(subject: Subject, channel: Channel) -> pd.DataFrame:
    """All rows and columns of the subject's table, as they are to be written again."""
    table = subject.source.table
    channel.progress(READING, f"reading {table.database}.{table.name} at {table.location}")
    if "AdditionalOptions" in subject.transform.document["InputRecordTables"][0]:
        channel.log("AdditionalOptions are not applied: the whole table is read")
    with in_words():
        frame = read_table(channel.objects, table, subject.source.partitions, channel.log)
    names = [name for name, _ in subject.transform.columns]
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise WorkError(
            f"Table {table.database}.{table.name} lacks columns of the transform: "
            f"{', '.join(missing)}. Match a table that has them, or create a transform for "
            "this one."
        )
    channel.log(f"Read {len(frame)} rows with {len(frame.columns)} columns")
    return frame


def records_of(subject: Subject, frame: pd.DataFrame, channel: Channel) -> Records:
    """The columns that the transform knows, as records."""
    transform = subject.transform
    types = dict(transform.columns)
    records = Records.from_frame(frame[list(types)], types, transform.primary_key)
    repeated = len(records) - len(set(records.keys.tolist()))
    if repeated:
        channel.log(
            f"{repeated} rows have a primary key that another row has too; labels speak of the "
            f"first of them. Choose a primary key that is unique"
        )
    return records


def labels_of(records: Records, rows: Sequence[LabelRow]) -> tuple[Labels, int]:
    """The labels of these records, and how many labelled rows are not among them."""
    return Labels.from_answers(
        records.keys,
        [row.set_id for row in rows],
        [row.label for row in rows],
        [row.key for row in rows],
    )


def known_labels(subject: Subject, records: Records, channel: Channel) -> Labels:
    """The subject's labels; the log tells how many of them the table has no record for."""
    labels, missing = labels_of(records, subject.labels)
    channel.log(f"{len(labels)} labelled rows, {len(labels.pairs())} labelled pairs")
    if missing:
        channel.log(f"{missing} labelled rows are not in the table and are not used")
    return labels


def matcher_of(subject: Subject) -> Matcher | None:
    """The model that the transform was taught, if it was."""
    model = subject.model
    if model is None:
        return None
    try:
        return Matcher.from_parts(dict(model.document), model.arrays)
    except ValueError as error:
        raise WorkError(f"The model cannot be used: {error}") from error


@contextmanager
def in_words() -> Iterator[None]:
    """Data that are not of their format fail the run, in the words of who found out."""
    try:
        yield
    except FormatError as error:
        raise WorkError(str(error)) from error
