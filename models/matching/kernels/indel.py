"""Many pairs of short texts in compiled loops: the numbers of rapidfuzz's indel measure, without
a Python call for each pair, and what the other measures are made of.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .arrays import AnyArray, Doubles, Ints, Longs
from .compile_loops import compiled
from .parallel import parallel_ranges
from .text_buffer import to_buffer

MAX_CHARACTERS = 255
WORDS = 8
AHEAD = 64
LONGEST = 64 * WORDS

Ends = tuple[Ints, Ints]


@dataclass(frozen=True, slots=True, eq=False)
class PackedTexts:
    """Texts end to end, a byte for each sign: text k is signs[start[k]:start[k + 1]]."""

    characters: np.ndarray
    start: Longs


def pack_texts(texts: Sequence[str]) -> PackedTexts | None:
    """The texts packed, or None if they use too many different signs or are too long."""
    points, start = to_buffer(texts)
    if len(texts) and int(np.diff(start).max()) > LONGEST:
        return None
    if points.dtype == np.uint8:
        return PackedTexts(points, start)
    distinct, characters = np.unique(points, return_inverse=True)
    if len(distinct) > MAX_CHARACTERS:
        return None
    return PackedTexts(characters.astype(np.uint8), start)


def indel(texts: PackedTexts, a: Ints, b: Ints) -> Doubles:
    """rapidfuzz's Indel.normalized_similarity of texts a and b: (m,), 0 to 1."""
    out = np.empty(len(a))
    parallel_ranges(
        len(a), lambda s, e: _indel(texts.characters, texts.start, a[s:e], b[s:e], out[s:e])
    )
    return out


def add_evidence(
    texts: PackedTexts | None,
    codes: Ints,
    value_idf: Doubles,
    mean_idf: float,
    ends: Ends,
    total: Doubles,
) -> None:
    """Add to `total` (m,) what one column says of the pairs `ends`: the worth of the value
    that both have, or else `mean_idf` times +1 to -0.5 as their texts are alike or not. `codes`
    (u,) are the entities' texts, -1 where missing, which says nothing."""
    a, b = ends
    characters, start = (None, None) if texts is None else (texts.characters, texts.start)
    plain = np.zeros(0, dtype=np.uint8) if characters is None else characters
    bounds = np.zeros(0, dtype=np.int64) if start is None else start
    parallel_ranges(
        len(a),
        lambda s, e: _evidence(
            plain, bounds, codes, value_idf, mean_idf, a[s:e], b[s:e], total[s:e]
        ),
    )


@compiled
def _ones(word: Any) -> Any:
    """The bits set in a 64-bit word."""
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + (
        (word >> np.uint64(2)) & np.uint64(0x3333333333333333)
    )
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)


@compiled
def _lay(x: AnyArray, table: AnyArray) -> None:
    """Write into `table` (256, words), all zero before, where each sign stands in x."""
    for k in range(len(x)):
        table[x[k], k // 64] |= np.uint64(1) << np.uint64(k % 64)


@compiled
def _lift(x: AnyArray, table: AnyArray) -> None:
    """Make the table all zero again."""
    for k in range(len(x)):
        table[x[k], k // 64] = 0


@compiled
def _common_laid(length: int, y: AnyArray, table: AnyArray, state: AnyArray) -> Any:
    """The length of the longest common subsequence of y and the text that `table` lays out, of
    that length, bit-parallel (Hyyro 2004); `state` (words,) is scratch."""
    one = np.uint64(1)
    if length <= 64:
        row = ~np.uint64(0)
        for k in range(len(y)):
            hit = row & table[y[k], 0]
            row = (row + hit) | (row - hit)
        kept = ~row
        if length < 64:
            kept &= (one << np.uint64(length)) - one
        return np.int64(_ones(kept))
    words = (length + 63) // 64
    for w in range(words):
        state[w] = ~np.uint64(0)
    for k in range(len(y)):
        carry = np.uint64(0)
        for w in range(words):
            row = state[w]
            hit = row & table[y[k], w]
            total = row + hit
            over = np.uint64(1) if total < row else np.uint64(0)
            total += carry
            if total < carry:
                over = np.uint64(1)
            carry = over
            state[w] = total | (row - hit)
    found = np.int64(0)
    for w in range(words):
        kept = ~state[w]
        if w == words - 1 and length % 64:
            kept &= (one << np.uint64(length % 64)) - one
        found += np.int64(_ones(kept))
    return found


@compiled
def common(x: AnyArray, y: AnyArray, table: AnyArray, state: AnyArray) -> Any:
    """The length of the longest common subsequence of x and y. `table` is all zero before and
    after."""
    _lay(x, table)
    found = _common_laid(len(x), y, table, state)
    _lift(x, table)
    return found


@compiled
def fetch(
    characters: AnyArray, start: Longs, texts: Ints, begin: Longs, end: Longs, touched: AnyArray
) -> None:
    """Where each of a few texts begins and ends. What is far away in memory is fetched for all of
    them at once, which takes hardly longer than for one."""
    for k in range(len(texts)):
        at = max(texts[k], 0)
        begin[k], end[k] = start[at], start[at + 1]
    for k in range(len(texts)):
        touched[k] = characters[min(begin[k], len(characters) - 1)] if len(characters) else 0


@compiled
def _indel(characters: AnyArray, start: Longs, a: Ints, b: Ints, out: AnyArray) -> None:
    table = np.zeros((256, WORDS), dtype=np.uint64)
    state = np.zeros(WORDS, dtype=np.uint64)
    begin, end = np.empty(AHEAD, dtype=np.int64), np.empty(AHEAD, dtype=np.int64)
    touched = np.empty(AHEAD, dtype=np.uint8)
    x, held = characters[:0], -1
    for lead in range(0, len(a), AHEAD):
        last = min(lead + AHEAD, len(a))
        fetch(characters, start, a[lead:last], begin, end, touched)
        fetch(characters, start, b[lead:last], begin, end, touched)
        for k in range(lead, last):
            if a[k] == b[k]:
                out[k] = 1
                continue
            if a[k] != held:
                _lift(x, table)
                x, held = characters[start[a[k]] : start[a[k] + 1]], a[k]
                _lay(x, table)
            y = characters[begin[k - lead] : end[k - lead]]
            total = len(x) + len(y)
            if total == 0:
                out[k] = 1
            else:
                out[k] = 1 - (total - 2 * _common_laid(len(x), y, table, state)) / total


@compiled
def _evidence(
    characters: AnyArray,
    start: Longs,
    codes: Ints,
    value_idf: Doubles,
    mean_idf: float,
    a: Ints,
    b: Ints,
    total: Doubles,
) -> None:
    table = np.zeros((256, WORDS), dtype=np.uint64)
    state = np.zeros(WORDS, dtype=np.uint64)
    others = np.empty(AHEAD, dtype=np.int32)
    begin, end = np.empty(AHEAD, dtype=np.int64), np.empty(AHEAD, dtype=np.int64)
    touched = np.empty(AHEAD, dtype=np.uint8)
    x, held = characters[:0], -1
    for lead in range(0, len(a), AHEAD):
        ahead = min(AHEAD, len(a) - lead)
        for k in range(ahead):
            others[k] = codes[b[lead + k]]
        if len(start):
            fetch(characters, start, others[:ahead], begin, end, touched)
        for k in range(ahead):
            p, q = codes[a[lead + k]], others[k]
            if p < 0 or q < 0:
                continue
            if p == q:
                total[lead + k] += value_idf[p]
                continue
            alike = 0.0
            if len(start):
                if p != held:
                    _lift(x, table)
                    x, held = characters[start[p] : start[p + 1]], p
                    _lay(x, table)
                y = characters[begin[k] : end[k]]
                alike = 2 * _common_laid(len(x), y, table, state) / max(len(x) + len(y), 1)
            total[lead + k] += mean_idf * max(-0.5, (alike - 0.7) / 0.3)
