"""What distinct values consist of, as numbered parts: words, character trigrams, code-like
words. Whole columns at once; a row of the sparse matrices here is one value.
"""

import re
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from scipy import sparse

from gluematch.models.matching.kernels.arrays import AnyArray, Longs

_CODE = re.compile(r"[^\W_]+(?:[-./][^\W_]+)*")
_DIGIT = re.compile(r"\d")
_SEPARATORS = re.compile(r"[-./]")
_SPACE = ord(" ")

TokenLists = tuple[Longs, AnyArray]
"""The parts of all values end to end, after how many each value has."""


def word_tokens(normalised: Sequence[str]) -> TokenLists:
    """The words of each bare value."""
    count = (
        np.fromiter((b.count(" ") for b in normalised), dtype=np.int64, count=len(normalised)) + 1
    )
    return count, np.array(" ".join(normalised).split(" "), dtype=object) if len(
        normalised
    ) else _nothing()


def trigram_tokens(normalised: Sequence[str]) -> TokenLists:
    """The character trigrams of each bare value's words, every word framed by spaces; a
    trigram is the number that its three code points make."""
    if not len(normalised):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint64)
    length = np.fromiter(map(len, normalised), dtype=np.int64, count=len(normalised)) + 2
    framed = f" {'  '.join(normalised)} ".encode("utf-32-le", "surrogatepass")
    characters = np.frombuffer(framed, dtype=np.uint32)
    centre = np.flatnonzero(characters != _SPACE)
    gram = characters[centre - 1].astype(np.uint64) << np.uint64(42)
    gram |= characters[centre].astype(np.uint64) << np.uint64(21)
    gram |= characters[centre + 1].astype(np.uint64)
    end = np.cumsum(length)
    return np.diff(np.searchsorted(centre, end), prepend=0), gram


def code_tokens(spellings: Sequence[str]) -> TokenLists:
    """The code-like words of each spelling."""
    found = [code_words(s) if _DIGIT.search(s) else () for s in spellings]
    count = np.fromiter(map(len, found), dtype=np.int64, count=len(found))
    return count, np.array([word for words in found for word in words], dtype=object)


def code_words(spelling: str) -> list[str]:
    """The code-like words of a spelling: three signs or more, a digit among them, as they
    stand and without the dashes inside."""
    found: set[str] = set()
    for match in _CODE.findall(spelling):
        if not _DIGIT.search(match):
            continue
        words = [match] if match.isalnum() else [*_SEPARATORS.split(match)]
        if len(words) > 1:
            words.append("".join(words))
        found.update(word for word in words if len(word) >= 3 and _DIGIT.search(word))
    return sorted(found)


def token_matrices(lists: Iterable[tuple[TokenLists, bool]]) -> list[sparse.csr_matrix]:
    """One matrix (values, parts) for each column, a 1 where a value has a part.

    Columns laid with True share their parts' numbers, the others have numbers of their own.
    """
    columns = list(lists)
    common = [place for place, (_, shared) in enumerate(columns) if shared]
    numbered: dict[int, AnyArray] = {}
    total = 0
    for group in [common, *([p] for p, (_, shared) in enumerate(columns) if not shared)]:
        if not group:
            continue
        codes, names = pd.factorize(np.concatenate([columns[place][0][1] for place in group]))
        at = 0
        for place in group:
            size = len(columns[place][0][1])
            numbered[place] = codes[at : at + size] + total
            at += size
        total += len(names)
    return [_matrix(columns[p][0][0], numbered[p], total) for p in range(len(columns))]


def _matrix(count: Longs, parts: AnyArray, total: int) -> sparse.csr_matrix:
    start = np.zeros(len(count) + 1, dtype=np.int32)
    np.cumsum(count, out=start[1:])
    ones = np.ones(len(parts), dtype=np.float32)
    shape = (len(count), max(total, 1))
    matrix = sparse.csr_matrix((ones, parts.astype(np.int32), start), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def _nothing() -> AnyArray:
    return np.zeros(0, dtype=object)
