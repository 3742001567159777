"""Which rows to ask a person about: sets of about ten rows around pairs that teach most.

A set is made of a few small neighbourhoods, so that its rows are real questions to each
other. Rows asked before are never asked again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gluematch.models.matching.kernels.arrays import Doubles, Flags, Ints, Longs
from gluematch.models.matching.records.pairs import Pairs
from gluematch.models.matching.training.classifier import log_odds

_NEIGHBOURHOOD = 4
_LARGE_MERGE = 9
_CHANCE, _CHANCE_UNTRAINED = 0.05, 0.2
DOUBT, HOPE = 0, 1


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One way to see the table: candidate pairs, how probable each is a match, and the
    groups (u,) that they would make."""

    pairs: Pairs
    probability: Doubles
    group: Ints


def choose_entities(
    views: Sequence[View], free: Flags, sets: int, size: int, *, taught: bool, seed: int
) -> list[list[int]]:
    """Up to `sets` lists of up to `size` entities, none twice, all of them `free` (u,).

    Sets take turns between the views. Inside a set the seeds of the neighbourhoods
    alternate between pairs that the model is least sure of and pairs that it takes for
    matches, so that both kinds of answers are to be expected.
    """
    generator = np.random.default_rng(seed)
    free = free.copy()
    sources = [_Neighbourhoods(view, free, generator, taught=taught) for view in views]
    turns = (DOUBT, DOUBT, HOPE) if taught else (DOUBT, HOPE)
    chosen: list[list[int]] = []
    turn = 0
    for place in range(sets):
        around = sources[(place + 1) % len(sources)]
        members: list[int] = []
        while size - len(members) >= 2:
            room = min(_NEIGHBOURHOOD, size - len(members))
            kind = turns[turn % len(turns)]
            turn += 1
            grown = around.next_group(kind, room) or around.next_group(HOPE + DOUBT - kind, room)
            if not grown:
                break
            members += grown
        if size - len(members) >= 2:
            members += _strangers(free, size - len(members), generator)
        if len(members) >= 2:
            chosen.append(members)
    return chosen


def _strangers(free: Flags, count: int, generator: np.random.Generator) -> list[int]:
    """Some free entities by chance, for tables in which hardly anything is alike."""
    picked = generator.permutation(np.flatnonzero(free))[:count]
    free[picked] = False
    return [int(p) for p in picked]


def _doubt(view: View, generator: np.random.Generator, *, taught: bool) -> Doubles:
    """How unsure each pair is, with a little chance so that like questions spread, and more of
    it while nobody has taught the model, whose doubts are then worth less.

    Of a taught model the log-odds count by half: it taught itself too, so it is surer than it
    should be, and among pairs that it is sure of those come first of which it is less so.

    A pair between two large groups decides about many pairs, so it counts for more; of
    several between the same two only the least sure does.
    """
    steep, chance = (4, _CHANCE) if taught else (2, _CHANCE_UNTRAINED)
    unsure = 1 - np.abs(np.tanh(log_odds(view.probability) / steep))
    unsure[view.probability <= 0] = 0
    value = unsure + chance * generator.random(len(unsure))
    i, j = view.group[view.pairs.i], view.group[view.pairs.j]
    size = np.bincount(view.group, minlength=1)
    weight = 1 + np.log(np.maximum(size[i] * size[j] / _LARGE_MERGE, 1.0))
    order = np.argsort(-unsure, kind="stable")
    both = np.minimum(i, j).astype(np.int64) << 32 | np.maximum(i, j)
    leading = np.zeros(len(unsure), dtype=np.bool_)
    leading[order[np.unique(both[order], return_index=True)[1]]] = True
    return np.asarray(np.where(leading & (i != j), value * weight, value), dtype=np.float64)


def _hope(probability: Doubles, generator: np.random.Generator) -> Doubles:
    """Probable matches first, the surest not before the fairly sure."""
    likely = np.where(probability >= 0.5, 1.0, probability)
    return np.asarray(likely + 0.5 * generator.random(len(probability)), dtype=np.float64)


class _Neighbourhoods:
    """Grows groups of free entities along a view's pairs; what it hands out is free no more."""

    def __init__(
        self, view: View, free: Flags, generator: np.random.Generator, *, taught: bool
    ) -> None:
        self._pairs, self._free = view.pairs, free
        doubt = np.argsort(-_doubt(view, generator, taught=taught), kind="stable")
        hope = np.argsort(-_hope(view.probability, generator), kind="stable")
        self._queues = (iter(doubt.tolist()), iter(hope.tolist()))
        end = np.concatenate([view.pairs.i, view.pairs.j])
        other = np.concatenate([view.pairs.j, view.pairs.i])
        value = np.concatenate([view.probability, view.probability])
        order = np.lexsort((other, -value, end))
        self._other: Ints = other[order]
        self._starts: Longs = np.searchsorted(end[order], np.arange(len(free) + 1))

    def next_group(self, kind: int, size: int) -> list[int]:
        """The next pair of a kind that is free at both ends, and its best neighbours."""
        for place in self._queues[kind]:
            a, b = int(self._pairs.i[place]), int(self._pairs.j[place])
            if self._free[a] and self._free[b]:
                members = [a, b]
                self._free[[a, b]] = False
                self._grow(members, size)
                return members
        return []

    def _grow(self, members: list[int], size: int) -> None:
        for centre in list(members):
            near = self._other[self._starts[centre] : self._starts[centre + 1]]
            for other in near.tolist():
                if len(members) >= size:
                    return
                if self._free[other]:
                    self._free[other] = False
                    members.append(other)
                    break
