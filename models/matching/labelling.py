"""Which rows to ask a person about: sets of about ten rows around pairs that teach most.

A set is made of a few small neighbourhoods, so that its rows are real questions to each
other. Rows asked before are never asked again.
"""

from collections.abc import Iterator

import numpy as np

from .arrays import Doubles, Flags, Ints, Longs
from .blocking import Pairs

_NEIGHBOURHOOD = 4


def choose_entities(
    pairs: Pairs,
    probability: Doubles,
    free: Flags,
    sets: int,
    size: int,
    *,
    taught: bool,
    seed: int,
) -> list[list[int]]:
    """Up to `sets` lists of up to `size` entities, none twice, all of them `free` (u,).

    Seeds of the neighbourhoods alternate between pairs that the model is least sure of
    and pairs that it takes for matches, so that both kinds of answers are to be expected.
    """
    generator = np.random.default_rng(seed)
    doubt = np.argsort(-_doubt(pairs, probability, generator), kind="stable")
    hope = np.argsort(-_hope(probability, generator), kind="stable")
    around = _Neighbourhoods(pairs, probability, free.copy())
    queues = [iter(doubt.tolist()), iter(hope.tolist())]
    turns = (0, 0, 1) if taught else (0, 1)
    chosen: list[list[int]] = []
    turn = 0
    for _ in range(sets):
        members: list[int] = []
        while size - len(members) >= 2:
            grown = around.next_group(
                queues[turns[turn % len(turns)]], min(_NEIGHBOURHOOD, size - len(members))
            )
            turn += 1
            if not grown:
                grown = around.next_group(queues[1 - turns[(turn - 1) % len(turns)]], size)
            if not grown:
                break
            members += grown[: size - len(members)]
        if size - len(members) >= 2 or len(members) < 2:
            members += around.strangers(size - len(members), generator)
        if len(members) >= 2:
            chosen.append(members)
    return chosen


def _doubt(pairs: Pairs, probability: Doubles, generator: np.random.Generator) -> Doubles:
    """How unsure each pair is, with a little chance so that like questions spread."""
    unsure = 1 - np.abs(2 * probability - 1)
    return np.asarray(unsure + 0.2 * generator.random(len(pairs)), dtype=np.float64)


def _hope(probability: Doubles, generator: np.random.Generator) -> Doubles:
    """Probable matches first, the surest not before the fairly sure."""
    likely = np.where(probability >= 0.5, 1.0, probability)
    return np.asarray(likely + 0.5 * generator.random(len(probability)), dtype=np.float64)


class _Neighbourhoods:
    """Grows groups of free entities along the pairs; what it hands out is free no more."""

    def __init__(self, pairs: Pairs, probability: Doubles, free: Flags) -> None:
        self._pairs, self._free = pairs, free
        end = np.concatenate([pairs.i, pairs.j])
        other = np.concatenate([pairs.j, pairs.i])
        value = np.concatenate([probability, probability])
        order = np.lexsort((other, -value, end))
        self._other: Ints = other[order]
        self._starts: Longs = np.searchsorted(end[order], np.arange(len(free) + 1))

    def next_group(self, queue: Iterator[int], size: int) -> list[int]:
        """The next pair of the queue that is free at both ends, and its best neighbours."""
        for place in queue:
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

    def strangers(self, count: int, generator: np.random.Generator) -> list[int]:
        """Some free entities by chance, for tables in which hardly anything is alike."""
        free = np.flatnonzero(self._free)
        picked = generator.permutation(free)[:count]
        self._free[picked] = False
        return [int(p) for p in picked]
