"""Compiled loops of the blocking of large tables: blocks of entities that share a key."""

from typing import Any

import numpy as np

from .arrays import AnyArray, Ints, Longs
from .compile_loops import compiled
from .parallel import concatenate, parallel_ranges

LARGEST_BLOCK = 30


def build_block_index(keys: AnyArray, bits: int, size: int) -> tuple[Longs, Ints, Longs, Ints]:
    """The blocks of 2 to LARGEST_BLOCK entities, those of the same members once: where each
    starts, its members; and for each entity where its blocks start, and which they are."""
    return index_by_entity(*distinct_blocks(*blocks_of_keys(keys, bits), size), size)


def blocks_of_keys(keys: AnyArray, bits: int) -> tuple[Longs, Ints]:
    """The blocks of 2 to LARGEST_BLOCK entities: where each starts, and its members."""
    found: dict[int, tuple[Longs, Ints]] = {}

    def loop(s: int, e: int) -> None:
        found[s] = _blocks(keys, np.uint64(bits), s, e)

    parallel_ranges(len(keys), loop)
    return _end_to_end(found)


def _end_to_end(found: dict[int, tuple[Longs, Ints]]) -> tuple[Longs, Ints]:
    """Where each block starts, and its members, from the sizes and members of parts."""
    parts = [found.pop(s) for s in sorted(found)]
    start = np.zeros(1 + sum(len(sizes) for sizes, _ in parts), dtype=np.int64)
    np.cumsum(np.concatenate([start[:0], *(sizes for sizes, _ in parts)]), out=start[1:])
    nobody = np.zeros(0, dtype=np.int32)
    return start, concatenate([nobody, *(members for _, members in parts)])


def distinct_blocks(start: Longs, member: Ints, size: int) -> tuple[Longs, Ints]:
    """Blocks as `blocks_of_keys` gives them, in the order of their first members, and of those that
    have the same members one."""
    blocks = len(start) - 1
    lead = np.zeros(size + 1, dtype=np.int64)
    _add_leads(start, member, lead[1:])
    np.cumsum(lead, out=lead)
    order = np.empty(blocks, dtype=np.uint32)
    _lay_leads(start, member, lead[:-1].copy(), order)
    found: dict[int, tuple[Longs, Ints]] = {}

    def loop(s: int, e: int) -> None:
        found[s] = _distinct_blocks(start, member, lead[s : e + 1], order)

    parallel_ranges(size, loop)
    return _end_to_end(found)


def index_by_entity(start: Longs, member: Ints, size: int) -> tuple[Longs, Ints, Longs, Ints]:
    """Blocks as `build_block_index` gives them."""
    first = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(member, minlength=size), out=first[1:])
    block = np.empty(len(member), dtype=np.int32)
    _invert(start, member, first[:-1].copy(), block)
    return start, member, first, block


@compiled
def _blocks(keys: AnyArray, bits: Any, at: int, until: int) -> tuple[Longs, Ints]:
    """The sizes and the members of the blocks whose keys begin in a part of all keys."""
    below = (np.uint64(1) << bits) - np.uint64(1)
    sizes = np.empty((until - at) // 2 + 1, dtype=np.int64)
    member = np.empty(until - at + LARGEST_BLOCK, dtype=np.int32)
    blocks = members = 0
    while 0 < at < until and keys[at] >> bits == keys[at - 1] >> bits:
        at += 1
    while at < until:
        end = at + 1
        while end < len(keys) and keys[end] >> bits == keys[at] >> bits:
            end += 1
        if 2 <= end - at <= LARGEST_BLOCK:
            for k in range(at, end):
                member[members] = np.int32(keys[k] & below)
                members += 1
            sizes[blocks] = end - at
            blocks += 1
        at = end
    return sizes[:blocks].copy(), member[:members].copy()


@compiled
def _add_leads(start: Longs, member: Ints, count: Longs) -> None:
    for b in range(len(start) - 1):
        count[np.uint32(member[start[b]])] += 1


@compiled
def _lay_leads(start: Longs, member: Ints, fill: Longs, order: AnyArray) -> None:
    for b in range(len(start) - 1):
        lead = np.uint32(member[start[b]])
        order[np.uint64(fill[lead])] = b
        fill[lead] += 1


@compiled
def _distinct_blocks(
    start: Longs, member: Ints, lead: Longs, order: AnyArray
) -> tuple[Longs, Ints]:
    """The sizes and the members of the blocks that entities lead; those of entity k are
    order[lead[k]:lead[k + 1]]."""
    most, room = 0, 0
    for k in range(len(lead) - 1):
        most = max(most, lead[k + 1] - lead[k])
    for q in range(lead[0], lead[-1]):
        room += start[order[q] + np.uint32(1)] - start[order[q]]
    sizes = np.empty(lead[-1] - lead[0], dtype=np.int64)
    members = np.empty(room, dtype=np.int32)
    begin, length = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64)
    touched = np.empty(most, dtype=np.int32)
    blocks = filled = 0
    for k in range(len(lead) - 1):
        own = order[lead[k] : lead[k + 1]]
        # what is far away in memory is fetched for all of them at once
        for q in range(len(own)):
            begin[q] = start[own[q]]
            length[q] = start[own[q] + np.uint32(1)] - begin[q]
        for q in range(len(own)):
            touched[q] = member[begin[q] + 1]
        first, at = blocks, filled
        for q in range(len(own)):
            known, place = False, at
            for one in range(first, blocks):
                size = sizes[one]
                if size == length[q] and members[place + 1] == touched[q]:
                    same = 2
                    while same < size and members[place + same] == member[begin[q] + same]:
                        same += 1
                    known = known or same == size
                place += size
            if known:
                continue
            for p in range(length[q]):
                members[filled + p] = member[begin[q] + p]
            filled += length[q]
            sizes[blocks] = length[q]
            blocks += 1
    return sizes[:blocks].copy(), members[:filled].copy()


@compiled
def _invert(start: Longs, member: Ints, fill: Longs, block: Ints) -> None:
    for b in range(len(start) - 1):
        for p in range(start[b], start[b + 1]):
            block[fill[member[p]]] = b
            fill[member[p]] += 1
