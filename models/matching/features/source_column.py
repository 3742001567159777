"""Tables that join sources, each free of duplicates: in them matches always differ in one
column, whatever it is called. Found in the labels, or in the pairs that stand out most.
"""

import math

import numpy as np

from gluematch.models.matching.kernels.arrays import Doubles, Flags, Ints
from gluematch.models.matching.records.pairs import Pairs
from gluematch.models.matching.records.table import Column, Table

from .lazy_features import PairFeatures

_MOST_SOURCES = 12
_EVIDENCE = math.log(50.0)
_LEAST_MATCHES = 4
_STRAYS = 0.2
_LEAST_STANDING_OUT = 25
_RARELY = 0.25


def candidate_source_columns(table: Table) -> list[Column]:
    """The columns that could name a row's source, those of the fewest values first."""
    found = [
        c
        for c in table.columns
        if 2 <= len(c.spellings) <= _MOST_SOURCES
        and not (c.codes < 0).any()
        and int(c.counts.max()) <= 0.95 * table.size
    ]
    return sorted(found, key=lambda c: (len(c.spellings), c.name))


def eligible(table: Table, pairs: Pairs, source_column: str | None) -> Flags:
    """Which pairs differ in the column `source_column`; all pairs if there is none: (m,)."""
    for column in table.columns:
        if column.name == source_column:
            return np.asarray(column.codes[pairs.i] != column.codes[pairs.j])
    return np.ones(len(pairs), dtype=np.bool_)


def one_to_one(table: Table, pairs: Pairs) -> Doubles:
    """The chance that a row of the one entity is just that row of the other, in sources that
    hold no duplicates: there, n rows that read the same are n things: (m,)."""
    rows = np.bincount(table.entity, minlength=table.size)
    return np.asarray(1 / np.maximum(rows[pairs.i], rows[pairs.j]), dtype=np.float64)


def source_column_by_labels(
    table: Table, a: Ints, b: Ints, y: Flags
) -> tuple[str | None, set[str]]:
    """The column in which labelled matches (entities a, b; y) differ, but for a few, where
    they are too many for chance; and the columns that some matches speak against."""
    refuted: set[str] = set()
    best: str | None = None
    for column in candidate_source_columns(table):
        differ = column.codes[a] != column.codes[b]
        matches, agreeing = int(y.sum()), int((y & ~differ).sum())
        if agreeing > _STRAYS * matches:
            refuted.add(column.name)
            continue
        usual = (float(differ[~y].sum()) + 1) / (float((~y).sum()) + 2)
        if best is None and matches >= _LEAST_MATCHES:
            likely = _log_likelihood(agreeing, matches, _STRAYS / 2)
            if likely - _log_likelihood(agreeing, matches, 1 - usual) >= _EVIDENCE:
                best = column.name
    return best, refuted


def _log_likelihood(agreeing: int, matches: int, rate: float) -> float:
    return agreeing * math.log(rate) + (matches - agreeing) * math.log(1 - rate)


def source_column_by_ranks(table: Table, pairs: Pairs, features: PairFeatures) -> str | None:
    """The column in which mutually best pairs, or the quarter of them that are most alike,
    differ almost always."""
    mutual = np.flatnonzero(features.column("score_rank") == 1)
    score = features.column("score")[mutual]
    top = mutual[np.argsort(-score, kind="stable")][: len(mutual) // 4]
    if len(top) < _LEAST_STANDING_OUT:
        return None
    for column in candidate_source_columns(table):
        agree = column.codes[pairs.i] == column.codes[pairs.j]
        chance = float(((column.counts / table.size) ** 2).sum())
        if min(agree[top].mean(), agree[mutual].mean()) < _RARELY * chance:
            return column.name
    return None
