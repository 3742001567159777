"""Many pairs of texts as sets of words in compiled loops: rapidfuzz's token-set measure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .arrays import AnyArray, Floats, Ints, Longs
from .compiled import compiled, spread
from .compiled_text import LONGEST, WORDS, Packed, common, pack
from .large_bags import vocabulary


@dataclass(frozen=True, slots=True, eq=False)
class Worded:
    """Texts as sets of words: text k has the words ids[start[k]:start[k + 1]], sorted, of
    the packed vocabulary `words`, which is sorted too."""

    words: Packed
    ids: Ints
    start: Longs


def pack_words(texts: Sequence[str]) -> Worded | None:
    """The texts' words, or None if they cannot be packed."""
    if max(map(len, texts), default=0) > LONGEST:
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
    table = np.zeros((256, WORDS), dtype=np.uint64)
    state = np.zeros(WORDS, dtype=np.uint64)
    only_x = np.zeros(64 * WORDS, dtype=np.int32)
    only_y = np.zeros(64 * WORDS, dtype=np.int32)
    text_x = np.zeros(64 * WORDS, dtype=np.uint8)
    text_y = np.zeros(64 * WORDS, dtype=np.uint8)
    for k in range(len(a)):
        x = ids[start[a[k]] : start[a[k] + 1]]
        y = ids[start[b[k]] : start[b[k] + 1]]
        if len(x) == 0 or len(y) == 0:
            out[k] = 0
            continue
        if a[k] == b[k]:
            out[k] = 100
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
        apart = u + v - 2 * common(text_x[:u], text_y[:v], table, state)
        gap = 1 if shared else 0
        best = 100 - 100 * apart / (2 * (shared + gap) + u + v)
        if shared:
            best = max(best, 100 - 100 * (1 + u) / (2 * shared + 1 + u))
            best = max(best, 100 - 100 * (1 + v) / (2 * shared + 1 + v))
        out[k] = best
