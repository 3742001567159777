"""A compiled loop of the blocking of large tables: each entity's best few among its
block-mates.
"""

from typing import Any

import numpy as np

from .arrays import AnyArray, Ints, Longs
from .block_index import LARGEST_BLOCK
from .compile_loops import compiled
from .parallel import parallel_ranges

_SMALL, _ENOUGH = np.uint64(8), np.uint64(12)
_BLOCKS = 256


def best_block_neighbours(
    rows: Ints,
    blocks: tuple[Longs, Ints, Longs, Ints],
    atoms: Ints,
    weight: Ints,
    penalty: Ints,
    side: Ints | None,
    most: int,
) -> Ints:
    """For each of `rows` (r,) its up to `most` block-mates (r, most) by what both share less
    what they differ in, best first, -1 behind them; none of the same `side`.

    `weight` of each atom, `penalty` of each column where both have a value.
    """
    out = np.full((len(rows), most), -1, dtype=np.int32)
    sides = np.zeros(0, dtype=np.int32) if side is None else side
    # as unsigned numbers: signed ones would be asked each time whether they count from the end
    start, member, first, block = blocks
    places = start.view(np.uint64), member.view(np.uint32), first.view(np.uint64)
    among = rows.view(np.uint32)

    def loop(s: int, e: int) -> None:
        _visit(among[s:e], *places, block.view(np.uint32), atoms, weight, penalty, sides, out[s:e])

    parallel_ranges(len(rows), loop)
    return out


@compiled
def _likeness(theirs: Ints, mine: Ints, gain: Ints, loss: Ints) -> Any:
    shared = np.int32(0)
    for k in range(len(mine)):
        shared += gain[k] if theirs[k] == mine[k] else np.int32(0)
    for k in range(len(loss)):
        shared -= loss[k] if theirs[k] >= 0 else np.int32(0)
    return shared


@compiled
def _met(
    e: Any,
    begin: AnyArray,
    end: AnyArray,
    member: AnyArray,
    seen: AnyArray,
    neighbours: AnyArray,
) -> Any:
    """The block-mates of entity e, each once, in `neighbours`, which has room for all; how many.
    Those of its larger blocks only if the small ones hold too few."""
    found = np.uint64(0)
    seen[e] = e
    for large in range(2):
        if found >= _ENOUGH:
            break
        for q in range(len(begin)):
            if (end[q] - begin[q] > _SMALL) != (large == 1):
                continue
            for p in range(begin[q], end[q]):
                mate = member[p]
                neighbours[found] = mate
                found += np.uint64(1) if seen[mate] != e else np.uint64(0)
                seen[mate] = e
    return found


@compiled
def _fetch(
    own: AnyArray, start: AnyArray, member: AnyArray, begin: AnyArray, end: AnyArray, near: AnyArray
) -> None:
    """Where each of an entity's blocks begins and ends. What is far away in memory is fetched for
    all of them at once, which takes hardly longer than for one."""
    for q in range(len(own)):
        begin[q], end[q] = start[own[q]], start[own[q] + np.uint32(1)]
    for q in range(len(own)):
        near[q] = member[begin[q]]


@compiled
def _visit(
    rows: AnyArray,
    start: AnyArray,
    member: AnyArray,
    first: AnyArray,
    block: AnyArray,
    atoms: Ints,
    weight: Ints,
    penalty: Ints,
    side: Ints,
    out: Ints,
) -> None:
    width, most = atoms.shape[1], out.shape[1]
    columns = width // 3
    nobody = np.uint32(0xFFFFFFFF)
    seen = np.full(len(first) - 1, nobody, dtype=np.uint32)
    neighbours = np.empty(1024, dtype=np.uint32)
    mine, gain = np.empty(width, dtype=np.int32), np.empty(width, dtype=np.int32)
    loss = np.empty(columns, dtype=np.int32)
    best = np.empty(most, dtype=np.int64)
    alike = np.empty(len(neighbours), dtype=np.int32)
    begin, end = np.empty(_BLOCKS, dtype=np.uint64), np.empty(_BLOCKS, dtype=np.uint64)
    near = np.empty(_BLOCKS, dtype=np.uint32)
    for r in range(len(rows)):
        e = rows[r]
        own = block[first[e] : first[e + np.uint32(1)]]
        n = len(own)
        if n > len(begin):
            begin, end = np.empty(2 * n, dtype=np.uint64), np.empty(2 * n, dtype=np.uint64)
            near = np.empty(2 * n, dtype=np.uint32)
        if len(neighbours) <= n * LARGEST_BLOCK:
            neighbours = np.empty(2 * n * LARGEST_BLOCK, dtype=np.uint32)
            alike = np.empty(len(neighbours), dtype=np.int32)
        _fetch(own, start, member, begin, end, near)
        found = _met(e, begin[:n], end[:n], member, seen, neighbours)
        for k in range(width):
            mine[k] = atoms[e, k] if atoms[e, k] >= 0 else -2
            gain[k] = weight[atoms[e, k]] if atoms[e, k] >= 0 else 0
        for k in range(columns):
            loss[k] = penalty[k] if mine[k] >= 0 else 0
        for q in range(found):
            alike[q] = _likeness(atoms[neighbours[q]], mine, gain, loss)
        held = 0
        for q in range(found):
            mate = neighbours[q]
            if len(side) and side[mate] == side[e]:
                continue
            # one number that is the higher the more is shared, then the lower the mate is
            key = (np.int64(alike[q]) << 32) - np.int64(mate)
            if held < most:
                place = held
                held += 1
            elif key > best[most - 1]:
                place = most - 1
            else:
                continue
            while place > 0 and best[place - 1] < key:
                best[place] = best[place - 1]
                place -= 1
            best[place] = key
        for k in range(held):
            out[r, k] = np.int32(-best[k] & 0x7FFFFFFF)
