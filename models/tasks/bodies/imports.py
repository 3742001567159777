"""Taking in labels and learning from them. Nothing is stored unless all of it succeeds."""

from collections.abc import Sequence

import numpy as np

from gluematch.models.catalog.labels import LabelRow
from gluematch.models.catalog.transforms import Transform
from gluematch.models.datasets import labels as label_files
from gluematch.models.datasets.labels import LabelFileError, LabelledRow
from gluematch.models.matching.kernels.arrays import part
from gluematch.models.matching.pipeline import train
from gluematch.models.matching.records.labels import Labels
from gluematch.models.matching.records.records import Records
from gluematch.models.tasks.imports import Inputs, Model, Result
from gluematch.models.tasks.work import Channel, WorkError

from . import reading


def take_in(inputs: Inputs, channel: Channel) -> Result:
    """The labels of the file beside those stored before, and a model trained on all of them."""
    subject, transform = inputs.subject, inputs.subject.transform
    if inputs.path is None:
        new = _keyed_anew(subject.labels, transform)
    else:
        new = _file(inputs.path, transform, channel)
    stored = () if inputs.path is None or inputs.replace else subject.labels
    frame = reading.read_rows(subject, channel)
    records = reading.records_of(subject, frame, channel)
    _check_keys(records, new, channel)
    fresh = [LabelRow(row.set_id, row.label, row.key, row.values) for row in new]
    kept = _kept(stored, fresh, channel)
    rows = (*kept, *fresh)
    labels, missing = reading.labels_of(records, rows)
    _tell_changes(records, stored, fresh, channel)
    pairs = len(labels.pairs())
    channel.log(f"{len(rows)} labelled rows in all, {missing} not in the table, {pairs} pairs")
    model = _model(records, labels, channel)
    return Result(rows, len(kept) if kept == stored else 0, model, transform.primary_key)


def _model(records: Records, labels: Labels, channel: Channel) -> Model | None:
    if not len(labels.pairs()):
        channel.log("No two labelled rows share a set, so there is nothing to learn from yet")
        return None
    matcher = train(records, labels, progress=part(channel.progress, reading.READ, 1.0))
    pairs = f"{matcher.matches} matching and {matcher.non_matches} non-matching pairs"
    channel.log(f"Learned from {pairs}")
    return Model(*matcher.to_parts())


def _file(path: str, transform: Transform, channel: Channel) -> tuple[LabelledRow, ...]:
    channel.progress(0.0, f"reading {path}")
    try:
        file = label_files.read(
            channel.objects.read(path), transform.columns, transform.primary_key
        )
    except LabelFileError as error:
        raise WorkError(f"The label file cannot be used. {path}, {error}") from error
    channel.log(
        f"The file has {len(file.rows)} labelled rows; "
        f"{file.unlabelled} rows without a label were skipped"
    )
    if file.repeated:
        channel.log(f"Rows that the file repeats were skipped: {_lines(file.repeated)}")
    if not file.rows:
        raise WorkError(
            f"The label file {path} has no labelled row. Fill in its label column: "
            "rows of one labeling_set_id that are the same get the same label."
        )
    return file.rows


def _keyed_anew(rows: Sequence[LabelRow], transform: Transform) -> tuple[LabelledRow, ...]:
    """The stored rows under the transform's present primary key."""
    name = transform.primary_key
    kind = dict(transform.columns)[name]
    return tuple(
        LabelledRow(
            number,
            row.set_id,
            row.label,
            label_files.canonical_key(row.row.get(name, ""), kind),
            dict(row.row),
        )
        for number, row in enumerate(rows, 1)
    )


def _check_keys(records: Records, rows: Sequence[LabelledRow], channel: Channel) -> None:
    known = set(records.keys.tolist())
    unknown = [row.line for row in rows if row.key not in known]
    if unknown and len(unknown) == len(rows):
        raise WorkError(
            "The table has none of the labelled records: no primary key of the file is in it. "
            "Check that the file was made for this table and that its keys are unchanged."
        )
    if unknown:
        channel.log(
            f"{len(unknown)} labelled rows are kept but not used, as the table does not have "
            f"their primary keys: {_lines(unknown)}"
        )


def _kept(
    stored: tuple[LabelRow, ...], fresh: Sequence[LabelRow], channel: Channel
) -> tuple[LabelRow, ...]:
    """The earlier rows that stay: a record labelled again in a set has its new label only."""
    again = {(row.set_id, row.key): row.label for row in fresh}
    kept = tuple(row for row in stored if (row.set_id, row.key) not in again)
    changed = sum(again.get((row.set_id, row.key), row.label) != row.label for row in stored)
    if len(kept) < len(stored):
        channel.log(
            f"{len(stored) - len(kept)} rows of sets imported before came again and were replaced, "
            f"{changed} of them with another label"
        )
    return kept


def _tell_changes(
    records: Records, stored: Sequence[LabelRow], fresh: Sequence[LabelRow], channel: Channel
) -> None:
    """Say how many pairs the new labels judge otherwise than those before: the later wins."""
    before = reading.labels_of(records, stored)[0].pairs()
    after = reading.labels_of(records, fresh)[0].pairs()
    place_before = before.i.astype(np.int64) << 32 | before.j
    place_after = after.i.astype(np.int64) << 32 | after.j
    _, at_before, at_after = np.intersect1d(place_before, place_after, return_indices=True)
    turned = int(np.count_nonzero(before.y[at_before] != after.y[at_after]))
    if turned:
        channel.log(
            f"{turned} pairs were labelled otherwise by an earlier import: "
            "this import, the later one, wins"
        )


def _lines(numbers: Sequence[int]) -> str:
    return label_files.named_lines(numbers)
