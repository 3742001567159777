"""Which pairs of a large table are worth comparing.

Keys are rare values, halves of values and words, and each two frequent ones together
(dynamic blocking: Borthwick, Ash et al., "Scalable Blocking for Very Large Databases",
2020). Of its block-mates an entity keeps those that share most and differ least, first by
whole and half values, then by how alike the values are.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gluematch.models.matching.kernels import block_index
from gluematch.models.matching.kernels import block_keys as loops
from gluematch.models.matching.kernels.arrays import (
    AnyArray,
    Doubles,
    Flags,
    Ints,
    Longs,
    no_progress,
)
from gluematch.models.matching.kernels.block_neighbours import best_block_neighbours
from gluematch.models.matching.kernels.distinct_pairs import distinct_pairs
from gluematch.models.matching.kernels.indel import PackedTexts, add_evidence, pack_texts
from gluematch.models.matching.kernels.parallel import parallel_each, parallel_ranges
from gluematch.models.matching.kernels.rank_loops import best_pairs
from gluematch.models.matching.records.pairs import Pairs
from gluematch.models.matching.records.table import Column, Table
from gluematch.models.matching.records.token_vectors import TokenVectors, cosine, idf

_MOST_COLUMNS = 12
_NEIGHBOURS = 6
_HALF, _PENALTY = 0.5, 0.35
_CHARACTERS = 64
_LEAST_LACK, _MOST_LACK = 6.5, 21.6
_SURE_WORDS = 0.4


@dataclass(frozen=True, slots=True, eq=False)
class ColumnTexts:
    """What is compared of one column: its values' first signs, if they can be held, the codes
    (u,) and rarity of the values, and what the column tells on average."""

    packed: PackedTexts | None
    codes: Ints
    value_idf: Doubles
    mean_idf: float


@dataclass(frozen=True, slots=True, eq=False)
class BlockingTable:
    """A large table as far as blocking looks at its u entities: the `atoms` (u, 3c) of c
    columns, by which they meet, how many have each, the weight of each, what differing in a
    column costs, and what is compared of each column."""

    size: int
    atoms: Ints
    count: Ints
    weight: Ints
    loss: Ints
    texts: tuple[ColumnTexts, ...]


@dataclass(frozen=True, slots=True, eq=False)
class BlockedTable:
    """A large table as its entities share keys."""

    blocking_table: BlockingTable
    words: TokenVectors
    blocks: tuple[Longs, Ints, Longs, Ints]


def prepare(table: Table) -> BlockingTable:
    """What blocking sees of a large table beside its words."""
    columns = _discriminating(table)
    mean_idf = np.array([_mean_idf(c, table.size) for c in columns])
    texts: dict[int, ColumnTexts] = {}

    def prepare_column(k: int) -> None:
        column = columns[k]
        packed = pack_texts(column.normalised.truncated(_CHARACTERS))
        value_idf = idf(column.counts, table.size)
        texts[k] = ColumnTexts(packed, column.codes, value_idf, float(mean_idf[k]))

    _for_each(columns, prepare_column)
    atoms, count = _atoms(columns, table.size)
    weights = _weights(atoms, count, mean_idf, table.size)
    held = np.empty(atoms.T.shape, dtype=np.int32)

    def transpose(s: int, e: int) -> None:
        held[s:e] = atoms[:, s:e].T

    parallel_ranges(table.size, transpose)
    return BlockingTable(
        table.size, held, count, *weights, tuple(texts[k] for k in range(len(columns)))
    )


def _for_each(columns: list[Column], task: Callable[[int], None]) -> None:
    parallel_each(len(columns), task, alone=False, progress=no_progress, stage="")


def build_blocks(table: Table, words: TokenVectors) -> BlockedTable:
    """The blocks of all entities."""
    blocking_table = prepare(table)
    bits = table.size.bit_length()
    matrix = words.matrix
    word_count = np.bincount(matrix.indices, minlength=matrix.shape[1]).astype(np.int32)
    word_lists = (matrix.indptr.astype(np.int64), matrix.indices, word_count)
    keys = loops.packed_keys(blocking_table.atoms, blocking_table.count, word_lists, bits)
    return BlockedTable(
        blocking_table, words, block_index.build_block_index(keys, bits, table.size)
    )


def dynamic_pairs(here: BlockedTable, rows: Ints, effort: float, side: Ints | None) -> Pairs:
    """The pairs of the entities `rows` with those of their block-mates that are alike enough
    to be compared, and with their best one anyway; more `effort` (0 to 1) only adds some."""
    blocking_table = here.blocking_table
    candidates = block_pairs(blocking_table, here.blocks, rows, side)
    alike = evidence(blocking_table, candidates)
    wanted = likely_pairs(blocking_table.size, effort, alike, here.words, candidates)
    one, other = best_pairs(candidates.i, candidates.j, alike, blocking_table.size)
    inside = np.zeros(blocking_table.size, dtype=np.bool_)
    inside[rows] = True
    wanted |= inside[candidates.i] & one | inside[candidates.j] & other
    return Pairs(candidates.i[wanted], candidates.j[wanted])


def block_pairs(
    blocking_table: BlockingTable,
    blocks: tuple[Longs, Ints, Longs, Ints],
    rows: Ints,
    side: Ints | None,
) -> Pairs:
    """The pairs of the entities `rows` with the few block-mates that share most with them."""
    neighbours = best_block_neighbours(
        rows,
        blocks,
        blocking_table.atoms,
        blocking_table.weight,
        blocking_table.loss,
        side,
        _NEIGHBOURS,
    )
    return Pairs(*distinct_pairs(rows, neighbours, blocking_table.size))


def likely_pairs(
    size: int, effort: float, alike: Doubles, words: TokenVectors, candidates: Pairs
) -> Flags:
    """Which of the pairs met are `alike` enough, or share enough of their `words`: (m,)."""
    lack = _LEAST_LACK + (_MOST_LACK - _LEAST_LACK) * min(max(effort, 0.0), 1.0)
    wanted = np.asarray(alike >= np.log(size) - lack)
    unsure = np.flatnonzero(~wanted)
    i, j = candidates.i[unsure], candidates.j[unsure]

    def loop(s: int, e: int) -> None:
        told = cosine(words, i[s:e], j[s:e], words.shared(i[s:e], j[s:e]))
        wanted[unsure[s:e]] = told >= _SURE_WORDS

    parallel_ranges(len(unsure), loop)
    return wanted


def _discriminating(table: Table) -> list[Column]:
    """The columns that tell entities apart best, in the table's order."""
    mean_idf = [_mean_idf(c, table.size) * float(c.counts.sum()) for c in table.columns]
    best = sorted(np.argsort(-np.array(mean_idf), kind="stable")[:_MOST_COLUMNS].tolist())
    return [table.columns[k] for k in best if mean_idf[k] > 0]


def _mean_idf(column: Column, size: int) -> float:
    """The mean rarity of the column's values among those who have one."""
    total = float(column.counts.sum())
    return float(idf(column.counts, size) @ column.counts) / total if total else 0.0


def _atoms(columns: list[Column], size: int) -> tuple[Ints, Ints]:
    """Numbers of the entities' values, first and second halves (3c, u), and how many
    entities have each."""
    atoms = np.full((3 * len(columns), size), -1, dtype=np.int32)
    counts: list[AnyArray] = [np.zeros(0, dtype=np.int64)] * len(atoms)

    def number(k: int) -> None:
        column = columns[k]
        for place, mine in enumerate([np.arange(len(column.spellings)), *_halves(column)]):
            row = place * len(columns) + k
            atoms[row] = np.append(mine, -1)[column.codes]
            known = atoms[row][atoms[row] >= 0]
            counts[row] = np.bincount(known, minlength=int(mine.max(initial=-1)) + 1)

    _for_each(columns, number)
    before = np.cumsum([0, *map(len, counts)])

    def shift(s: int, e: int) -> None:
        for row in range(s, e):
            np.add(atoms[row], before[row], out=atoms[row], where=atoms[row] >= 0)

    parallel_ranges(len(atoms), shift, least=1)
    return atoms, np.concatenate([np.zeros(0), *counts]).astype(np.int32)


def _halves(column: Column) -> list[Longs]:
    """The number of each spelling's first and of its second half, -1 where too short."""
    points, start = column.normalised.buffer
    hashed = loops.halves(points.astype(np.uint32, copy=False), start)
    return [np.where(half == 0, -1, pd.factorize(half)[0]) for half in hashed.T]


def _weights(atoms: Ints, count: Ints, mean_idf: Doubles, entities: int) -> tuple[Ints, Ints]:
    """What sharing an atom is worth, and what differing in a column costs, in hundredths:
    halves count half, and a value makes up for its halves."""
    size = len(mean_idf)
    rare = 100 * idf(count, entities)
    loss = 100 * _PENALTY * mean_idf
    weight = np.zeros(len(count))

    def weigh(k: int) -> None:
        for half in (atoms[size + k], atoms[2 * size + k]):
            candidates = half[half >= 0]
            weight[candidates] = _HALF * rare[candidates] + loss[k] / 2
        has = np.flatnonzero(atoms[k] >= 0)
        value = atoms[k][has]
        # whoever has a value has the same halves
        both = [atoms[place * size + k][has] for place in (1, 2)]
        known = sum(np.where(half >= 0, weight[half], 0.0) for half in both)
        weight[value] = rare[value] + loss[k] - known

    parallel_each(size, weigh, alone=False, progress=no_progress, stage="")
    return weight.astype(np.int32), loss.astype(np.int32)


def evidence(blocking_table: BlockingTable, candidates: Pairs) -> Doubles:
    """What speaks for a match: the rarity of equal values, a share of their column's mean
    rarity for alike ones, less for those that differ: (m,)."""
    total = np.zeros(len(candidates))
    for one in blocking_table.texts:
        add_evidence(
            one.packed, one.codes, one.value_idf, one.mean_idf, (candidates.i, candidates.j), total
        )
    return total
