"""Provided labels made to hold on the final groups: must-link and cannot-link of rows.

Statements are taken newest first; one that contradicts those taken before is dropped. Rows that
stand for groups of an earlier matching are held: no statement brings two of them together.
"""

from dataclasses import dataclass, field

import numpy as np

from gluematch.models.matching.kernels.arrays import Doubles, Ints
from gluematch.models.matching.records.labels import Labels
from gluematch.models.matching.records.pairs import Pairs


@dataclass(slots=True)
class _Statements:
    """Rows that must be together, as a forest, and roots that must be apart; a root that is
    `held` is apart from all others that are."""

    parent: dict[int, int] = field(default_factory=dict)
    cannot_link: dict[int, set[int]] = field(default_factory=dict)
    held: set[int] = field(default_factory=set)

    def root(self, row: int) -> int:
        self.parent.setdefault(row, row)
        while self.parent[row] != row:
            self.parent[row] = self.parent[self.parent[row]]
            row = self.parent[row]
        return row

    def unite(self, a: int, b: int) -> bool:
        a, b = self.root(a), self.root(b)
        if a == b:
            return True
        if b in self.cannot_link.get(a, ()) or self.held >= {a, b}:
            return False
        low, high = min(a, b), max(a, b)
        self.parent[high] = low
        if high in self.held:
            self.held ^= {low, high}
        for other in self.cannot_link.pop(high, set()):
            self.cannot_link[other].discard(high)
            self.divide(low, other)
        return True

    def divide(self, a: int, b: int) -> None:
        a, b = self.root(a), self.root(b)
        if a != b:
            self.cannot_link.setdefault(a, set()).add(b)
            self.cannot_link.setdefault(b, set()).add(a)


def enforce(
    group: Ints,
    entity: Ints,
    pairs: Pairs,
    probability: Doubles,
    labels: Labels,
    *,
    held: int = 0,
) -> Ints:
    """The rows' groups (n,), changed where `labels` say otherwise.

    Groups that a must-link joins become one; a group that holds a cannot-link is built
    again from its most probable links, skipping those that would break a statement. The first
    `held` rows each hold a group of their own: no two of these are joined, and where a must-link
    speaks of rows in two of them, only the rows move.
    """
    said = _read(labels, held)
    merged = _merge(group, said)
    touched = {
        int(merged[a])
        for a, others in said.cannot_link.items()
        for b in others
        if merged[a] == merged[b]
    }
    out = merged.astype(np.int64)
    fresh = int(out.max(initial=0)) + 1
    for name in sorted(touched):
        rows = np.flatnonzero(merged == name)
        for part in _split(rows, entity, pairs, probability, said):
            out[part] = fresh
            fresh += 1
    return np.unique(out, return_inverse=True)[1].astype(np.int32)


def _read(labels: Labels, held: int) -> _Statements:
    said = _Statements(held=set(range(held)))
    stated = labels.pairs()
    for k in range(len(stated) - 1, -1, -1):
        i, j = int(stated.i[k]), int(stated.j[k])
        if stated.y[k]:
            said.unite(i, j)
        else:
            said.divide(i, j)
    return said


def _merge(group: Ints, said: _Statements) -> Ints:
    """Join the groups that rows of one must-link stand in; where both are held, move the rows."""
    links = _Statements(held={int(group[row]) for row in said.held})
    for row in said.parent:
        links.unite(int(group[row]), int(group[said.root(row)]))
    joined = group.copy()
    for name in links.parent:
        joined[group == name] = links.root(name)
    for row in said.parent:
        joined[row] = joined[said.root(row)]
    return joined


def _split(
    rows: np.ndarray, entity: Ints, pairs: Pairs, probability: Doubles, said: _Statements
) -> list[np.ndarray]:
    """Rebuild one group: its must-links first, then its links from the most probable on."""
    build = _Statements()
    inside = set(rows.tolist())
    for row in rows.tolist():
        build.unite(row, said.root(row)) if row in said.parent else build.root(row)
    for a, others in said.cannot_link.items():
        for b in others:
            if a in inside and b in inside:
                build.divide(a, b)
    for a, b in _links(rows, entity, pairs, probability):
        build.unite(a, b)
    roots = np.array([build.root(row) for row in rows.tolist()])
    return [rows[roots == r] for r in np.unique(roots)]


def _links(
    rows: np.ndarray, entity: Ints, pairs: Pairs, probability: Doubles
) -> list[tuple[int, int]]:
    """Pairs of rows to try to join, best first: the same content, then scored links."""
    by_entity: dict[int, list[int]] = {}
    for row in rows.tolist():
        by_entity.setdefault(int(entity[row]), []).append(row)
    links = [(g[0], row) for _, g in sorted(by_entity.items()) for row in g[1:]]
    held = np.zeros(int(entity.max(initial=0)) + 1, dtype=np.bool_)
    held[list(by_entity)] = True
    at = np.flatnonzero(held[pairs.i] & held[pairs.j])
    at = at[np.argsort(-probability[at], kind="stable")]
    for k in at.tolist():
        left, right = by_entity[int(pairs.i[k])], by_entity[int(pairs.j[k])]
        links += [(a, b) for a in left for b in right]
    return links
