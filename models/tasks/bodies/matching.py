"""Matching a whole table: every row and column again, with the group that it belongs to."""

import numpy as np

from gluematch.models import clock
from gluematch.models.datasets.formats import part_uri, write_frame
from gluematch.models.datasets.tables import table_columns
from gluematch.models.matching.kernels.arrays import part
from gluematch.models.matching.pipeline import find_matches
from gluematch.models.tasks.matching import Inputs, Result
from gluematch.models.tasks.work import Channel

from . import reading

MATCH_ID = "match_id"
SCORE = "match_confidence_score"


def match(inputs: Inputs, channel: Channel) -> Result:
    """The table with `match_id` and, if asked for, `match_confidence_score`."""
    subject, transform = inputs.subject, inputs.subject.transform
    began = clock.now()
    frame = reading.read_rows(subject, channel)
    records = reading.records_of(subject, frame, channel)
    enforced = None
    if transform.enforce_labels:
        enforced = reading.known_labels(subject, records, channel)
    matches = find_matches(
        records,
        reading.matcher_of(subject),
        precision_recall=transform.precision_recall,
        accuracy_cost=transform.accuracy_cost,
        enforced=enforced,
        progress=part(channel.progress, reading.READ, 0.9),
    )
    frame[MATCH_ID] = matches.match_id.astype(np.int64)
    if inputs.scores:
        frame[SCORE] = matches.match_confidence_score.astype(np.float64)
    uri = part_uri(inputs.output, began, inputs.form)
    channel.progress(0.9, f"writing {uri}")
    columns = table_columns(subject.source.table)
    write_frame(channel.objects, uri, frame, inputs.form, columns)
    return Result(uri, len(frame), len(np.unique(matches.match_id)))
