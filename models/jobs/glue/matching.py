"""`awsglueml.transforms`: FindMatches on the rows of a DynamicFrame.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-transforms-findmatches.html
The engine is the one that the server matches with. Few rows come to the driver and are matched
there; those of a table that outgrows it stay on the cluster.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame

from gluematch.models.matching.kernels.arrays import AnyArray, Longs
from gluematch.models.matching.labelling.incremental import IncrementalMatches, match_incrementally
from gluematch.models.matching.pipeline import Matches, find_matches
from gluematch.models.matching.records.labels import Labels
from gluematch.models.matching.records.records import Records
from gluematch.models.matching_on_spark.records import MATCH_ID, SCORE, RecordSource

from .choices import itself, open_choices
from .frames import DynamicFrame
from .objects_source import with_metadata
from .taught import Taught, used

IN_PROCESS_ROWS = "spark.gluematch.inProcessRows"
"""The Spark setting that says up to how many rows are matched in the driver's process."""

USUAL_IN_PROCESS_ROWS = 500_000
SET_ID, LABEL = "labeling_set_id", "label"

Progress = Callable[[float, str], None]


class FindMatches:
    """Each row with the `match_id` of the group that it belongs to."""

    @classmethod
    def apply(
        cls,
        frame: DynamicFrame,
        transformId: str,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
        enforcedMatches: DynamicFrame | None = None,
        computeMatchConfidenceScores: bool | int = 0,
    ) -> DynamicFrame:
        """The frame with `match_id` and, if asked for, `match_confidence_score`.

        `enforcedMatches` has the columns of a label file: `labeling_set_id`, `label` and the
        primary key. Raises Glue's exceptions for a transform that is not there or not READY.
        """
        del transformation_ctx, info, stageThreshold, totalThreshold
        with used(frame.glue_ctx.around, transformId) as (taught, progress):
            scores = bool(computeMatchConfidenceScores)
            found = fitting(frame, taught)
            said = provided(taught, enforcedMatches)
            if not said and _outgrows(found):
                return _spread(frame, found, taught, progress, scores=scores)
            rows = found.toArrow()
            matches = matched(rows, taught, said, progress)
            return _answer(frame, rows, matches, scores=scores)

    __call__ = apply


class FindIncrementalMatches:
    """New rows beside rows that were matched before: they join groups there, or form new ones."""

    @classmethod
    def apply(
        cls,
        existingFrame: DynamicFrame,
        incrementalFrame: DynamicFrame,
        transformId: str,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
        enforcedMatches: DynamicFrame | None = None,
        computeMatchConfidenceScores: bool | int = 0,
    ) -> DynamicFrame:
        """The rows of both frames; no `match_id` of `existingFrame`, which has one, changes.

        A `match_confidence_score`, if asked for, says of each new row how sure its place is;
        existing rows keep what they have. `enforcedMatches` and Glue's exceptions are as in
        FindMatches; what is said of existing rows only changes nothing.
        """
        del transformation_ctx, info, stageThreshold, totalThreshold
        glue = existingFrame.glue_ctx
        with used(glue.around, transformId) as (taught, progress):
            old, ids = _matched_before(existingFrame, taught)
            new = collected(incrementalFrame, taught)
            before, arrived = records_of(old, taught), records_of(new, taught)
            keys = np.concatenate([before.keys, arrived.keys])
            joined = match_incrementally(
                before,
                ids,
                arrived,
                taught.matcher,
                precision_recall=taught.precision_recall,
                accuracy_cost=taught.accuracy_cost,
                enforced=stated(keys, provided(taught, enforcedMatches)),
                progress=progress,
            )
            scores = bool(computeMatchConfidenceScores)
            fresh = _answer(incrementalFrame, new, joined, scores=scores).toDF()
            existing = existingFrame.toDF()
            kept = [name for name in existing.columns if scores or name != SCORE]
            both = existing.select(*map(itself, kept)).unionByName(fresh, allowMissingColumns=True)
            return DynamicFrame(both, glue, existingFrame.name)

    __call__ = apply


def _matched_before(frame: DynamicFrame, taught: Taught) -> tuple[pa.Table, Longs]:
    """All rows, and their match ids. Raises ValueError unless each row has one."""
    rows = collected(frame, taught)
    if MATCH_ID not in rows.column_names:
        raise ValueError("existingFrame has no column match_id: it is to come from FindMatches.")
    ids = rows[MATCH_ID].cast(pa.int64())
    if ids.null_count:
        raise ValueError(f"{ids.null_count} rows of existingFrame have no match_id.")
    return rows, ids.to_numpy()


def collected(frame: DynamicFrame, taught: Taught) -> pa.Table:
    """All rows, on this machine. Raises ValueError where the transform does not fit the frame."""
    return fitting(frame, taught).toArrow()


def fitting(frame: DynamicFrame, taught: Taught) -> DataFrame:
    """The rows where they are. Raises ValueError where the transform does not fit the frame."""
    found = frame.toDF()
    known = {name.lower() for name in found.columns}
    missing = [name for name, _ in taught.columns if name.lower() not in known]
    if missing:
        raise ValueError(f"The frame lacks columns of the transform: {', '.join(missing)}.")
    mixed = set(open_choices(found.schema)) & {name for name, _ in taught.columns}
    if mixed:
        raise ValueError(
            f"The columns {', '.join(sorted(mixed))} hold values of several types: "
            "apply ResolveChoice first, for instance with choice='MATCH_CATALOG'."
        )
    return found


def records_of(rows: pa.Table, taught: Taught) -> Records:
    """The rows as the engine takes them, of the types that the transform knows."""
    return RecordSource(taught.columns, taught.primary_key).records(rows)


def provided(taught: Taught, enforced: DynamicFrame | None) -> Sequence[tuple[str, str, str]]:
    """Set, label and key of the labels that are to hold, the script's own last: they win.

    Raises ValueError for a frame without the columns of a label file.
    """
    if enforced is None:
        return taught.labels
    frame = enforced.toDF()
    wanted = [SET_ID, LABEL, taught.primary_key]
    known = {name.lower(): name for name in frame.columns}
    missing = [name for name in wanted if name.lower() not in known]
    if missing:
        raise ValueError(f"enforcedMatches lacks the columns {', '.join(missing)}.")
    said = frame.selectExpr(*(f"cast(`{known[one.lower()]}` as string)" for one in wanted))
    return [*taught.labels, *((str(a), str(b), str(c)) for a, b, c in said.collect())]


def stated(keys: AnyArray, said: Sequence[tuple[str, str, str]]) -> Labels | None:
    """The labels (set, label, key) of the rows that bear `keys`; None if there are none."""
    if not said:
        return None
    sets, labels, labelled = zip(*said, strict=True)
    return Labels.from_answers(keys, sets, labels, labelled)[0]


def matched(
    rows: pa.Table, taught: Taught, said: Sequence[tuple[str, str, str]], progress: Progress
) -> Matches:
    """The groups of the rows, found in this process."""
    records = records_of(rows, taught)
    return find_matches(
        records,
        taught.matcher,
        precision_recall=taught.precision_recall,
        accuracy_cost=taught.accuracy_cost,
        enforced=stated(records.keys, said),
        progress=progress,
    )


def _outgrows(rows: DataFrame) -> bool:
    """Whether the rows are too many to be matched in this process."""
    most = int(rows.sparkSession.conf.get(IN_PROCESS_ROWS, str(USUAL_IN_PROCESS_ROWS)) or 0)
    return rows.limit(most + 1).count() > most


def _spread(
    frame: DynamicFrame, rows: DataFrame, taught: Taught, progress: Progress, *, scores: bool
) -> DynamicFrame:
    """The frame's rows, matched where they are."""
    from gluematch.models.matching_on_spark import pipeline  # noqa: PLC0415 - loads the compiler

    found = pipeline.find_matches(
        rows.drop(MATCH_ID, SCORE),
        RecordSource(taught.columns, taught.primary_key),
        taught.matcher,
        pipeline.Tradeoffs(taught.precision_recall, taught.accuracy_cost),
        progress,
    )
    told = found if scores else found.drop(SCORE)
    return DynamicFrame(with_metadata(told, frame.schema()), frame.glue_ctx, frame.name)


def _answer(
    frame: DynamicFrame, rows: pa.Table, matches: Matches | IncrementalMatches, *, scores: bool
) -> DynamicFrame:
    for name in (MATCH_ID, SCORE):
        if name in rows.column_names:
            rows = rows.drop_columns([name])
    rows = rows.append_column(MATCH_ID, pa.array(matches.match_id.astype(np.int64)))
    if scores:
        rows = rows.append_column(SCORE, pa.array(matches.match_confidence_score))
    made = frame.glue_ctx.spark_session.createDataFrame(rows)
    return DynamicFrame(with_metadata(made, frame.schema()), frame.glue_ctx, frame.name)
