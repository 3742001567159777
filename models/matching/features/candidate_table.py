"""Everything that the later stages read of one table: entities, candidate pairs, features,
and the labelled pairs' places among them.
"""

from dataclasses import dataclass, replace

import numpy as np

from gluematch.models.matching.blocking.neighbour_blocking import passes
from gluematch.models.matching.kernels.arrays import Flags, Ints, Longs, Progress, part
from gluematch.models.matching.kernels.size_limits import is_large
from gluematch.models.matching.records.build_token_vectors import build_token_vectors
from gluematch.models.matching.records.labels import Labels
from gluematch.models.matching.records.pairs import Pairs, join, pairs_of, positions
from gluematch.models.matching.records.records import Records
from gluematch.models.matching.records.remembered_labels import LabelMemory, remember
from gluematch.models.matching.records.table import Table, prepare_table
from gluematch.models.matching.records.token_vectors import TableVectors

from .lazy_features import PairFeatures, extend_lazy, lazy_features
from .pair_features import Features, allocate, own_features, with_ranks, without_ranks
from .source_column import (
    candidate_source_columns,
    eligible,
    source_column_by_labels,
    source_column_by_ranks,
)

_SAMPLE = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class EntityTable:
    """A table and its bags: what does not depend on labels or tuning. Where `focus` names
    entities, only their pairs and their neighbours' pairs are prepared."""

    table: Table
    vectors: TableVectors
    focus: Ints | None = None


@dataclass(frozen=True, slots=True, eq=False)
class CandidateTable:
    """A table with its pairs and their features.

    `proposed` (m,) marks what blocking found, `eligible` (m,) the pairs that may match at
    all: those that differ in the column `source_column`, if there is one. `passes` are what each
    pass of blocking found.
    """

    table: Table
    vectors: TableVectors
    pairs: Pairs
    features: PairFeatures
    proposed: Flags
    eligible: Flags
    source_column: str | None
    passes: tuple[Pairs, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class PairLabels:
    """p labelled pairs of rows: `at` their place among the pairs, -1 where both rows are
    one entity; `y` whether they match; `fold_group`: pairs that share it stay together; and
    what is to be remembered of them."""

    at: Longs
    y: Flags
    fold_group: Ints
    memory: LabelMemory


def read_entities(records: Records, progress: Progress) -> EntityTable:
    """Fold the records into entities and weigh their parts."""
    progress(0.0, "preparing records")
    table = prepare_table(records)
    progress(0.5, "preparing records")
    return EntityTable(table, build_token_vectors(table))


def with_focus(base: EntityTable, labels: Labels | None, sample: int | None = None) -> EntityTable:
    """A large table seen from the labelled entities and a `sample` of others, which is enough
    to learn from, to ask about and to judge by; any other table as it is."""
    size = base.table.size
    if not is_large(size):
        return base
    chosen = np.random.default_rng(size).choice(size, min(sample or _SAMPLE, size), replace=False)
    if labels is not None:
        chosen = np.concatenate([chosen, base.table.entity[labels.row]])
    return replace(base, focus=np.unique(chosen).astype(np.int32))


def candidate_table(
    base: EntityTable,
    effort: float,
    labels: Labels | None,
    source_column: str | None,
    progress: Progress,
) -> CandidateTable:
    """Block the table and describe every candidate pair, and every labelled pair too."""
    table = base.table
    progress(0.0, "seeking candidate pairs")
    found_by = passes(table, base.vectors, effort, source_column, base.focus)
    pairs = found_by[0] if len(found_by) == 1 else join(*found_by)
    found = pairs if base.focus is None else _touching(pairs, base.focus, table.size)
    if labels is not None and len(labels):
        a, b, _ = _labelled_entities(table, labels)
        pairs = join(pairs, pairs_of(a.astype(np.int64), b.astype(np.int64)))
    described = compute_features(base, pairs, found, source_column, part(progress, 0.3, 1.0))
    return replace(described, passes=found_by)


def _touching(pairs: Pairs, entities: Ints, size: int) -> Pairs:
    inside = np.zeros(size, dtype=np.bool_)
    inside[entities] = True
    kept = inside[pairs.i] | inside[pairs.j]
    return Pairs(pairs.i[kept], pairs.j[kept])


def compute_features(
    base: EntityTable, pairs: Pairs, proposed: Pairs, source_column: str | None, progress: Progress
) -> CandidateTable:
    """The features of `pairs`, of which blocking found `proposed`."""
    may = eligible(base.table, pairs, source_column)
    features: PairFeatures
    if is_large(base.table.size):
        features = lazy_features(base.table, base.vectors, pairs, may, progress)
    else:
        own = own_features(base.table, base.vectors, pairs, progress)
        features = with_ranks(base.table.size, pairs, own, may)
    inside = positions(proposed, pairs.i, pairs.j) >= 0
    return CandidateTable(base.table, base.vectors, pairs, features, inside, may, source_column)


def extend(prepared: CandidateTable, extra: Pairs, progress: Progress) -> CandidateTable:
    """`prepared` with more pairs, none of which it has; only those are compared anew."""
    pairs = join(prepared.pairs, extra)
    may = eligible(prepared.table, pairs, prepared.source_column)
    features: PairFeatures
    if isinstance(prepared.features, Features):
        own = _own_of_all(prepared, prepared.features, pairs, extra, progress)
        features = with_ranks(prepared.table.size, pairs, own, may)
    else:
        features = extend_lazy(prepared.features, prepared.table.size, extra, may)
    inside = positions(prepared.pairs, pairs.i, pairs.j) >= 0
    return CandidateTable(
        prepared.table, prepared.vectors, pairs, features, inside, may, prepared.source_column
    )


def _own_of_all(
    prepared: CandidateTable, features: Features, pairs: Pairs, extra: Pairs, progress: Progress
) -> Features:
    """What `pairs` show by themselves: the prepared ones as known, the `extra` ones anew."""
    fresh = own_features(prepared.table, prepared.vectors, extra, progress)
    known = without_ranks(features)
    own = allocate(len(pairs), known.names)
    own.matrix[positions(pairs, prepared.pairs.i, prepared.pairs.j)] = known.matrix
    own.matrix[positions(pairs, extra.i, extra.j)] = fresh.matrix
    return own


def candidates_with_labels(
    base: EntityTable, effort: float, labels: Labels, progress: Progress
) -> CandidateTable:
    """`candidate_table`, by the column that the labels, or else the table, set matches apart by."""
    a, b, y = _labelled_entities(base.table, labels)
    source_column, refuted = source_column_by_labels(base.table, a, b, y)
    prepared = candidate_table(base, effort, labels, source_column, part(progress, 0.0, 0.5))
    if source_column is None:
        source_column = source_column_by_ranks(base.table, prepared.pairs, prepared.features)
        if source_column is not None and source_column not in refuted:
            prepared = candidate_table(
                base, effort, labels, source_column, part(progress, 0.5, 1.0)
            )
    return prepared


def candidates_without_labels(
    base: EntityTable, effort: float, progress: Progress
) -> CandidateTable:
    """`candidate_table` without labels, by the column that the table sets matches apart by."""
    prepared = candidate_table(base, effort, None, None, part(progress, 0.0, 0.5))
    source_column = source_column_by_ranks(base.table, prepared.pairs, prepared.features)
    if source_column is None:
        return prepared
    return candidate_table(base, effort, None, source_column, part(progress, 0.5, 1.0))


def open_source_columns(base: EntityTable, labels: Labels | None) -> list[str]:
    """The columns that could set matches apart, for all that the labels say."""
    names = [column.name for column in candidate_source_columns(base.table)]
    if labels is None:
        return names
    refuted = source_column_by_labels(base.table, *_labelled_entities(base.table, labels))[1]
    return [name for name in names if name not in refuted]


def pair_labels(prepared: CandidateTable, labels: Labels) -> PairLabels:
    """The labelled pairs, oldest first, by their place among the prepared pairs."""
    stated = labels.pairs()
    a, b, y = _labelled_entities(prepared.table, labels)
    at = positions(prepared.pairs, np.minimum(a, b), np.maximum(a, b))
    at[a == b] = -1
    return PairLabels(at, y, _fold_groups(at, stated.set), remember(prepared.table, labels))


def _labelled_entities(table: Table, labels: Labels) -> tuple[Ints, Ints, Flags]:
    stated = labels.pairs()
    return table.entity[stated.i], table.entity[stated.j], stated.y


def _fold_groups(at: Longs, sets: Ints) -> Ints:
    """Sets that speak of the same pair of entities are one group."""
    parent = {int(s): int(s) for s in np.unique(sets)}

    def root(s: int) -> int:
        while parent[s] != s:
            parent[s] = parent[parent[s]]
            s = parent[s]
        return s

    seen: dict[int, int] = {}
    for place, s in zip(at.tolist(), sets.tolist(), strict=True):
        if place >= 0:
            other = seen.setdefault(place, s)
            low, high = sorted((root(s), root(other)))
            parent[high] = low
    return np.array([root(int(s)) for s in sets], dtype=np.int32)
