"""A table as it was matched, ready to be asked: about pairs among their rivals, about the
linkage tree around a row, about the links between two rows.
"""

import heapq
from collections.abc import Iterable, Sequence

import numpy as np

from gluematch.models.matching.clustering.linkage import merges
from gluematch.models.matching.features.candidate_table import compute_features, extend
from gluematch.models.matching.kernels.arrays import AnyArray, no_progress
from gluematch.models.matching.pipeline import Trace
from gluematch.models.matching.records.labels import Labels
from gluematch.models.matching.records.pairs import Pairs, join, pairs_of, positions
from gluematch.models.matching.records.records import Records

from .constraint_effects import ConstraintEffects
from .contributions import PairContributions, pair_contributions
from .explanation_types import GroupExplanation, Link, PairExplanation, Row, Side, Step

_NEAREST = 5
_LONGEST = 200
_MOST_IDS = 20


class MatchTrace:
    """The rows of a table and how they were matched, ready to be asked about."""

    def __init__(self, records: Records, trace: Trace, labels: Labels | None) -> None:
        self.records, self.trace, self.labels = records, trace, labels
        self.entity = trace.decision.prepared.table.entity
        self._all = trace.decision.prepared
        self._heard = ConstraintEffects(trace.matcher, trace.decision)
        self._order = np.argsort(self.entity, kind="stable")
        sizes = np.bincount(self.entity, minlength=self._all.table.size)
        self._starts = np.append(0, np.cumsum(sizes))

    def row(self, row: int) -> Row:
        matches = self.trace.matches
        cells = zip(self.records.names, self.records.columns, strict=True)
        return Row(
            str(self.records.keys[row]),
            int(matches.match_id[row]),
            float(matches.match_confidence_score[row]),
            {name: _cut(column[row]) for name, column in cells},
        )

    def pairs(self, rows: Sequence[tuple[int, int]]) -> tuple[PairExplanation, ...]:
        """Each pair of rows by itself."""
        wanted = [(int(self.entity[a]), int(self.entity[b])) for a, b in rows]
        weighed = self._weighed(wanted)
        return tuple(
            self._pair(pair, weighed.get(at)) for pair, at in zip(rows, wanted, strict=True)
        )

    def _pair(self, rows: tuple[int, int], weighed: PairContributions | None) -> PairExplanation:
        a, b = sorted(int(self.entity[row]) for row in rows)
        same, source_column = a == b, self._set_apart(a, b)
        place = int(positions(self._all.pairs, _one(a), _one(b))[0])
        if source_column is not None:
            weighed = None
        probability = 1.0 if same else 0.0 if weighed is None else weighed.probability
        return PairExplanation(
            ids=(str(self.records.keys[rows[0]]), str(self.records.keys[rows[1]])),
            probability=probability,
            read_the_same=same,
            proposed=place >= 0 and bool(self._all.proposed[place]),
            set_apart_by=source_column,
            labelled=self._labelled(*rows),
            remembered=None if same else self._heard.statement(a, b),
            heeded=None if same else self._heard.heeded(a, b),
            weighed=weighed,
        )

    def _weighed(
        self, wanted: Iterable[tuple[int, int]]
    ) -> dict[tuple[int, int], PairContributions]:
        """Pairs of entities weighed among all their rivals, as they were when they were scored."""
        asked = [pair for pair in wanted if pair[0] != pair[1]]
        if not asked:
            return {}
        everything, found = self._all.pairs, self._all.proposed
        near = np.zeros(self._all.table.size, dtype=np.bool_)
        near[np.array(asked).ravel()] = True
        for _ in range(2):
            touched = near[everything.i] | near[everything.j]
            near[everything.i[touched]] = near[everything.j[touched]] = True
        touched = near[everything.i] | near[everything.j]
        proposed = _take(everything, touched & found)
        here = compute_features(
            self.trace.base, proposed, proposed, self._all.source_column, no_progress
        )
        more = pairs_of(*np.array(asked, dtype=np.int64).T)
        beside = join(_take(everything, touched & ~found), more)
        new = positions(proposed, beside.i, beside.j) < 0
        whole = extend(here, _take(beside, new), no_progress)
        told = {}
        for pair in asked:
            low, high = _one(min(pair)), _one(max(pair))
            cautious = int(positions(proposed, low, high)[0]) < 0
            scene = whole if cautious else here
            at = int(positions(scene.pairs, low, high)[0])
            told[pair] = pair_contributions(self.trace.matcher, scene, at, pair, cautious=cautious)
        return told

    def _set_apart(self, a: int, b: int) -> str | None:
        for column in self._all.table.columns:
            if column.name == self._all.source_column and column.codes[a] == column.codes[b]:
                return column.name
        return None

    def _labelled(self, a: int, b: int) -> bool | None:
        if self.labels is None:
            return None
        said = self.labels.pairs()
        at = np.flatnonzero((said.i == min(a, b)) & (said.j == max(a, b)))
        return bool(said.y[at[-1]]) if len(at) else None

    def nearest(self, row: int) -> list[int]:
        """Rows of the entities most likely to match the row's own, best first."""
        likely = self._heard.likely(int(self.entity[row]))
        best = sorted(likely, key=lambda other: (-likely[other], other))[:_NEAREST]
        return [int(self._rows(other)[0]) for other in best]

    def path(self, one: int, other: int) -> tuple[Link, ...]:
        """The links between two rows of which the weakest is as strong as can be; none if
        nothing links them."""
        start, end = int(self.entity[one]), int(self.entity[other])
        pairs, likely = self._inside(start)
        links: dict[int, list[tuple[int, float]]] = {}
        for a, b, p in zip(pairs.i.tolist(), pairs.j.tolist(), likely.tolist(), strict=True):
            links.setdefault(a, []).append((b, p))
            links.setdefault(b, []).append((a, p))
        came = _widest(links, start, end)
        steps, here = [], end
        while here in came:
            before, p = came[here]
            steps.append(Link((self._id(before), self._id(here)), p))
            here = before
        return tuple(reversed(steps))

    def group(self, row: int) -> GroupExplanation:
        """The row's group, and the merges of the linkage tree that made and ended it."""
        matches = self.trace.matches
        rows = np.flatnonzero(matches.match_id == matches.match_id[row])
        by_tree = self.trace.decision.groups.group[self.entity]
        relabelled = set(rows.tolist()) != set(np.flatnonzero(by_tree == by_tree[row]).tolist())
        return GroupExplanation(
            int(matches.match_id[row]),
            float(matches.match_confidence_score[row]),
            tuple(self.records.keys[rows].tolist()),
            relabelled,
            self._merges(int(self.entity[row])),
        )

    def _merges(self, entity: int) -> tuple[Step, ...]:
        pairs, likely = self._inside(entity)
        members, at = np.unique(np.concatenate([pairs.i, pairs.j]), return_inverse=True)
        if entity not in members:
            return ()
        n = len(members)
        tree = merges(n, at[: len(pairs)], at[len(pairs) :], likely, self.trace.threshold)
        group = self.trace.decision.groups.group
        own = set(np.flatnonzero(group[members] == group[entity]).tolist())
        inside: list[set[int]] = [{k} for k in range(n)]
        number: dict[int, int] = {}
        told: list[Step] = []

        def side(place: int) -> Side:
            rows = np.concatenate([self._rows(int(members[k])) for k in sorted(inside[place])])
            ids = tuple(self.records.keys[rows[:_MOST_IDS]].tolist())
            return Side(number.get(place), len(rows), ids)

        for merge in tree:
            one, other = inside[merge.one], inside[merge.other]
            inside.append(one | other)
            ends = not merge.taken and own in (one, other)
            if ends or inside[-1] <= own:
                number[len(inside) - 1] = len(told) + 1
                told.append(
                    Step(
                        len(told) + 1,
                        side(merge.one),
                        side(merge.other),
                        merge.probability,
                        merge.needed,
                        merge.taken,
                    )
                )
        return tuple(told)

    def _rows(self, entity: int) -> AnyArray:
        """The rows that read as this entity."""
        return self._order[self._starts[entity] : self._starts[entity + 1]]

    def _inside(self, entity: int) -> tuple[Pairs, AnyArray]:
        """The links inside an entity's component."""
        linked = self.trace.decision.linked
        at = np.flatnonzero(linked.component[linked.pairs.i] == linked.component[entity])
        return _take(linked.pairs, at), linked.probability[at]

    def _id(self, entity: int) -> str:
        return str(self.records.keys[self._rows(entity)[0]])


def _widest(
    links: dict[int, list[tuple[int, float]]], start: int, end: int
) -> dict[int, tuple[int, float]]:
    """Where each step of the widest path from `start` to `end` comes from; empty if none."""
    came: dict[int, tuple[int, float]] = {}
    best, queue, done = {start: 1.0}, [(-1.0, start)], set()
    while queue:
        width, here = heapq.heappop(queue)
        if here in done:
            continue
        done.add(here)
        if here == end:
            return came
        for there, p in links.get(here, []):
            through = min(-width, p)
            if there not in done and through > best.get(there, 0.0):
                best[there] = through
                came[there] = here, p
                heapq.heappush(queue, (-through, there))
    return {}


def _take(pairs: Pairs, chosen: AnyArray) -> Pairs:
    return Pairs(pairs.i[chosen], pairs.j[chosen])


def _one(entity: int) -> AnyArray:
    return np.array([entity], dtype=np.int32)


def _cut(value: object) -> str | None:
    if value is None:
        return None
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ... ({len(text)} signs)"
