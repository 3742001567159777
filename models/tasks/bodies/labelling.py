"""Choosing the records that a person shall label next, and writing them as a label file."""

import numpy as np
import pandas as pd

from gluematch.models import clock, ids
from gluematch.models.catalog.transforms import Transform
from gluematch.models.datasets import labels as label_files
from gluematch.models.datasets.cells import texts
from gluematch.models.matching.kernels.arrays import AnyArray, Longs, part
from gluematch.models.matching.pipeline import choose_sets
from gluematch.models.matching.records.records import Records
from gluematch.models.tasks.labelling import Inputs, Result
from gluematch.models.tasks.work import Channel, WorkError

from . import reading


def choose(inputs: Inputs, channel: Channel) -> Result:
    """About ten sets of about ten records that teach the most, none asked about before."""
    subject = inputs.subject
    frame = reading.read_rows(subject, channel)
    records = reading.records_of(subject, frame, channel)
    labels = reading.known_labels(subject, records, channel)
    asked = _not_to_ask(records, inputs.asked)
    chosen = choose_sets(
        records,
        labels if len(labels) else None,
        reading.matcher_of(subject),
        asked=asked,
        accuracy_cost=subject.transform.accuracy_cost,
        progress=part(channel.progress, reading.READ, 0.95),
    )
    sets = {ids.unique(): rows for rows in _once(records.keys, chosen)}
    if not sets:
        raise WorkError(
            f"There is nothing to ask: of the {len(records)} records in the table, fewer than two "
            "have a primary key, were not asked about or labelled before, and differ from those."
        )
    uri = object_uri(inputs.output, subject.transform.transform_id, "labeling_set")
    channel.progress(0.95, f"writing {uri}")
    channel.objects.write(uri, _file(subject.transform, frame, sets))
    return Result(uri, {name: tuple(records.keys[rows].tolist()) for name, rows in sets.items()})


def object_uri(folder: str, transform_id: str, what: str) -> str:
    """Where a label file of a transform goes: a name that sorts by time and is never reused."""
    at = clock.now().strftime("%Y-%m-%d_%H_%M_%S")
    return f"{folder.rstrip('/')}/{transform_id}_{what}_{at}_{ids.unique()}.csv"


def _not_to_ask(records: Records, asked: tuple[str, ...]) -> Longs:
    """The rows that were asked about, and those without a key: no label could name them."""
    return np.flatnonzero(np.isin(records.keys, np.array([*asked, ""], dtype=object)))


def _once(keys: AnyArray, chosen: list[Longs]) -> list[Longs]:
    """The sets without a second row of any key; what is left of a set are two rows or more."""
    seen: set[str] = set()
    kept = []
    for rows in chosen:
        first = {keys[row]: row for row in reversed(rows.tolist()) if keys[row] not in seen}
        seen |= first.keys()
        if len(first) > 1:
            kept.append(np.array([*reversed(first.values())], dtype=np.int64))
    return kept


def _file(transform: Transform, frame: pd.DataFrame, sets: dict[str, Longs]) -> bytes:
    names = [name for name, _ in transform.columns]
    rows: list[tuple[str, str, list[str]]] = []
    for set_id, chosen in sets.items():
        cells = [texts(frame[name].iloc[chosen]).fillna("").tolist() for name in names]
        rows += [(set_id, "", list(values)) for values in zip(*cells, strict=True)]
    return label_files.write(names, rows)
