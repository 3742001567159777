"""New rows beside rows that were matched before: each joins a group there, or forms one with
other new rows. What was matched before stays as it is.
"""

from dataclasses import dataclass, replace

import numpy as np

from gluematch.models.matching.blocking.incremental_blocking import candidate_rows
from gluematch.models.matching.clustering.confidence import with_confidence
from gluematch.models.matching.clustering.incremental_enforcement import enforce_incremental
from gluematch.models.matching.clustering.incremental_linkage import link_to_groups
from gluematch.models.matching.clustering.linkage import FLOOR, Groups, LinkedPairs
from gluematch.models.matching.clustering.scoring import complete_components
from gluematch.models.matching.clustering.soft_constraints import add_known_pairs
from gluematch.models.matching.features.candidate_table import (
    CandidateTable,
    candidate_table,
    read_entities,
)
from gluematch.models.matching.kernels.arrays import (
    AnyArray,
    Doubles,
    Flags,
    Ints,
    Longs,
    Progress,
    no_progress,
    part,
)
from gluematch.models.matching.kernels.parallel import single_threaded_blas
from gluematch.models.matching.kernels.size_limits import compiler_loaded, is_large
from gluematch.models.matching.records.labels import Labels
from gluematch.models.matching.records.pairs import Pairs, pairs_of, positions
from gluematch.models.matching.records.records import Records
from gluematch.models.matching.records.remembered_labels import known_pairs
from gluematch.models.matching.training.matcher import Matcher
from gluematch.models.matching.training.threshold import threshold

_NEAREST = 8
_SAMPLE = 5_000
_MOST_MEMBERS = 50


@dataclass(frozen=True, slots=True, eq=False)
class IncrementalMatches:
    """For every new row: `match_id` (m,) int64, one of the existing ones or a fresh one above
    them all, and `match_confidence_score` (m,) float64, how sure it is that the row belongs
    where it was put, 0 to 1."""

    match_id: Longs
    match_confidence_score: Doubles


@single_threaded_blas
def match_incrementally(
    existing: Records,
    match_id: Longs,
    new: Records,
    matcher: Matcher,
    *,
    precision_recall: float,
    accuracy_cost: float,
    enforced: Labels | None = None,
    seed: int = 0,
    progress: Progress = no_progress,
) -> IncrementalMatches:
    """Give the rows of `new` a place among the groups `match_id` (n,) of `existing`.

    `enforced` labels, whose rows count those of `existing` and then those of `new`, hold
    exactly, save where they speak of existing rows only. Both have the same columns, in the
    same order; ValueError if not. Groups of existing rows are never joined with each other. Of
    a large existing table only the rows that share words with new ones are compared, with their
    groups, and a sample that tells what is rare.
    """
    if existing.names != new.names:
        raise ValueError("the existing and the new rows have different columns")
    if not len(new):
        return IncrementalMatches(np.zeros(0, dtype=np.int64), np.zeros(0))
    progress(0.0, "seeking the rows that new ones could match")
    rows = _context(existing, match_id, new, seed)
    with compiler_loaded(loaded=is_large(len(existing) + len(new))):
        base = read_entities(_together(existing, rows, new), part(progress, 0.4, 0.5))
        entity = base.table.entity
        arrived = entity[len(rows) :]
        base = replace(base, focus=np.unique(arrived))
        anchor = _anchors(entity[: len(rows)], match_id[rows], base.table.size)
        ready = candidate_table(
            base, accuracy_cost, None, matcher.source_column, part(progress, 0.5, 0.8)
        )
        pairs, probability = _scored(ready, matcher, anchor)
        progress(0.9, "joining groups")
        groups = link_to_groups(pairs, probability, anchor, threshold(precision_recall))
        sure = with_confidence(LinkedPairs(pairs, probability, groups.group), groups)
        found = IncrementalMatches(*_told(sure, anchor, arrived, int(match_id.max(initial=-1))))
    if enforced is not None and len(enforced):
        held = enforce_incremental(
            found.match_id,
            match_id,
            enforced,
            arrived=arrived,
            anchor=anchor,
            links=(pairs, probability),
        )
        found = IncrementalMatches(held, _lowest(held, found.match_confidence_score))
    progress(1.0, "joining groups")
    return found


def _context(existing: Records, match_id: Longs, new: Records, seed: int) -> Longs:
    """The existing rows to compare with: all, or those near new ones, their groups, and a
    sample of the others."""
    size = len(existing)
    if not is_large(size + len(new)):
        return np.arange(size, dtype=np.int64)
    near = candidate_rows(existing, new, _NEAREST)
    kin = np.flatnonzero(np.isin(match_id, match_id[near]))
    some = np.random.default_rng(seed).choice(size, min(_SAMPLE, size), replace=False)
    return np.union1d(kin, some)


def _together(existing: Records, rows: Longs, new: Records) -> Records:
    def both(one: AnyArray, other: AnyArray) -> AnyArray:
        return np.concatenate([one[rows].astype(object), other.astype(object)])

    columns = tuple(both(*pair) for pair in zip(existing.columns, new.columns, strict=True))
    return Records(existing.names, existing.types, columns, both(existing.keys, new.keys))


def _anchors(entity: Ints, match_id: Longs, size: int) -> Longs:
    """The existing group of each entity, the lowest where its rows have several: (size,); -1
    where all its rows are new."""
    none = np.iinfo(np.int64).max
    anchor = np.full(size, none, dtype=np.int64)
    np.minimum.at(anchor, entity, match_id)
    return np.where(anchor == none, -1, anchor)


def _scored(ready: CandidateTable, matcher: Matcher, anchor: Longs) -> tuple[Pairs, Doubles]:
    """The pairs of new entities that could match, and those with the whole of each group that
    one of them could join, with their probabilities."""
    by_itself = matcher.by_itself(ready)
    scores = np.where(ready.proposed, matcher.among_others(ready, by_itself), 0.0)
    fresh = anchor < 0
    extra = _with_members(ready.pairs, scores, anchor, fresh)
    lacking = positions(ready.pairs, extra.i, extra.j) < 0
    if lacking.any():
        known = (by_itself, scores)
        ready, scores = complete_components(ready, matcher, known, extra, no_progress)
    pairs, scores = add_known_pairs(ready.pairs, scores, known_pairs(matcher.memory, ready.table))
    kept = (fresh[pairs.i] | fresh[pairs.j]) & (scores > 0)
    return Pairs(pairs.i[kept], pairs.j[kept]), scores[kept]


def _with_members(pairs: Pairs, scores: Doubles, anchor: Longs, fresh: Flags) -> Pairs:
    """Each new entity with up to _MOST_MEMBERS entities of every group that it could join."""
    likely = scores >= FLOOR
    i, j = pairs.i[likely], pairs.j[likely]
    here, there = np.concatenate([i, j]), np.concatenate([j, i])
    chosen = fresh[here] & ~fresh[there]
    wish = np.unique(np.stack([here[chosen].astype(np.int64), anchor[there[chosen]]]), axis=1)
    order = np.argsort(anchor, kind="stable")
    start = np.searchsorted(anchor[order], wish[1])
    stop = np.searchsorted(anchor[order], wish[1], side="right")
    count = np.minimum(stop - start, _MOST_MEMBERS)
    left = np.repeat(wish[0], count)
    step = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    return pairs_of(left, order[np.repeat(start, count) + step])


def _told(groups: Groups, anchor: Longs, arrived: Ints, last: int) -> tuple[Longs, Doubles]:
    """The ids of the new rows' groups, fresh ones in the order of the rows, and their scores."""
    named = np.full(len(groups.confidence), -1, dtype=np.int64)
    known = anchor >= 0
    np.maximum.at(named, groups.group[known], anchor[known])
    mine = groups.group[arrived]
    unnamed, first = np.unique(mine[named[mine] < 0], return_index=True)
    named[unnamed[np.argsort(first, kind="stable")]] = last + 1 + np.arange(len(unnamed))
    return named[mine], groups.confidence[mine]


def _lowest(match_id: Longs, score: Doubles) -> Doubles:
    """One score for the new rows of each group again, after labels moved some."""
    found, group = np.unique(match_id, return_inverse=True)
    lowest = np.ones(len(found))
    np.minimum.at(lowest, group, score)
    return np.asarray(lowest[group], dtype=np.float64)
