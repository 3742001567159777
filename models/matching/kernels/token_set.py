"""Many pairs of texts as sets of words in compiled loops: rapidfuzz's token-set measure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .arrays import AnyArray, Floats, Ints, Longs
from .compile_loops import compiled
from .distinct_texts import code_point_order
from .indel import LONGEST, MAX_CHARACTERS, WORDS, PackedTexts, common
from .parallel import parallel_ranges
from .token_loops import code_points, distinct_code_points, word_tokens

_SPACE = 32


@dataclass(frozen=True, slots=True, eq=False)
class PackedWords:
    """Texts as sets of words: text k has the words ids[start[k]:start[k + 1]], sorted, of
    the packed vocabulary `words`, which is sorted too. `ordered` are the texts with their words in
    order, between them the sign `space`."""

    words: PackedTexts
    ids: Ints
    start: Longs
    ordered: PackedTexts
    space: int


def pack_words(texts: Sequence[str]) -> PackedWords | None:
    """The texts' words, or None if they cannot be packed."""
    points, start = code_points(texts)
    kinds = np.union1d(distinct_code_points(points), [_SPACE])
    if len(kinds) > MAX_CHARACTERS or int(np.diff(start).max(initial=0)) > LONGEST:
        return None
    sign_of = np.zeros(int(kinds[-1]) + 1, dtype=np.uint8)
    sign_of[kinds] = np.arange(1, len(kinds) + 1)
    characters, space = sign_of[points], int(sign_of[_SPACE])
    count, marks, place = word_tokens(texts)
    vocabulary, ids = _vocabulary(characters, space, place, marks, np.repeat(start[1:], count))
    first = np.append(0, np.cumsum(count))
    distinct, length = np.zeros(len(texts), np.int64), np.zeros(len(texts), np.int64)

    def arrange(s: int, e: int) -> None:
        _arrange(ids, first[s : e + 1], vocabulary.start, distinct[s:e], length[s:e])

    parallel_ranges(len(texts), arrange)
    set_start, text_start = np.append(0, np.cumsum(distinct)), np.append(0, np.cumsum(length))
    sets = np.empty(int(set_start[-1]), dtype=np.int32)
    ordered = np.empty(int(text_start[-1]), dtype=np.uint8)

    def write(s: int, e: int) -> None:
        places = first[s : e + 1], set_start[s:e], text_start[s:e]
        _write(
            ids, *places, vocabulary.characters, vocabulary.start, np.uint8(space), sets, ordered
        )

    parallel_ranges(len(texts), write)
    return PackedWords(vocabulary, sets, set_start, PackedTexts(ordered, text_start), space)


def _vocabulary(
    characters: AnyArray, space: int, place: Longs, marks: AnyArray, until: Longs
) -> tuple[PackedTexts, Ints]:
    """The distinct words in order, and the number of each word there; words begin at `place`
    and end at a space, or where their text does, `until`."""
    number = pd.factorize(marks)[0]
    first = np.flatnonzero(np.diff(np.maximum.accumulate(number), prepend=-1) > 0)
    begin, end = place[first], until[first]
    parallel_ranges(len(first), lambda s, e: _end_words(characters, space, begin[s:e], end[s:e]))
    order = code_point_order(characters, begin, end)
    begin, end = begin[order], end[order]
    start = np.append(0, np.cumsum(end - begin))
    found = np.empty(int(start[-1]), dtype=np.uint8)
    parallel_ranges(len(order), lambda s, e: _copy(characters, begin[s:e], start[s : e + 1], found))
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order))
    return PackedTexts(found, start), rank[number]


def token_set(texts: PackedWords, a: Ints, b: Ints) -> Floats:
    """rapidfuzz's token_set_ratio of texts a and b: (m,), 0 to 100."""
    out = np.empty(len(a), dtype=np.float32)
    words = texts.words

    def loop(s: int, e: int) -> None:
        space = np.uint8(texts.space)
        sets = texts.ids, texts.start
        _token_set(words.characters, words.start, space, *sets, a[s:e], b[s:e], out[s:e])

    parallel_ranges(len(a), loop)
    return out


@compiled
def _end_words(characters: AnyArray, space: int, begin: Longs, end: Longs) -> None:
    for k in range(len(begin)):
        p = begin[k]
        while p < end[k] and characters[p] != space:
            p += 1
        end[k] = p


@compiled
def _copy(characters: AnyArray, begin: Longs, start: Longs, found: AnyArray) -> None:
    for k in range(len(begin)):
        for p in range(start[k + 1] - start[k]):
            found[start[k] + p] = characters[begin[k] + p]


@compiled
def _arrange(ids: Ints, first: Longs, start: Longs, distinct: Longs, length: Longs) -> None:
    """Sort the words of each text; how many distinct ones it has, and its length."""
    for k in range(len(distinct)):
        own = ids[first[k] : first[k + 1]]
        for q in range(len(own)):
            word = own[q]
            place = q
            while place > 0 and own[place - 1] > word:
                own[place] = own[place - 1]
                place -= 1
            own[place] = word
        for q in range(len(own)):
            distinct[k] += q == 0 or own[q] != own[q - 1]
            length[k] += start[own[q] + 1] - start[own[q]] + (q > 0)


@compiled
def _write(
    ids: Ints,
    first: Longs,
    set_start: Longs,
    text_start: Longs,
    characters: AnyArray,
    start: Longs,
    space: Any,
    sets: Ints,
    ordered: AnyArray,
) -> None:
    """Write the sorted words of each text, each once, and the text that all of them make."""
    for k in range(len(set_start)):
        own = ids[first[k] : first[k + 1]]
        at = set_start[k]
        for q in range(len(own)):
            if q == 0 or own[q] != own[q - 1]:
                sets[at] = own[q]
                at += 1
        _join(own, characters, start, space, ordered[text_start[k] :])


@compiled
def _join(ids: Ints, characters: AnyArray, start: Longs, space: Any, into: AnyArray) -> int:
    """Write the words end to end with a sign between them; returns the length."""
    length = 0
    for word in ids:
        if length:
            into[length] = space
            length += 1
        for k in range(start[word], start[word + 1]):
            into[length] = characters[k]
            length += 1
    return length


@compiled
def _token_set(
    characters: AnyArray,
    word_start: Longs,
    space: Any,
    ids: Ints,
    start: Longs,
    a: Ints,
    b: Ints,
    out: AnyArray,
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
        u = _join(only_x[:left], characters, word_start, space, text_x)
        v = _join(only_y[:right], characters, word_start, space, text_y)
        source_column = u + v - 2 * common(text_x[:u], text_y[:v], table, state)
        gap = 1 if shared else 0
        best = 100 - 100 * source_column / (2 * (shared + gap) + u + v)
        if shared:
            best = max(best, 100 - 100 * (1 + u) / (2 * shared + 1 + u))
            best = max(best, 100 - 100 * (1 + v) / (2 * shared + 1 + v))
        out[k] = best
