"""Provided labels made to hold on new rows that have joined groups of an earlier matching.

What was matched before stays as it is: a label can move a new row into another group or out of
it, and never an existing row.
"""

import numpy as np

from gluematch.models.matching.kernels.arrays import Doubles, Ints, Longs
from gluematch.models.matching.records.labels import Labels
from gluematch.models.matching.records.pairs import Pairs, pairs_of, positions

from .enforcement import enforce


def enforce_incremental(
    joined: Longs,
    match_id: Longs,
    labels: Labels,
    *,
    arrived: Ints,
    anchor: Longs,
    links: tuple[Pairs, Doubles],
) -> Longs:
    """The ids `joined` (m,) of the new rows, changed where `labels` say otherwise.

    `arrived` (m,) are their entities, `anchor` (u,) the existing group of each entity or -1,
    `links` scored pairs of entities. Rows of `labels` count the existing ones, whose ids are
    `match_id` (n,), and then the new ones. Ids of groups without an existing row are fresh: they
    follow the existing ones in the order of the rows.
    """
    old, last = labels.row < len(match_id), int(match_id.max(initial=-1))
    mentioned = match_id[labels.row[old]]
    stood = np.unique(np.concatenate([mentioned, joined[joined <= last]]))
    node = np.searchsorted(stood, match_id[np.where(old, labels.row, 0)]) if len(match_id) else 0
    rows = np.where(old, node, labels.row - len(match_id) + len(stood))
    named = np.unique(np.concatenate([stood, joined]), return_inverse=True)[1]
    content = _contents(anchor, stood)
    group = enforce(
        named.astype(np.int32),
        np.concatenate([np.arange(len(stood)), content[arrived]]).astype(np.int32),
        *_between(content, *links),
        Labels(rows.astype(np.int32), labels.set, labels.label),
        held=len(stood),
    )
    return _named(group, stood, last)


def _between(content: Ints, pairs: Pairs, probability: Doubles) -> tuple[Pairs, Doubles]:
    """The pairs of contents, each with its best probability."""
    i, j = content[pairs.i], content[pairs.j]
    kept = (i >= 0) & (j >= 0) & (i != j)
    i, j, probability = i[kept], j[kept], probability[kept]
    found = pairs_of(i, j)
    best = np.zeros(len(found))
    np.maximum.at(best, positions(found, np.minimum(i, j), np.maximum(i, j)), probability)
    return found, best


def _contents(anchor: Longs, stood: Longs) -> Ints:
    """What each entity is among the groups that `stood` and the new rows: the number of its
    group, a number above them all where it has none, -1 where that group does not matter: (u,)."""
    found = np.searchsorted(stood, anchor)
    known = np.append(stood, -1)[found] == anchor
    fresh = len(stood) + np.arange(len(anchor))
    return np.where(anchor < 0, fresh, np.where(known, found, -1)).astype(np.int32)


def _named(group: Ints, stood: Longs, last: int) -> Longs:
    names = np.full(int(group.max(initial=-1)) + 1, -1, dtype=np.int64)
    names[group[: len(stood)]] = stood
    mine = group[len(stood) :]
    unnamed, first = np.unique(mine[names[mine] < 0], return_index=True)
    names[unnamed[np.argsort(first, kind="stable")]] = last + 1 + np.arange(len(unnamed))
    return names[mine]
