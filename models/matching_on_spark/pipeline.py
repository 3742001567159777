"""FindMatches on a cluster: the stages of `matching.pipeline`, each spread over the machines.

Rows stay where they are. The driver holds the coded table, each distinct value of a compared
column once, and a few numbers for each distinct row; candidate pairs never come to it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
from pyspark import Broadcast, StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql.types import DoubleType, LongType, StructType

from gluematch.models.matching.clustering.scoring import max_missing
from gluematch.models.matching.features.pair_features import comparators_of
from gluematch.models.matching.kernels.arrays import (
    AnyArray,
    Doubles,
    Ints,
    Longs,
    Progress,
    no_progress,
)
from gluematch.models.matching.kernels.parallel import single_threaded_blas
from gluematch.models.matching.kernels.size_limits import ENOUGH_PAIRS, is_large
from gluematch.models.matching.records.remembered_labels import known_pairs
from gluematch.models.matching.records.table import Table
from gluematch.models.matching.training.matcher import Matcher
from gluematch.models.matching.training.threshold import threshold

from .blocking import candidate_pairs
from .broadcast_table import SparkTable, without_texts
from .clustering import Groups, cluster, link_components, missing
from .component_completion import complete_components
from .records import MARK, MATCH_ID, SCORE, Entities, RecordSource, read_entities, with_hashes
from .scoring import (
    PairScorer,
    compute_features,
    first_scores,
    second_scores,
    shown_names,
    summary_features,
)
from .shuffle import cached, release_cached

PART = 50_000
"""About how many distinct rows a part has."""


@dataclass(frozen=True, slots=True)
class Tradeoffs:
    """What the transform is tuned to, both 0 to 1, and in how many `parts` the work goes; as many
    as there are cores, or as the table needs, where nobody says."""

    precision_recall: float
    accuracy_cost: float
    parts: int | None = None


@single_threaded_blas
def find_matches(
    frame: DataFrame,
    reading: RecordSource,
    matcher: Matcher,
    wishes: Tradeoffs,
    progress: Progress = no_progress,
) -> DataFrame:
    """The rows of the frame, which has some, with `match_id` and `match_confidence_score`: the
    groups that `matching.pipeline.find_matches` gives the same rows.

    The rows are held on the machines' disks until the session ends, so that what the frame is
    made from is read once. Raises UnlikelyMarks.
    """
    context = frame.sparkSession.sparkContext
    progress(0.0, "preparing records")
    rows = with_hashes(frame, reading).persist(StorageLevel.DISK_ONLY)
    count = rows.count()
    with release_cached(context):
        parts = wishes.parts or max(context.defaultParallelism, -(-count // PART))
        entities = read_entities(rows, reading, parts)
        progress(0.15, "seeking candidate pairs")
        held = SparkTable.over(context, entities.table, matcher.source_column, parts)
        found = _groups(held, entities.table, matcher, wishes, progress)
        places = context.broadcast(_placed(entities, found))
    kinds = StructType([*frame.schema.fields]).add(MATCH_ID, LongType()).add(SCORE, DoubleType())
    return rows.mapInArrow(partial(_answered, places), kinds)


def _groups(
    held: SparkTable, table: Table, matcher: Matcher, wishes: Tradeoffs, progress: Progress
) -> Groups:
    context, bounds = held.context, held.corpus.bounds
    pairs = candidate_pairs(held, table, wishes.accuracy_cost)
    count = int(pairs.map(lambda part: len(part[1]["i"])).sum())
    progress(0.4, "comparing pairs")
    comparators = comparators_of(table, max(count, ENOUGH_PAIRS) if is_large(table.size) else count)
    normalised = without_texts(table, comparators)
    judge = context.broadcast(PairScorer(normalised, shown_names(held.corpus, normalised), matcher))
    shown = cached(compute_features(pairs, held.known, judge, count))
    progress(0.6, "scoring pairs")
    first = cached(first_scores(cached(summary_features(shown)), shown, judge, count, bounds))
    second = matcher.second is not None
    scored = cached(second_scores(first, judge, bounds, second=second))
    said = known_pairs(matcher.memory, table)
    components = link_components(scored, said, bounds)
    progress(0.75, "completing components")
    extra = missing(components, max_missing(table.size), bounds)
    if extra is not None:
        components = link_components(
            complete_components(held, judge, scored, shown, extra, second=second), said, bounds
        )
    progress(0.9, "forming groups")
    return cluster(components, said, threshold(wishes.precision_recall))


@dataclass(frozen=True, slots=True, eq=False)
class MatchPlaces:
    """Where each distinct row belongs: its mark, in order, its match id and its score."""

    marks: AnyArray
    match_id: Longs
    score: Doubles


def _placed(entities: Entities, found: Groups) -> MatchPlaces:
    """Match ids number the groups in the order of their first rows, as the engine does."""
    size = entities.table.size
    root: Ints = np.arange(size, dtype=np.int32)
    root[found.entity] = found.root
    score = np.ones(size)
    score[found.entity] = found.confidence
    number = np.cumsum(root == np.arange(size)) - 1
    order = np.argsort(entities.marks)
    return MatchPlaces(entities.marks[order], number[root][order], score[order])


def _answered(
    places: Broadcast[MatchPlaces], batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    known = places.value
    for batch in batches:
        at = np.searchsorted(known.marks, batch[MARK].to_numpy().view(np.uint64))
        kept_columns = batch.drop_columns([MARK])
        with_id = kept_columns.append_column(MATCH_ID, pa.array(known.match_id[at]))
        yield with_id.append_column(SCORE, pa.array(known.score[at]))
