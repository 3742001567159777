"""Jaro-Winkler similarities of many pairs of short texts in compiled loops: rapidfuzz's numbers."""

import numpy as np

from .arrays import AnyArray, Floats, Ints, Longs
from .compile_loops import compiled
from .indel import AHEAD, WORDS, PackedTexts, fetch
from .parallel import parallel_ranges


def jaro_winkler(texts: PackedTexts, a: Ints, b: Ints) -> Floats:
    """rapidfuzz's JaroWinkler.similarity of texts a and b: (m,), 0 to 1."""
    out = np.empty(len(a), dtype=np.float32)
    parallel_ranges(
        len(a), lambda s, e: _winkler(texts.characters, texts.start, a[s:e], b[s:e], out[s:e])
    )
    return out


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
def _winkler(characters: AnyArray, start: Longs, a: Ints, b: Ints, out: AnyArray) -> None:
    used = np.zeros(64 * WORDS, dtype=np.uint8)
    order = np.zeros(64 * WORDS, dtype=np.uint8)
    table = np.zeros((256, WORDS), dtype=np.uint64)
    begin, end = np.empty(AHEAD, dtype=np.int64), np.empty(AHEAD, dtype=np.int64)
    touched = np.empty(AHEAD, dtype=np.uint8)
    for lead in range(0, len(a), AHEAD):
        last = min(lead + AHEAD, len(a))
        fetch(characters, start, a[lead:last], begin, end, touched)
        fetch(characters, start, b[lead:last], begin, end, touched)
        for k in range(lead, last):
            if a[k] == b[k]:
                out[k] = 1
                continue
            x = characters[start[a[k]] : start[a[k] + 1]]
            y = characters[begin[k - lead] : end[k - lead]]
            alike = _jaro(x, y, used, order, table)
            if alike > 0.7:
                same = 0
                while same < min(4, len(x), len(y)) and x[same] == y[same]:
                    same += 1
                alike += same * 0.1 * (1 - alike)
            out[k] = alike
