"""Compiled loops of the blocking of large tables: halves of values, the keys of an entity,
and blocks of entities that share a key.
"""

from typing import Any

import numpy as np

from .arrays import AnyArray, Ints, Longs
from .compiled import compiled, spread

LARGEST_BLOCK = 30
_JOINT, _PARTS_OF_WORDS, _WORDS = 16, 5, 16
_SHORTEST = 4
_SPANS = 16
_SPACE = 32
_SLOTS_PER_ENTITY = 64
_LEAST_IN_SLOT, _MOST_IN_SLOT = 2, 2 * LARGEST_BLOCK
_GUESS = 40
_ODD = np.uint64(0x9E3779B97F4A7C15)
_WHOLE, _WORD, _TWO_WORDS = np.uint64(1 << 63), np.uint64(1 << 62), np.uint64(3 << 62)


def halves(points: AnyArray, start: Longs) -> AnyArray:
    """A number for the first and the second half of each text, spaces aside: (k, 2) uint64,
    0 for texts of less than four signs. Text k is points[start[k]:start[k + 1]]."""
    out = np.empty((len(start) - 1, 2), dtype=np.uint64)
    spread(len(out), lambda s, e: _halves(points, start[s : e + 1], out[s:e]))
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
    found: list[AnyArray] = [np.zeros(0, dtype=np.uint64)] * _SPANS

    def emit(s: int, e: int) -> None:
        for k in range(s, e):
            found[k] = keys_of(atoms, count, words, (edges[k], edges[k + 1]), bits)

    spread(_SPANS, emit, least=1)
    slots = np.zeros((2, 1 << _slot_bits(size)), dtype=np.uint8)
    shift = np.uint64(64 - _slot_bits(size))

    def count_half(s: int, e: int) -> None:
        for half in range(s, e):
            for keys in found[half::2]:
                _count(keys, shift, slots[half])

    spread(2, count_half, least=1)
    shared = slots[0]
    spread(len(shared), lambda s, e: _add(shared[s:e], slots[1, s:e]), least=1 << 20)

    def keep(s: int, e: int) -> None:
        for k in range(s, e):
            found[k] = found[k][: _kept(found[k], shift, shared)]

    spread(_SPANS, keep, least=1)
    high = [keys >> np.uint64(63) == 1 for keys in found]
    parts = [
        np.concatenate([keys[~up] for keys, up in zip(found, high, strict=True)]),
        np.concatenate([keys[up] for keys, up in zip(found, high, strict=True)]),
    ]
    found.clear()

    def sort(s: int, e: int) -> None:
        for part in parts[s:e]:
            part.sort()

    spread(2, sort, least=1)
    return np.concatenate(parts)


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


def form_blocks(keys: AnyArray, bits: int, size: int) -> tuple[Longs, Ints, Longs, Ints]:
    """The blocks of 2 to LARGEST_BLOCK entities: where each starts, its members; and for
    each entity where its blocks start, and which they are."""
    return by_entity(*blocks_of(keys, bits), size)


def blocks_of(keys: AnyArray, bits: int) -> tuple[Longs, Ints]:
    """The blocks of 2 to LARGEST_BLOCK entities: where each starts, and its members."""
    start = np.empty(len(keys) // 2 + 2, dtype=np.int64)
    member = np.empty(len(keys), dtype=np.int32)
    blocks = _blocks(keys, np.uint64(bits), start, member)
    start = start[: blocks + 1].copy()
    return start, member[: start[-1]]


def by_entity(start: Longs, member: Ints, size: int) -> tuple[Longs, Ints, Longs, Ints]:
    """Blocks as `form_blocks` gives them."""
    first = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(member, minlength=size), out=first[1:])
    block = np.empty(len(member), dtype=np.int32)
    _invert(start, member, first[:-1].copy(), block)
    return start, member, first, block


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
def _insert(number: int, count: Any, found: int, numbers: Longs, marks: Longs, mark: int) -> int:
    """Put a number among the rarest so far, rarest first; returns how many there are."""
    place = found
    if found == len(numbers):
        last = numbers[found - 1]
        if count[number] > count[last] or (count[number] == count[last] and number >= last):
            return found
        place = found - 1
    else:
        found += 1
    while place > 0:
        other = numbers[place - 1]
        if count[other] < count[number] or (count[other] == count[number] and other < number):
            break
        numbers[place], marks[place] = other, marks[place - 1]
        place -= 1
    numbers[place], marks[place] = number, mark
    return found


@compiled
def _keys(
    e: int, atoms: Ints, count: Ints, first: Longs, words: Ints, word_count: Ints, scratch: Any
) -> int:
    """Write the hashes of an entity's keys: its rare values, halves and words; each two
    frequent values, or a value and a half, of different columns; each two frequent words."""
    keys, numbers, marks, rare, unused = scratch
    columns = atoms.shape[1] // 3
    n = held = 0
    for s in range(atoms.shape[1]):
        a = atoms[e, s]
        if a < 0 or count[a] < 2:
            continue
        if count[a] <= LARGEST_BLOCK:
            keys[n] = _mixed(np.uint64(a) | _WHOLE)
            n += 1
        else:
            held = _insert(a, count, held, numbers, marks, s)
    for x in range(held):
        for y in range(x + 1, held):
            apart = marks[x] % columns != marks[y] % columns
            if apart and (marks[x] < columns or marks[y] < columns):
                low, high = min(numbers[x], numbers[y]), max(numbers[x], numbers[y])
                keys[n] = _mixed(np.uint64(low) << np.uint64(31) | np.uint64(high))
                n += 1
    alone = paired = 0
    frequent = numbers[:_PARTS_OF_WORDS]
    for p in range(first[e], first[e + 1]):
        w = words[p]
        if word_count[w] > LARGEST_BLOCK:
            paired = _insert(w, word_count, paired, frequent, marks, 0)
        elif word_count[w] >= 2:
            alone = _insert(w, word_count, alone, rare, unused, 0)
    for x in range(alone):
        keys[n] = _mixed(np.uint64(rare[x]) | _WORD)
        n += 1
    for x in range(paired):
        for y in range(x + 1, paired):
            low, high = min(frequent[x], frequent[y]), max(frequent[x], frequent[y])
            keys[n] = _mixed(np.uint64(low) << np.uint64(31) | np.uint64(high) | _TWO_WORDS)
            n += 1
    return n


@compiled
def _scratch(atoms: Ints) -> Any:
    most = atoms.shape[1] + _JOINT * _JOINT + _WORDS + _PARTS_OF_WORDS * _PARTS_OF_WORDS
    return (
        np.empty(most, dtype=np.uint64),
        np.empty(_JOINT, dtype=np.int64),
        np.empty(_JOINT, dtype=np.int64),
        np.empty(_WORDS, dtype=np.int64),
        np.empty(_WORDS, dtype=np.int64),
    )


@compiled
def _count(keys: AnyArray, shift: Any, slots: AnyArray) -> None:
    """Count the keys that fall into each slot, up to 255."""
    for k in range(len(keys)):
        slot = keys[k] >> shift
        if slots[slot] < 255:
            slots[slot] += np.uint8(1)


@compiled
def _kept(keys: AnyArray, shift: Any, slots: AnyArray) -> int:
    """Close up the keys whose slot holds others too, but not far too many; how many they are."""
    kept = 0
    for k in range(len(keys)):
        here = slots[keys[k] >> shift]
        keys[kept] = keys[k]
        kept += 1 if _LEAST_IN_SLOT <= here <= _MOST_IN_SLOT else 0
    return kept


@compiled
def _add(one: AnyArray, other: AnyArray) -> None:
    for k in range(len(one)):
        one[k] = min(int(one[k]) + int(other[k]), 255)


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


@compiled
def _blocks(keys: AnyArray, bits: Any, start: Longs, member: Ints) -> int:
    below = (np.uint64(1) << bits) - np.uint64(1)
    blocks = members = at = 0
    start[0] = 0
    while at < len(keys):
        end = at + 1
        while end < len(keys) and keys[end] >> bits == keys[at] >> bits:
            end += 1
        if 2 <= end - at <= LARGEST_BLOCK:
            for k in range(at, end):
                member[members] = np.int32(keys[k] & below)
                members += 1
            blocks += 1
            start[blocks] = members
        at = end
    return blocks


@compiled
def _invert(start: Longs, member: Ints, fill: Longs, block: Ints) -> None:
    for b in range(len(start) - 1):
        for p in range(start[b], start[b + 1]):
            block[fill[member[p]]] = b
            fill[member[p]] += 1
