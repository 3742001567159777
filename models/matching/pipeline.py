"""The engine's public face: train, find matches, choose labelling sets, evaluate.

All functions take and return arrays and values; they read no clock, file or environment,
and chance comes from the seed alone.
"""

from dataclasses import dataclass

import numpy as np

from gluematch.models.matching.clustering.enforcement import enforce
from gluematch.models.matching.clustering.scoring import ScoredTable, score_table
from gluematch.models.matching.evaluation.evaluation import Evaluation, evaluate_prepared
from gluematch.models.matching.features.candidate_table import (
    CandidateTable,
    EntityTable,
    candidate_table,
    candidates_with_labels,
    candidates_without_labels,
    open_source_columns,
    pair_labels,
    read_entities,
    with_focus,
)
from gluematch.models.matching.kernels.arrays import (
    Doubles,
    Ints,
    Longs,
    Progress,
    no_progress,
    part,
)
from gluematch.models.matching.kernels.parallel import single_threaded_blas
from gluematch.models.matching.labelling.questions import View, choose_entities
from gluematch.models.matching.records.labels import Labels, NotEnoughLabels
from gluematch.models.matching.records.pairs import Pairs
from gluematch.models.matching.records.records import Records
from gluematch.models.matching.training.matcher import Matcher
from gluematch.models.matching.training.threshold import threshold
from gluematch.models.matching.training.training import prior_matcher, train_matcher

__all__ = [
    "Evaluation",
    "Labels",
    "Matcher",
    "Matches",
    "NotEnoughLabels",
    "Progress",
    "Records",
    "Trace",
    "choose_sets",
    "evaluate",
    "find_matches",
    "no_progress",
    "trace_matches",
    "train",
]

_TEACHING_EFFORT = 0.5
_MOST_VIEWS = 2
_EVALUATED = 3_000


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """For every row: `match_id` (n,) int64, dense from 0, equal where rows match, and
    `match_confidence_score` (n,) float64, the same for all rows of a group, 0 to 1."""

    match_id: Longs
    match_confidence_score: Doubles


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """How the matches of a table came about: its `decision` knows no enforced label yet."""

    base: EntityTable
    decision: ScoredTable
    matcher: Matcher
    threshold: float
    matches: Matches


@single_threaded_blas
def train(
    records: Records, labels: Labels, *, seed: int = 0, progress: Progress = no_progress
) -> Matcher:
    """Learn from the labels. Raises NotEnoughLabels if there is no labelled pair."""
    if not len(labels.pairs()):
        raise NotEnoughLabels(
            "There is no labelled pair: give at least two rows of one labeling_set_id a label."
        )
    base = with_focus(read_entities(records, part(progress, 0.0, 0.2)), labels)
    prepared = candidates_with_labels(base, _TEACHING_EFFORT, labels, part(progress, 0.2, 0.8))
    progress(0.8, "training")
    prior = prior_matcher(prepared, seed)
    matcher = train_matcher(prepared, pair_labels(prepared, labels), prior.first, seed)
    progress(1.0, "training")
    return matcher


def find_matches(
    records: Records,
    matcher: Matcher | None,
    *,
    precision_recall: float,
    accuracy_cost: float,
    enforced: Labels | None,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Matches:
    """Group the rows; without a matcher by what the table itself tells.

    A higher `precision_recall` (0 to 1) only splits groups; a higher `accuracy_cost` (0 to
    1) only adds candidate pairs. `enforced` labels hold exactly, the newest first.
    """
    found = trace_matches(
        records,
        matcher,
        precision_recall=precision_recall,
        accuracy_cost=accuracy_cost,
        enforced=enforced,
        seed=seed,
        progress=progress,
    )
    return found.matches


@single_threaded_blas
def trace_matches(
    records: Records,
    matcher: Matcher | None,
    *,
    precision_recall: float,
    accuracy_cost: float,
    enforced: Labels | None,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Trace:
    """`find_matches`, with all that led there."""
    base = read_entities(records, part(progress, 0.0, 0.2))
    prepared, matcher = _ready(base, matcher, accuracy_cost, seed, part(progress, 0.2, 0.7))
    made = score_table(prepared, matcher, threshold(precision_recall), part(progress, 0.7, 1.0))
    groups, linked = made.groups, made.linked
    entity = prepared.table.entity
    group = groups.group[entity]
    score = groups.confidence[group] if len(group) else np.zeros(0)
    if enforced is not None and len(enforced):
        group = enforce(group, entity, linked.pairs, linked.probability, enforced)
        score = _settled(group, score)
    progress(1.0, "forming groups")
    matches = Matches(_match_ids(group, prepared, records), score)
    return Trace(base, made, matcher, threshold(precision_recall), matches)


@single_threaded_blas
def choose_sets(
    records: Records,
    labels: Labels | None,
    matcher: Matcher | None,
    *,
    asked: Longs,
    accuracy_cost: float,
    sets: int = 10,
    size: int = 10,
    seed: int = 0,
    progress: Progress = no_progress,
) -> list[Longs]:
    """About `sets` arrays of about `size` rows to label next; fewer where rows run out.

    No row of `asked` or of `labels`, nor any that reads the same, is chosen again.
    """
    base = with_focus(read_entities(records, part(progress, 0.0, 0.2)), labels)
    views = _views(
        base,
        labels,
        matcher,
        effort=accuracy_cost,
        seed=seed,
        progress=part(progress, 0.2, 0.9),
    )
    progress(0.9, "choosing questions")
    entity = base.table.entity
    free = np.ones(base.table.size, dtype=np.bool_)
    free[entity[np.asarray(asked, dtype=np.int64)]] = False
    if labels is not None:
        free[entity[labels.row]] = False
    chosen = choose_entities(views, free, sets, size, taught=matcher is not None, seed=seed)
    first = np.zeros(base.table.size, dtype=np.int64)
    first[entity[::-1]] = np.arange(len(entity) - 1, -1, -1)
    progress(1.0, "choosing questions")
    return [first[np.array(members, dtype=np.int64)] for members in chosen]


@single_threaded_blas
def evaluate(
    records: Records,
    labels: Labels,
    *,
    precision_recall: float,
    accuracy_cost: float,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Evaluation:
    """How good the matches are likely to be, told by labelled pairs, and in a large table by
    a sample of its rows.

    Raises NotEnoughLabels, which says what kind is missing, if the labels are of one kind.
    """
    base = with_focus(read_entities(records, part(progress, 0.0, 0.2)), labels, _EVALUATED)
    prepared = candidates_with_labels(base, accuracy_cost, labels, part(progress, 0.2, 0.5))
    return evaluate_prepared(
        base,
        prepared,
        labels,
        threshold=threshold(precision_recall),
        seed=seed,
        progress=part(progress, 0.5, 1.0),
    )


def _views(
    base: EntityTable,
    labels: Labels | None,
    matcher: Matcher | None,
    *,
    effort: float,
    seed: int,
    progress: Progress,
) -> list[View]:
    """The pairs to ask about: as the table stands, and while labels have not told, as if
    rows that match always differed in a column that could name their source."""
    prepared, known = _ready(base, matcher, effort, seed, part(progress, 0.0, 0.2))
    taught = matcher is not None
    views = [_view(prepared, known, part(progress, 0.2, 0.4), taught=taught)]
    if known.source_column is None:
        open_columns = open_source_columns(base, labels)[:_MOST_VIEWS]
        for place, name in enumerate(open_columns):
            here = part(progress, 0.4 + 0.3 * place, 0.7 + 0.3 * place)
            candidates = candidate_table(base, effort, None, name, part(here, 0.0, 0.5))
            untaught = prior_matcher(candidates, seed)
            views.append(_view(candidates, untaught, part(here, 0.5, 1.0), taught=False))
    return views


def _view(prepared: CandidateTable, matcher: Matcher, progress: Progress, *, taught: bool) -> View:
    """The table as it would be decided. Pairs that only the completion of components asks for
    are put to a person once the matcher is taught: an untaught one takes too much for one."""
    made = score_table(prepared, matcher, threshold(0.5), progress)
    pairs = made.prepared.pairs
    asked = made.prepared.proposed | taught
    return View(Pairs(pairs.i[asked], pairs.j[asked]), made.heeded[asked], made.groups.group)


def _ready(
    base: EntityTable, matcher: Matcher | None, effort: float, seed: int, progress: Progress
) -> tuple[CandidateTable, Matcher]:
    """The table prepared as the matcher knows it, or as it tells itself without one."""
    if matcher is None:
        prepared = candidates_without_labels(base, effort, progress)
        return prepared, prior_matcher(prepared, seed)
    return candidate_table(base, effort, None, matcher.source_column, progress), matcher


def _settled(group: Ints, score: Doubles) -> Doubles:
    """One score for each group again, after labels moved rows: the lowest of its rows."""
    lowest = np.ones(int(group.max()) + 1)
    np.minimum.at(lowest, group, score)
    return np.asarray(lowest[group], dtype=np.float64)


def _match_ids(group: Ints, prepared: CandidateTable, records: Records) -> Longs:
    """Dense numbers for the groups, in the order of their first row by content and key."""
    if not len(group):
        return np.zeros(0, dtype=np.int64)
    entity = prepared.table.entity
    order = np.argsort(entity, kind="stable")
    alike = np.bincount(entity)[entity[order]] > 1
    rows = order[alike]
    order[alike] = rows[np.lexsort((np.asarray(records.keys[rows], dtype=str), entity[rows]))]
    first = np.full(int(group.max()) + 1, len(group), dtype=np.int64)
    first[group[order[::-1]]] = np.arange(len(order) - 1, -1, -1)
    place = np.empty(len(first), dtype=np.int64)
    place[np.argsort(first, kind="stable")] = np.arange(len(first))
    return place[group]
