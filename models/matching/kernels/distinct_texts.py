"""Compiled loops that tell the distinct texts of large columns and put them in order."""

from typing import Any

import numpy as np

from .arrays import AnyArray, Ints, Longs
from .compile_loops import compiled
from .parallel import parallel_ranges

LONGEST = 128
_SEED = np.uint64(0x9E3779B97F4A7C15)


def distinct(points: AnyArray, start: Longs, end: Longs) -> tuple[Longs, Ints] | None:
    """The distinct texts in order, each by the place of one that reads so, and the number
    (n,) of each text's spelling among them, -1 for the empty text. None for texts that are
    too long.

    Text k is points[start[k]:end[k]], code points; texts are compared by those.
    """
    if len(start) and int((end - start).max()) > LONGEST:
        return None
    marks = np.empty(len(start), dtype=np.uint64)
    parallel_ranges(len(start), lambda s, e: _marks(points, start[s:e], end[s:e], marks[s:e]))
    number = np.empty(len(start), dtype=np.int32)
    bits = max(2 * len(start), 2).bit_length()
    slots = np.zeros(1 << bits, dtype=np.int32)
    first = _numbered(points, start, end, marks, slots, np.uint64(64 - bits), number)
    order = code_point_order(points, start[first], end[first])
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order))
    lead = int(len(order) > 0 and start[first[order[0]]] == end[first[order[0]]])
    return first[order[lead:]], place[number] - np.int32(lead)


def code_point_order(points: AnyArray, start: Longs, end: Longs) -> Longs:
    """The order of distinct texts by their code points: (n,)."""
    longest = int((end - start).max(initial=0))
    each = 8 if not len(points) or int(points.max()) < 256 else 2
    keys = np.zeros((-(-longest // each) if longest else 1, len(start)), dtype=np.uint64)
    parallel_ranges(
        len(start), lambda s, e: _packed(points, start[s:e], end[s:e], each, keys[:, s:e])
    )
    return np.asarray(np.lexsort(keys[::-1]), dtype=np.int64)


def concatenated_texts(points: AnyArray, start: Longs, end: Longs, mark: int) -> AnyArray:
    """The texts end to end, `mark` between them, as code points."""
    first = np.zeros(len(start) + 1, dtype=np.int64)
    np.cumsum(end - start + 1, out=first[1:])
    out = np.full(max(int(first[-1]) - 1, 0), mark, dtype=points.dtype)
    parallel_ranges(len(start), lambda s, e: _gather(points, start[s:e], end[s:e], first[s:e], out))
    return out


@compiled
def _marks(points: AnyArray, start: Longs, end: Longs, marks: AnyArray) -> None:
    for k in range(len(start)):
        mark = _SEED
        for p in range(start[k], end[k]):
            mark = (mark ^ np.uint64(points[p])) * np.uint64(0xFF51AFD7ED558CCD)
            mark ^= mark >> np.uint64(32)
        marks[k] = mark


@compiled
def _same(points: AnyArray, start: Longs, end: Longs, a: int, b: int) -> bool:
    length = end[a] - start[a]
    if length != end[b] - start[b]:
        return False
    p = 0
    while p < length and points[start[a] + p] == points[start[b] + p]:
        p += 1
    return bool(p == length)


@compiled
def _numbered(
    points: AnyArray,
    start: Longs,
    end: Longs,
    marks: AnyArray,
    slots: Ints,
    shift: Any,
    number: Ints,
) -> Any:
    """Number the texts, equal ones alike; the place of the first text of each number. `slots`,
    more than texts and all 0, are a hash table by the marks' highest bits."""
    first = np.empty(len(marks), dtype=np.int64)
    n = 0
    for k in range(len(marks)):
        slot = marks[k] >> shift
        while slots[slot] > 0:
            candidates = first[slots[slot] - 1]
            if marks[candidates] == marks[k] and _same(points, start, end, candidates, k):
                break
            slot = (slot + np.uint64(1)) & np.uint64(len(slots) - 1)
        if slots[slot] == 0:
            first[n] = k
            n += 1
            slots[slot] = n
        number[k] = slots[slot] - 1
    return first[:n].copy()


@compiled
def _packed(points: AnyArray, start: Longs, end: Longs, each: int, keys: AnyArray) -> None:
    bits = np.uint64(64 // each)
    for k in range(len(start)):
        for p in range(end[k] - start[k]):
            shift = bits * np.uint64(each - 1 - p % each)
            keys[p // each, k] |= np.uint64(points[start[k] + p]) << shift


@compiled
def _gather(points: AnyArray, start: Longs, end: Longs, first: Longs, out: AnyArray) -> None:
    for k in range(len(start)):
        for p in range(end[k] - start[k]):
            out[first[k] + p] = points[start[k] + p]
