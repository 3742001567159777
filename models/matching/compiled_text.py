"""Similarities of many pairs of short texts in compiled loops: the numbers of rapidfuzz's
indel, Jaro-Winkler and token-set measures, without a Python call for each pair.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .arrays import AnyArray, Doubles, Floats, Ints, Longs
from .compiled import compiled, spread
from .large_bags import vocabulary

MOST_SIGNS = 255
_WORDS = 8
_AHEAD = 64
LONGEST = 64 * _WORDS

Ends = tuple[Ints, Ints]


@dataclass(frozen=True, slots=True, eq=False)
class Packed:
    """Texts end to end, a byte for each sign: text k is signs[start[k]:start[k + 1]]."""

    signs: np.ndarray
    start: Longs


def pack(texts: Sequence[str]) -> Packed | None:
    """The texts packed, or None if they use too many different signs or are too long."""
    start = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)), out=start[1:])
    if len(texts) and int(np.diff(start).max()) > LONGEST:
        return None
    joined = "".join(texts)
    if joined.isascii():
        return Packed(np.frombuffer(joined.encode(), dtype=np.uint8), start)
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    distinct, signs = np.unique(points, return_inverse=True)
    if len(distinct) > MOST_SIGNS:
        return None
    return Packed(signs.astype(np.uint8), start)


def indel(texts: Packed, a: Ints, b: Ints) -> Doubles:
    """rapidfuzz's Indel.normalized_similarity of texts a and b: (m,), 0 to 1."""
    out = np.empty(len(a))
    spread(len(a), lambda s, e: _indel(texts.signs, texts.start, a[s:e], b[s:e], out[s:e]))
    return out


def winkler(texts: Packed, a: Ints, b: Ints) -> Floats:
    """rapidfuzz's JaroWinkler.similarity of texts a and b: (m,), 0 to 1."""
    out = np.empty(len(a), dtype=np.float32)
    spread(len(a), lambda s, e: _winkler(texts.signs, texts.start, a[s:e], b[s:e], out[s:e]))
    return out


def add_evidence(
    texts: Packed | None, codes: Ints, worth: Doubles, tell: float, ends: Ends, total: Doubles
) -> None:
    """Add to `total` (m,) what one column says of the pairs `ends`: the worth of the value
    that both have, or else `tell` times +1 to -0.5 as their texts are alike or not. `codes`
    (u,) are the entities' texts, -1 where missing, which says nothing."""
    a, b = ends
    signs, start = (None, None) if texts is None else (texts.signs, texts.start)
    plain = np.zeros(0, dtype=np.uint8) if signs is None else signs
    bounds = np.zeros(0, dtype=np.int64) if start is None else start
    spread(
        len(a),
        lambda s, e: _evidence(plain, bounds, codes, worth, tell, a[s:e], b[s:e], total[s:e]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Worded:
    """Texts as sets of words: text k has the words ids[start[k]:start[k + 1]], sorted, of
    the packed vocabulary `words`, which is sorted too."""

    words: Packed
    ids: Ints
    start: Longs


def pack_words(texts: Sequence[str]) -> Worded | None:
    """The texts' words, or None if they cannot be packed."""
    if any(len(t) > LONGEST for t in texts):
        return None
    words, ids, start = vocabulary(texts)
    packed = pack(words)
    return None if packed is None else Worded(packed, ids, start)


def token_set(texts: Worded, a: Ints, b: Ints) -> Floats:
    """rapidfuzz's token_set_ratio of texts a and b: (m,), 0 to 100."""
    out = np.empty(len(a), dtype=np.float32)
    words = texts.words

    def loop(s: int, e: int) -> None:
        _token_set(words.signs, words.start, texts.ids, texts.start, a[s:e], b[s:e], out[s:e])

    spread(len(a), loop)
    return out


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
def _common(x: AnyArray, y: AnyArray, table: AnyArray, state: AnyArray) -> Any:
    """The length of the longest common subsequence of x and y. `table` is all zero before and
    after."""
    _lay(x, table)
    found = _common_laid(len(x), y, table, state)
    _lift(x, table)
    return found


@compiled
def _reach(
    signs: AnyArray, start: Longs, texts: Ints, begin: Longs, end: Longs, touched: AnyArray
) -> None:
    """Where each of a few texts begins and ends. What is far away in memory is fetched for all of
    them at once, which takes hardly longer than for one."""
    for k in range(len(texts)):
        at = max(texts[k], 0)
        begin[k], end[k] = start[at], start[at + 1]
    for k in range(len(texts)):
        touched[k] = signs[min(begin[k], len(signs) - 1)] if len(signs) else 0


@compiled
def _indel(signs: AnyArray, start: Longs, a: Ints, b: Ints, out: AnyArray) -> None:
    table = np.zeros((256, _WORDS), dtype=np.uint64)
    state = np.zeros(_WORDS, dtype=np.uint64)
    begin, end = np.empty(_AHEAD, dtype=np.int64), np.empty(_AHEAD, dtype=np.int64)
    touched = np.empty(_AHEAD, dtype=np.uint8)
    x, held = signs[:0], -1
    for lead in range(0, len(a), _AHEAD):
        last = min(lead + _AHEAD, len(a))
        _reach(signs, start, a[lead:last], begin, end, touched)
        _reach(signs, start, b[lead:last], begin, end, touched)
        for k in range(lead, last):
            if a[k] == b[k]:
                out[k] = 1
                continue
            if a[k] != held:
                _lift(x, table)
                x, held = signs[start[a[k]] : start[a[k] + 1]], a[k]
                _lay(x, table)
            y = signs[begin[k - lead] : end[k - lead]]
            total = len(x) + len(y)
            if total == 0:
                out[k] = 1
            else:
                out[k] = 1 - (total - 2 * _common_laid(len(x), y, table, state)) / total


@compiled
def _evidence(
    signs: AnyArray,
    start: Longs,
    codes: Ints,
    worth: Doubles,
    tell: float,
    a: Ints,
    b: Ints,
    total: Doubles,
) -> None:
    table = np.zeros((256, _WORDS), dtype=np.uint64)
    state = np.zeros(_WORDS, dtype=np.uint64)
    others = np.empty(_AHEAD, dtype=np.int32)
    begin, end = np.empty(_AHEAD, dtype=np.int64), np.empty(_AHEAD, dtype=np.int64)
    touched = np.empty(_AHEAD, dtype=np.uint8)
    x, held = signs[:0], -1
    for lead in range(0, len(a), _AHEAD):
        ahead = min(_AHEAD, len(a) - lead)
        for k in range(ahead):
            others[k] = codes[b[lead + k]]
        if len(start):
            _reach(signs, start, others[:ahead], begin, end, touched)
        for k in range(ahead):
            p, q = codes[a[lead + k]], others[k]
            if p < 0 or q < 0:
                continue
            if p == q:
                total[lead + k] += worth[p]
                continue
            alike = 0.0
            if len(start):
                if p != held:
                    _lift(x, table)
                    x, held = signs[start[p] : start[p + 1]], p
                    _lay(x, table)
                y = signs[begin[k] : end[k]]
                alike = 2 * _common_laid(len(x), y, table, state) / max(len(x) + len(y), 1)
            total[lead + k] += tell * max(-0.5, (alike - 0.7) / 0.3)


@compiled
def _jaro(x: AnyArray, y: AnyArray, used: AnyArray, order: AnyArray, table: AnyArray) -> float:
    if len(x) == 0 or len(y) == 0:
        return 1.0 if len(x) == len(y) else 0.0
    reach = max(max(len(x), len(y)) // 2 - 1, 0)
    if len(y) < 64:
        hits, turned = _hits(x, y, reach, order, table)
    else:
        hits = turned = at = 0
        used[: len(y)] = 0
        for k in range(len(x)):
            for near in range(max(0, k - reach), min(len(y), k + reach + 1)):
                if used[near] == 0 and y[near] == x[k]:
                    used[near] = 1
                    order[hits] = x[k]
                    hits += 1
                    break
        for k in range(len(y)):
            if used[k]:
                turned += y[k] != order[at]
                at += 1
    if hits == 0:
        return 0.0
    return (hits / len(x) + hits / len(y) + (hits - turned // 2) / hits) / 3


@compiled
def _hits(
    x: AnyArray, y: AnyArray, reach: int, order: AnyArray, table: AnyArray
) -> tuple[int, int]:
    """The signs of x that have a partner in y within reach, the first free one each, and how
    many of y's are out of turn; a bit for each of y's less than 64 signs. `table` (256, words)
    is all zero before and after."""
    one, none = np.uint64(1), np.uint64(0)
    for k in range(len(y)):
        table[y[k], 0] |= one << np.uint64(k)
    whole = (one << np.uint64(len(y))) - one
    free = whole
    hits = 0
    for k in range(min(len(x), len(y) + reach)):
        least = one << np.uint64(max(0, k - reach))
        below = (one << np.uint64(min(len(y), k + reach + 1))) - one
        found = table[x[k], 0] & free & below & ~(least - one)
        free ^= found & (~found + one)
        order[hits] = x[k]
        hits += 1 if found != none else 0
    turned = at = 0
    for k in range(len(y)):
        table[y[k], 0] = 0
        taken = 0 if (free >> np.uint64(k)) & one else 1
        turned += taken if y[k] != order[at] else 0
        at += taken
    return hits, turned


@compiled
def _winkler(signs: AnyArray, start: Longs, a: Ints, b: Ints, out: AnyArray) -> None:
    used = np.zeros(64 * _WORDS, dtype=np.uint8)
    order = np.zeros(64 * _WORDS, dtype=np.uint8)
    table = np.zeros((256, _WORDS), dtype=np.uint64)
    begin, end = np.empty(_AHEAD, dtype=np.int64), np.empty(_AHEAD, dtype=np.int64)
    touched = np.empty(_AHEAD, dtype=np.uint8)
    for lead in range(0, len(a), _AHEAD):
        last = min(lead + _AHEAD, len(a))
        _reach(signs, start, a[lead:last], begin, end, touched)
        _reach(signs, start, b[lead:last], begin, end, touched)
        for k in range(lead, last):
            if a[k] == b[k]:
                out[k] = 1
                continue
            x = signs[start[a[k]] : start[a[k] + 1]]
            y = signs[begin[k - lead] : end[k - lead]]
            alike = _jaro(x, y, used, order, table)
            if alike > 0.7:
                same = 0
                while same < min(4, len(x), len(y)) and x[same] == y[same]:
                    same += 1
                alike += same * 0.1 * (1 - alike)
            out[k] = alike


@compiled
def _join(ids: Ints, signs: AnyArray, start: Longs, into: AnyArray) -> int:
    """Write the words end to end with a sign between them; returns the length."""
    length = 0
    for word in ids:
        if length:
            into[length] = 32
            length += 1
        for k in range(start[word], start[word + 1]):
            into[length] = signs[k]
            length += 1
    return length


@compiled
def _token_set(
    signs: AnyArray, word_start: Longs, ids: Ints, start: Longs, a: Ints, b: Ints, out: AnyArray
) -> None:
    table = np.zeros((256, _WORDS), dtype=np.uint64)
    state = np.zeros(_WORDS, dtype=np.uint64)
    only_x = np.zeros(64 * _WORDS, dtype=np.int32)
    only_y = np.zeros(64 * _WORDS, dtype=np.int32)
    text_x = np.zeros(64 * _WORDS, dtype=np.uint8)
    text_y = np.zeros(64 * _WORDS, dtype=np.uint8)
    for k in range(len(a)):
        x = ids[start[a[k]] : start[a[k] + 1]]
        y = ids[start[b[k]] : start[b[k] + 1]]
        if len(x) == 0 or len(y) == 0:
            out[k] = 0
            continue
        p = q = left = right = shared = 0
        while p < len(x) or q < len(y):
            if q == len(y) or (p < len(x) and x[p] < y[q]):
                only_x[left] = x[p]
                left += 1
                p += 1
            elif p == len(x) or y[q] < x[p]:
                only_y[right] = y[q]
                right += 1
                q += 1
            else:
                shared += word_start[x[p] + 1] - word_start[x[p]] + (shared != 0)
                p += 1
                q += 1
        if shared and (left == 0 or right == 0):
            out[k] = 100
            continue
        u = _join(only_x[:left], signs, word_start, text_x)
        v = _join(only_y[:right], signs, word_start, text_y)
        apart = u + v - 2 * _common(text_x[:u], text_y[:v], table, state)
        gap = 1 if shared else 0
        best = 100 - 100 * apart / (2 * (shared + gap) + u + v)
        if shared:
            best = max(best, 100 - 100 * (1 + u) / (2 * shared + 1 + u))
            best = max(best, 100 - 100 * (1 + v) / (2 * shared + 1 + v))
        out[k] = best
