"""Compiled loops that take the texts of large tables apart: words, code-like words and
character trigrams of values. A word is known here by a number of 64 bits made from its signs.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from .arrays import AnyArray, Ints, Longs
from .compile_loops import compiled
from .parallel import parallel_ranges
from .text_buffer import to_buffer

_SPACE = 32
_LEAST_SIGNS = 3
_ALNUM, _DIGIT, _DASH = 1, 2, 4
_MOST_GRAMS = 1 << 22
_SHORT = 64
_SEED = np.uint64(0x9E3779B97F4A7C15)


def code_points(texts: Sequence[str]) -> tuple[AnyArray, Longs]:
    """The code points of all texts end to end, uint32, and where each starts: (k + 1,)."""
    points, start = to_buffer(texts)
    return points.astype(np.uint32, copy=False), start


def word_tokens(texts: Sequence[str]) -> tuple[Longs, AnyArray, Longs]:
    """How many words each text has, each word's number, and where it starts in all texts."""
    points, start = code_points(texts)
    count = np.zeros(len(texts), dtype=np.int64)
    parallel_ranges(len(texts), lambda s, e: _count_words(points, start[s : e + 1], count[s:e]))
    first = np.append(0, np.cumsum(count))
    marks = np.empty(int(first[-1]), dtype=np.uint64)
    place = np.empty(int(first[-1]), dtype=np.int64)
    parallel_ranges(
        len(texts), lambda s, e: _mark_words(points, start[s : e + 1], first[s:e], marks, place)
    )
    return count, marks, place


def code_tokens(texts: Sequence[str]) -> tuple[Longs, AnyArray]:
    """How many code-like words each text has, as `parts.code_words` finds them but perhaps
    some twice, and each one's number."""
    points, start = code_points(texts)
    characters = distinct_code_points(points)
    kinds = np.zeros(int(characters.max(initial=0)) + 1, dtype=np.uint8)
    kinds[characters] = [_kind(chr(p)) for p in characters.tolist()]
    kind = kinds[points]
    count = np.zeros(len(texts), dtype=np.int64)
    nothing = np.zeros(0, dtype=np.uint64)
    nowhere = np.zeros(0, dtype=np.int64)
    parallel_ranges(
        len(texts),
        lambda s, e: _codes(points, kind, start[s : e + 1], nowhere, nothing, count[s:e]),
    )
    first = np.append(0, np.cumsum(count))
    marks = np.empty(int(first[-1]), dtype=np.uint64)
    parallel_ranges(
        len(texts),
        lambda s, e: _codes(points, kind, start[s : e + 1], first[s:e], marks, count[s:e]),
    )
    return count, marks


def distinct_code_points(points: AnyArray) -> Longs:
    """The code points that occur, in order."""
    occurs = np.zeros(int(points.max(initial=0)) + 1, dtype=np.bool_)
    occurs[points] = True
    return np.flatnonzero(occurs) if len(points) else np.zeros(0, dtype=np.int64)


def _kind(sign: str) -> int:
    if sign.isalnum():
        return _ALNUM | (_DIGIT if sign.isdecimal() else 0)
    return _DASH if sign in "-./" else 0


def trigram_tokens(
    columns: Sequence[Sequence[str]], shared: Sequence[bool]
) -> list[sparse.csr_matrix] | None:
    """The character trigrams of the bare texts of each column: matrices (texts, trigrams) of
    ones. Columns that are `shared` number their trigrams alike. None for too many signs."""
    texts = [code_points(column) for column in columns]
    characters = np.unique(np.concatenate([[_SPACE], *(distinct_code_points(p) for p, _ in texts)]))
    if len(characters) ** 3 * max(len(columns), 1) > _MOST_GRAMS:
        return None
    number = np.zeros(int(characters[-1]) + 1, dtype=np.int32)
    number[characters] = np.arange(len(characters))
    span = len(characters) ** 3
    own = np.cumsum([0, *(not s for s in shared)])
    total = span * (int(own[-1]) + 1)
    found = []
    for (points, start), alone, before in zip(texts, shared, own[:-1].tolist(), strict=True):
        offset = 0 if alone else span * (before + 1)
        bounds = (len(characters), int(number[_SPACE]), offset)
        found.append(_trigram_matrix(number[points], start, bounds, total))
    return found


def _trigram_matrix(
    characters: Ints, start: Longs, bounds: tuple[int, int, int], total: int
) -> sparse.csr_matrix:
    parts = np.empty(len(characters), dtype=np.int32)
    count = np.zeros(len(start), dtype=np.int64)
    parallel_ranges(
        len(start) - 1,
        lambda s, e: _trigrams(characters, start[s : e + 1], *bounds, parts, count[s + 1 : e + 1]),
    )
    end = np.cumsum(count)
    kept = np.empty(int(end[-1]), dtype=np.int32)
    parallel_ranges(
        len(start) - 1,
        lambda s, e: close_up(parts, start[s : e + 1], end[s : e + 1], kept),
    )
    ones = np.ones(len(kept), dtype=np.float32)
    return sparse.csr_matrix((ones, kept, end), shape=(len(start) - 1, total))


@compiled
def _more(mark: Any, point: Any) -> Any:
    mark = (mark ^ np.uint64(point)) * np.uint64(0xFF51AFD7ED558CCD)
    return mark ^ (mark >> np.uint64(32))


@compiled
def _count_words(points: AnyArray, start: Longs, count: Longs) -> None:
    for k in range(len(count)):
        inside = False
        for p in range(start[k], start[k + 1]):
            space = points[p] == _SPACE
            if not space and not inside:
                count[k] += 1
            inside = not space


@compiled
def _mark_words(
    points: AnyArray, start: Longs, first: Longs, marks: AnyArray, place: Longs
) -> None:
    for k in range(len(first)):
        at = first[k] - 1
        inside = False
        for p in range(start[k], start[k + 1]):
            if points[p] == _SPACE:
                inside = False
                continue
            if not inside:
                at += 1
                marks[at] = _SEED
                place[at] = p
                inside = True
            marks[at] = _more(marks[at], points[p])


@compiled
def _codes(
    points: AnyArray, kind: AnyArray, start: Longs, first: Longs, marks: AnyArray, count: Longs
) -> None:
    """Count the codes of each text, or write their marks from `first` on where that is given."""
    for k in range(len(count)):
        n = 0
        p, end = start[k], start[k + 1]
        while p < end:
            if not kind[p] & _ALNUM:
                p += 1
                continue
            whole, piece = _SEED, _SEED
            characters = length = 0
            digit = digits = False
            pieces = 1
            while p < end:
                dash = kind[p] & _DASH and p + 1 < end and kind[p + 1] & _ALNUM
                if kind[p] & _ALNUM:
                    whole, piece = _more(whole, points[p]), _more(piece, points[p])
                    characters += 1
                    length += 1
                    if kind[p] & _DIGIT:
                        digit = digits = True
                elif not dash:
                    break
                if dash:
                    if digit and length >= _LEAST_SIGNS:
                        if len(marks):
                            marks[first[k] + n] = piece
                        n += 1
                    piece, length, digit = _SEED, 0, False
                    pieces += 1
                p += 1
            if digit and length >= _LEAST_SIGNS:
                if len(marks):
                    marks[first[k] + n] = piece
                n += 1
            if pieces > 1 and digits and characters >= _LEAST_SIGNS:
                if len(marks):
                    marks[first[k] + n] = whole
                n += 1
        count[k] = n


@compiled
def _trigrams(
    characters: Ints, start: Longs, base: int, space: int, offset: int, parts: Ints, count: Longs
) -> None:
    """Write each text's trigrams, sorted and each once, from its start on; count them."""
    for k in range(len(count)):
        n = 0
        first, end = start[k], start[k + 1]
        for p in range(first, end):
            if characters[p] == space:
                continue
            before = characters[p - 1] if p > first else space
            after = characters[p + 1] if p + 1 < end else space
            parts[first + n] = offset + (before * base + characters[p]) * base + after
            n += 1
        count[k] = sort_distinct(parts[first : first + n])


@compiled
def sort_distinct(parts: Ints) -> int:
    """Sort the parts and close them up, each once; how many there are."""
    if len(parts) > _SHORT:
        parts.sort()
    else:
        for k in range(1, len(parts)):
            part = parts[k]
            place = k
            while place > 0 and parts[place - 1] > part:
                parts[place] = parts[place - 1]
                place -= 1
            parts[place] = part
    n = 0
    for k in range(len(parts)):
        if n == 0 or parts[n - 1] != parts[k]:
            parts[n] = parts[k]
            n += 1
    return n


@compiled
def close_up(parts: Ints, start: Longs, end: Longs, kept: Ints) -> None:
    for k in range(len(start) - 1):
        for p in range(end[k + 1] - end[k]):
            kept[end[k] + p] = parts[start[k] + p]
