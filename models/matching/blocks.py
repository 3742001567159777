"""Which pairs of a large table are worth comparing.

Keys are rare values, halves of values and words, and each two frequent ones together
(dynamic blocking: Borthwick, Ash et al., "Scalable Blocking for Very Large Databases",
2020). Of its block-mates an entity keeps those that share most and differ least, first by
whole and half values, then by how alike the values are.
"""

from dataclasses import dataclass

import numpy as np

from . import compiled_blocks as loops
from .arrays import AnyArray, Doubles, Ints, Longs
from .bags import Bag, cosine, rarity
from .blocking import Pairs, pairs_of
from .compiled_mates import best_mates
from .compiled_pairs import ranks
from .compiled_text import add_evidence, pack
from .table import Column, Table

_MOST_COLUMNS = 12
_MATES = 16
_KEPT_ANYWAY = 1
_HALF, _PENALTY = 0.5, 0.35
_SIGNS = 64
_LEAST_BAR, _MOST_BAR = -1.0, 0.4
_SURE_WORDS = 0.4


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """A large table as its entities share keys: the blocks, and what is compared of each
    entity. `columns` are those of `atoms` (u, 3c); `tell` (c,) is the mean rarity of each."""

    table: Table
    words: Bag
    columns: list[Column]
    atoms: Ints
    count: Ints
    tell: Doubles
    blocks: tuple[Longs, Ints, Longs, Ints]


def form_blocks(table: Table, words: Bag) -> Blocks:
    """The blocks of all entities."""
    columns = _telling(table)
    atoms, count = _atoms(columns, table.size)
    bits = table.size.bit_length()
    matrix = words.matrix
    word_count = np.bincount(matrix.indices, minlength=matrix.shape[1]).astype(np.int32)
    spoken = (matrix.indptr.astype(np.int64), matrix.indices, word_count)
    keys = loops.packed_keys(atoms, count, spoken, bits)
    tell = np.array([_tell(c, table.size) for c in columns])
    formed = loops.form_blocks(keys, bits, table.size)
    return Blocks(table, words, columns, atoms, count, tell, formed)


def near_pairs(here: Blocks, rows: Ints, effort: float, side: Ints | None) -> Pairs:
    """The pairs of the entities `rows` with those of their block-mates that are alike enough
    to be compared, and with their best one anyway; more `effort` (0 to 1) only adds some."""
    mates = best_mates(rows, here.blocks, here.atoms, *_weights(here), side, _MATES)
    present = mates >= 0
    met = pairs_of(np.repeat(rows, present.sum(axis=1)), mates[present])
    alike = _evidence(here, met.i, met.j)
    bar = _MOST_BAR + (_LEAST_BAR - _MOST_BAR) * min(max(effort, 0.0), 1.0)
    wanted = alike >= bar * np.log(here.table.size)
    wanted |= cosine(here.words, met.i, met.j, here.words.shared(met.i, met.j)) >= _SURE_WORDS
    rank_i, rank_j, *_ = ranks(met.i, met.j, alike, here.table.size)
    inside = np.zeros(here.table.size, dtype=np.bool_)
    inside[rows] = True
    wanted |= inside[met.i] & (rank_i < _KEPT_ANYWAY) | inside[met.j] & (rank_j < _KEPT_ANYWAY)
    return Pairs(met.i[wanted], met.j[wanted])


def _telling(table: Table) -> list[Column]:
    """The columns that tell entities apart best, in the table's order."""
    tell = [_tell(c, table.size) * float(c.counts.sum()) for c in table.columns]
    best = sorted(np.argsort(-np.array(tell), kind="stable")[:_MOST_COLUMNS].tolist())
    return [table.columns[k] for k in best if tell[k] > 0]


def _tell(column: Column, size: int) -> float:
    """The mean rarity of the column's values among those who have one."""
    total = float(column.counts.sum())
    return float(rarity(column.counts, size) @ column.counts) / total if total else 0.0


def _atoms(columns: list[Column], size: int) -> tuple[Ints, Ints]:
    """Numbers of the entities' values, first and second halves (u, 3c), and how many
    entities have each."""
    atoms = np.full((size, 3 * len(columns)), -1, dtype=np.int32)
    counts: list[AnyArray] = []
    before = 0
    for k, column in enumerate(columns):
        for place, number in enumerate([np.arange(len(column.spellings)), *_halves(column)]):
            mine = np.append(number, -1)[column.codes]
            has = mine >= 0
            counts.append(np.bincount(mine[has], minlength=int(number.max(initial=-1)) + 1))
            atoms[has, place * len(columns) + k] = mine[has] + before
            before += len(counts[-1])
    return atoms, np.concatenate([np.zeros(0), *counts]).astype(np.int32)


def _halves(column: Column) -> list[Longs]:
    """The number of each spelling's first and of its second half, -1 where too short."""
    start = np.zeros(len(column.bare) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, column.bare), np.int64, len(column.bare)), out=start[1:])
    text = "".join(column.bare).encode("utf-32-le", "surrogatepass")
    hashed = loops.halves(np.frombuffer(text, dtype=np.uint32), start)
    found = []
    for half in hashed.T:
        distinct, number = np.unique(half, return_inverse=True)
        found.append(number - int(len(distinct) > 0 and distinct[0] == 0))
    return found


def _weights(here: Blocks) -> tuple[Ints, Ints]:
    """What sharing an atom is worth, and what differing in a column costs, in hundredths:
    halves count half, and a value makes up for its halves."""
    size, count = len(here.columns), here.count
    rare = 100 * rarity(count, here.table.size)
    loss = 100 * _PENALTY * here.tell
    weight = np.zeros(len(count))
    halves = here.atoms[:, size:]
    for k in range(2 * size):
        met = _present(halves[:, k], len(count))
        weight[met] = _HALF * rare[met] + loss[k % size] / 2
    for k in range(size):
        values = here.atoms[:, k]
        has = np.flatnonzero(values >= 0)
        one = np.full(len(count), -1, dtype=np.int32)
        one[values[has]] = has  # an entity for each value: all others have the same halves
        met = np.flatnonzero(one >= 0)
        both = [here.atoms[one[met], place * size + k] for place in (1, 2)]
        known = sum(np.where(atom >= 0, weight[atom], 0.0) for atom in both)
        weight[met] = rare[met] + loss[k] - known
    return weight.astype(np.int32), loss.astype(np.int32)


def _present(atoms: Ints, count: int) -> Longs:
    """Which of `count` atoms are met, in order."""
    met = np.zeros(count, dtype=np.bool_)
    met[atoms[atoms >= 0]] = True
    return np.flatnonzero(met)


def _evidence(here: Blocks, a: Ints, b: Ints) -> Doubles:
    """What speaks for a match: the rarity of equal values, a share of their column's mean
    rarity for alike ones, less for those that differ: (m,)."""
    total = np.zeros(len(a))
    for column, tell in zip(here.columns, here.tell.tolist(), strict=True):
        packed = pack([text[:_SIGNS] for text in column.bare])
        worth = rarity(column.counts, here.table.size)
        add_evidence(packed, column.codes, worth, tell, (a, b), total)
    return total
