"""Compiled loops that read the words of many texts and tell which of them are looked for."""

from typing import Any

import numpy as np

from .arrays import AnyArray, Ints, Longs
from .compile_loops import compiled
from .parallel import parallel_ranges
from .token_loops import _more

_SEED = np.uint64(0x9E3779B97F4A7C15)
_AS_HEAD, _AS_TAIL = np.uint64(0xA5A5_A5A5_A5A5_A5A5), np.uint64(0x5A5A_5A5A_5A5A_5A5A)
_PART, _LONG = 4, 6
_SIEVE, _GUESS = 20, 4
_NOWHERE = np.uint64(0xFFFF_FFFF_FFFF_FFFF)


def all_hashes(points: AnyArray, start: Longs, end: Longs, salt: int) -> tuple[Ints, AnyArray]:
    """The marks of every text, one text after another: the texts' numbers and the marks.

    Text k is points[start[k]:end[k]], UTF-8. It has a mark for each word, for the head and
    for the tail of each long word, and one of its column, `salt`, for several words together.
    Capitals read as small letters.
    """
    nothing = np.zeros(0, dtype=np.uint64)
    return _scanned(points, start, end, salt, nothing, np.zeros(0, dtype=np.uint8))


def selected_hashes(
    points: AnyArray, start: Longs, end: Longs, salt: int, wanted: AnyArray
) -> tuple[Ints, Longs]:
    """Those of `all_hashes` that are among `wanted`, distinct marks in order, by their places
    there."""
    sieve = np.zeros(1 << _SIEVE, dtype=np.uint8)
    sieve[(wanted >> np.uint64(64 - _SIEVE)).astype(np.int64)] = 1
    row, place = _scanned(points, start, end, salt, wanted, sieve)
    return row, place.astype(np.int64)


def _scanned(
    points: AnyArray, start: Longs, end: Longs, salt: int, wanted: AnyArray, sieve: AnyArray
) -> tuple[Ints, AnyArray]:
    count = np.zeros(len(start), dtype=np.int64)
    parts: dict[int, AnyArray] = {}

    def loop(s: int, e: int) -> None:
        room = _GUESS * (e - s)
        while True:
            out = np.empty(room, dtype=np.uint64)
            told = _scan(
                points, start[s:e], end[s:e], np.uint64(salt), wanted, sieve, count[s:e], out
            )
            if told <= room:
                break
            room = told
        parts[s] = out[:told]

    parallel_ranges(len(start), loop)
    row = np.repeat(np.arange(len(start), dtype=np.int32), count)
    return row, np.concatenate([parts[s] for s in sorted(parts)] or [np.zeros(0, np.uint64)])


@compiled
def _told(mark: Any, wanted: AnyArray, sieve: AnyArray) -> Any:
    """The mark where all are told, else its place among the wanted; _NOWHERE if it has none."""
    if len(sieve) == 0:
        return mark
    if sieve[mark >> np.uint64(64 - _SIEVE)] == 0:
        return _NOWHERE
    low, high = 0, len(wanted)
    while low < high:
        middle = (low + high) // 2
        if wanted[middle] < mark:
            low = middle + 1
        else:
            high = middle
    return np.uint64(low) if low < len(wanted) and wanted[low] == mark else _NOWHERE


@compiled
def _put(told: Any, out: AnyArray, at: Any) -> Any:
    """Write what is told, while there is room; where the next one goes."""
    if told == _NOWHERE:
        return at
    if at < len(out):
        out[at] = told
    return at + 1


@compiled
def _tail(points: AnyArray, end: Any) -> Any:
    mark = _SEED
    for p in range(end - _PART, end):
        letter = points[p]
        mark = _more(mark, letter + 32 if 65 <= letter <= 90 else letter)
    return mark ^ _AS_TAIL


@compiled
def _scan(
    points: AnyArray,
    start: Longs,
    end: Longs,
    salt: Any,
    wanted: AnyArray,
    sieve: AnyArray,
    count: Longs,
    out: AnyArray,
) -> Any:
    """Write what is told of each text, and how much it is; how much in all, which may be more
    than there was room for."""
    at = 0
    for k in range(len(start)):
        begun = at
        value, words = salt, 0
        word, head, length = _SEED, _SEED, 0
        for p in range(start[k], end[k] + 1):
            sign = points[p] if p < end[k] else 32
            if 65 <= sign <= 90:
                sign += 32
            if 97 <= sign <= 122 or 48 <= sign <= 57 or sign >= 128:
                word = _more(word, sign)
                length += 1
                if length == _PART:
                    head = word ^ _AS_HEAD
                continue
            if length == 0:
                continue
            words += 1
            value = _more(value, word)
            at = _put(_told(word, wanted, sieve), out, at)
            if length >= _LONG:
                at = _put(_told(head, wanted, sieve), out, at)
                at = _put(_told(_tail(points, p), wanted, sieve), out, at)
            word, length = _SEED, 0
        if words > 1:
            at = _put(_told(value, wanted, sieve), out, at)
        count[k] = at - begun
    return at
