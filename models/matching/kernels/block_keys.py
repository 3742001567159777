"""Compiled loops of the blocking of large tables: halves of values, and the keys of an entity
that others share.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .arrays import AnyArray, Ints, Longs
from .block_index import LARGEST_BLOCK
from .compile_loops import compiled
from .parallel import concatenate, parallel_ranges

_JOINT, _PARTS_OF_WORDS, _WORDS = 10, 5, 16
_SHORTEST = 4
_SPANS = 16
_SPACE = 32
_SLOTS_PER_ENTITY, _SLOTS_AT_ONCE = 64, 18
_NO_KEYS = np.zeros(0, dtype=np.uint64)
_LEAST_IN_SLOT, _MOST_IN_SLOT = 2, 2 * LARGEST_BLOCK
_GUESS = 40
_NUMBER = np.uint64(0xFFFF_FFFF)
_ODD = np.uint64(0x9E3779B97F4A7C15)
_VALUES, _WHOLE = np.uint64(0), np.uint64(1 << 63)
_WORD, _TWO_WORDS = np.uint64(1 << 62), np.uint64(3 << 62)


def halves(points: AnyArray, start: Longs) -> AnyArray:
    """A number for the first and the second half of each text, spaces aside: (k, 2) uint64,
    0 for texts of less than four signs. Text k is points[start[k]:start[k + 1]]."""
    out = np.empty((len(start) - 1, 2), dtype=np.uint64)
    parallel_ranges(len(out), lambda s, e: _halves(points, start[s : e + 1], out[s:e]))
    return out


def packed_keys(atoms: Ints, count: Ints, words: tuple[Longs, Ints, Ints], bits: int) -> AnyArray:
    """Every key of every entity that others share, as sorted numbers: a hash of the key
    above the lowest `bits`, the entity in them.

    `atoms` (u, 3c) are the numbers of an entity's c values, then of their first halves, then
    of their second halves, -1 where missing; `count` says how many entities have an atom.
    `words` are the words of an entity: where they start, which they are, and their counts.
    """
    size = len(atoms)
    edges = np.linspace(0, size, _SPANS + 1).astype(np.int64).tolist()
    slot_bits = _slot_bits(size)
    ranges = 1 << max(slot_bits - _SLOTS_AT_ONCE, 0)
    found: list[tuple[AnyArray, Longs]] = [(_NO_KEYS, np.zeros(ranges + 1, np.int64))] * _SPANS

    def emit(s: int, e: int) -> None:
        for k in range(s, e):
            keys = keys_of(atoms, count, words, (edges[k], edges[k + 1]), bits)
            found[k] = _by_range(keys, ranges)

    parallel_ranges(_SPANS, emit, least=1)
    parts: list[AnyArray] = [_NO_KEYS] * ranges

    def share(s: int, e: int) -> None:
        for k in range(s, e):
            here = [keys[start[k] : start[k + 1]] for keys, start in found]
            parts[k] = _shared_in_range(here, slot_bits)

    parallel_ranges(ranges, share, least=1)
    found.clear()
    return concatenate(parts)


def _by_range(keys: AnyArray, ranges: int) -> tuple[AnyArray, Longs]:
    """The keys by which of so many ranges, a power of two, they lie in; where each starts."""
    shift = np.uint64(64 - ranges.bit_length() + 1)
    start = np.zeros(ranges + 1, dtype=np.int64)
    if ranges == 1:
        start[1] = len(keys)
        return keys, start
    _count_ranges(keys, shift, start[1:])
    np.cumsum(start, out=start)
    buffer = np.empty_like(keys)
    _lay_ranges(keys, shift, start[:-1].copy(), buffer)
    return buffer, start


def _shared_in_range(found: Sequence[AnyArray], slot_bits: int) -> AnyArray:
    """Of the keys of one range those that others share, sorted."""
    slots = np.zeros(1 << min(slot_bits, _SLOTS_AT_ONCE), dtype=np.uint8)
    shift = np.uint64(64 - slot_bits)
    for keys in found:
        _count(keys, shift, slots)
    fill = np.empty(len(slots), dtype=np.uint32)
    kept = np.empty(_open_slots(slots, fill), dtype=np.uint64)
    for keys in found:
        _keep(keys, shift, slots, fill, kept)
    _sort_slots(slots, kept)
    return kept


def keys_of(
    atoms: Ints, count: Ints, words: tuple[Longs, Ints, Ints], span: tuple[int, int], bits: int
) -> AnyArray:
    """Every key of the entities from span[0] to span[1], shared or not, as `packed_keys` packs
    them, in no order. `atoms` and where `words` start are of all entities."""
    return _emit(atoms, count, *words, *span, bits)


def shared_keys(keys: AnyArray, size: int) -> AnyArray:
    """Of the keys of a table of `size` entities, or of all of them whose hashes lie in one
    range, those that `packed_keys` keeps, sorted."""
    if not len(keys):
        return keys
    slot = keys >> np.uint64(64 - _slot_bits(size))
    slot = (slot - slot.min()).astype(np.int64)
    here = np.bincount(slot)[slot]
    return np.sort(keys[(here >= _LEAST_IN_SLOT) & (here <= _MOST_IN_SLOT)])


def _slot_bits(size: int) -> int:
    return (_SLOTS_PER_ENTITY * max(size, 1)).bit_length()


@compiled
def _mixed(x: Any) -> Any:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@compiled
def _halves(points: AnyArray, start: Longs, out: AnyArray) -> None:
    for k in range(len(out)):
        length = 0
        for p in range(start[k], start[k + 1]):
            length += points[p] != _SPACE
        out[k, 0] = out[k, 1] = np.uint64(0)
        if length < _SHORTEST:
            continue
        one = two = _ODD
        at = 0
        for p in range(start[k], start[k + 1]):
            if points[p] == _SPACE:
                continue
            if at < (length + 1) // 2:
                one = _mixed(one ^ np.uint64(points[p]))
            if at >= length // 2:
                two = _mixed(two ^ np.uint64(points[p]))
            at += 1
        out[k, 0], out[k, 1] = one | np.uint64(1), two | np.uint64(1)


@compiled
def _insert(number: int, count: Any, found: int, held: AnyArray, marks: Longs, mark: int) -> int:
    """Put a number among the rarest so far, `held` with its count above it, rarest first; returns
    how many there are."""
    own = np.uint64(count) << np.uint64(32) | np.uint64(number)
    place = found
    if found == len(held):
        if own >= held[found - 1]:
            return found
        place = found - 1
    else:
        found += 1
    while place > 0 and held[place - 1] > own:
        held[place], marks[place] = held[place - 1], marks[place - 1]
        place -= 1
    held[place], marks[place] = own, mark
    return found


@compiled
def _keys(
    e: int, atoms: Ints, count: Ints, first: Longs, words: Ints, word_count: Ints, scratch: Any
) -> int:
    """Write the hashes of an entity's keys: its rare values, halves and words; each two
    frequent values, or a value and a half, of different columns; each two frequent words."""
    keys, numbers, marks, column_of, rare, unused = scratch
    columns = atoms.shape[1] // 3
    n = held = 0
    for s in range(atoms.shape[1]):
        a = atoms[e, s]
        if a < 0:
            continue
        here = count[a]
        if here < 2:
            continue
        if here <= LARGEST_BLOCK:
            keys[n] = _mixed(np.uint64(a) | _WHOLE)
            n += 1
        else:
            held = _insert(a, here, held, numbers, marks, s)
    for x in range(held):
        column_of[x] = marks[x] % columns
    for x in range(held):
        one, whole, column = numbers[x] & _NUMBER, marks[x] < columns, column_of[x]
        for y in range(x + 1, held):
            keys[n] = _joint(one, numbers[y] & _NUMBER, _VALUES)
            n += (column != column_of[y]) & (whole | (marks[y] < columns))
    alone = paired = 0
    frequent = numbers[:_PARTS_OF_WORDS]
    for p in range(first[e], first[e + 1]):
        w = words[p]
        here = word_count[w]
        if here > LARGEST_BLOCK:
            paired = _insert(w, here, paired, frequent, marks, 0)
        elif here >= 2:
            alone = _insert(w, here, alone, rare, unused, 0)
    for x in range(alone):
        keys[n] = _mixed((rare[x] & _NUMBER) | _WORD)
        n += 1
    for x in range(paired):
        for y in range(x + 1, paired):
            keys[n] = _joint(frequent[x] & _NUMBER, frequent[y] & _NUMBER, _TWO_WORDS)
            n += 1
    return n


@compiled
def _joint(one: Any, other: Any, kind: Any) -> Any:
    """The hash of two numbers of a kind together, whichever comes first."""
    return _mixed(min(one, other) << np.uint64(31) | max(one, other) | kind)


@compiled
def _scratch(atoms: Ints) -> Any:
    most = atoms.shape[1] + _JOINT * _JOINT + _WORDS + _PARTS_OF_WORDS * _PARTS_OF_WORDS
    return (
        np.empty(most, dtype=np.uint64),
        np.empty(_JOINT, dtype=np.uint64),
        np.empty(_JOINT, dtype=np.int64),
        np.empty(_JOINT, dtype=np.int64),
        np.empty(_WORDS, dtype=np.uint64),
        np.empty(_WORDS, dtype=np.int64),
    )


@compiled
def _count_ranges(keys: AnyArray, shift: Any, count: Longs) -> None:
    for k in range(len(keys)):
        count[keys[k] >> shift] += 1


@compiled
def _lay_ranges(keys: AnyArray, shift: Any, fill: Longs, buffer: AnyArray) -> None:
    for k in range(len(keys)):
        place = keys[k] >> shift
        buffer[np.uint64(fill[place])] = keys[k]
        fill[place] += 1


@compiled
def _count(keys: AnyArray, shift: Any, slots: AnyArray) -> None:
    """Count the keys that fall into each slot of their range, up to 255."""
    within = np.uint64(len(slots) - 1)
    for k in range(len(keys)):
        slot = keys[k] >> shift & within
        slots[slot] += np.uint8(slots[slot] < 255)


@compiled
def _open_slots(slots: AnyArray, fill: AnyArray) -> Any:
    """Close the slots of those that are alone, or far too many; where the keys of each other one
    go, and how many there are."""
    total = np.uint32(0)
    for s in range(len(slots)):
        fill[s] = total
        if _LEAST_IN_SLOT <= slots[s] <= _MOST_IN_SLOT:
            total += np.uint32(slots[s])
        else:
            slots[s] = 0
    return total


@compiled
def _keep(keys: AnyArray, shift: Any, slots: AnyArray, fill: AnyArray, kept: AnyArray) -> None:
    """Write the keys of open slots where they go."""
    within = np.uint64(len(slots) - 1)
    for k in range(len(keys)):
        slot = keys[k] >> shift & within
        if slots[slot] > 0:
            kept[fill[slot]] = keys[k]
            fill[slot] += np.uint32(1)


@compiled
def _sort_slots(slots: AnyArray, kept: AnyArray) -> None:
    """Sort the keys of each slot; there are few."""
    at = 0
    for s in range(len(slots)):
        for k in range(at + 1, at + slots[s]):
            key = kept[k]
            place = k
            while place > at and kept[place - 1] > key:
                kept[place] = kept[place - 1]
                place -= 1
            kept[place] = key
        at += slots[s]


@compiled
def _emit(
    atoms: Ints,
    count: Ints,
    first: Longs,
    words: Ints,
    word_count: Ints,
    start: int,
    end: int,
    bits: int,
) -> AnyArray:
    """The keys of entities start to end."""
    scratch = _scratch(atoms)
    below = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    out = np.empty(max(_GUESS * (end - start), 1024), dtype=np.uint64)
    total = 0
    for e in range(start, end):
        n = _keys(e, atoms, count, first, words, word_count, scratch)
        if total + n > len(out):
            out = np.concatenate((out, np.empty(max(len(out) // 4, n), dtype=np.uint64)))
        for k in range(n):
            out[total + k] = (scratch[0][k] & ~below) | np.uint64(e)
        total += n
    return out[:total]
