"""How alike two values of one column are: arrays of value codes in, arrays of 0..1 out.

Every distinct pair of values is compared once, whatever the number of pairs that show it.
"""

from collections.abc import Callable, Sequence

import numpy as np
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Indel, JaroWinkler
from scipy import sparse

from .arrays import Doubles, Floats, Ints, Longs
from .blocking import cosine, rarity
from .table import Column

_LONG = 300

Measure = Callable[[Ints, Ints], Floats]


def once_per_pair(a: Ints, b: Ints, measure: Measure) -> Floats:
    """`measure` of the codes (a, b), asked once for every distinct unordered pair."""
    code = np.minimum(a, b).astype(np.int64) << 32 | np.maximum(a, b)
    distinct, back = np.unique(code, return_inverse=True)
    low, high = (distinct >> 32).astype(np.int32), (distinct & 0xFFFFFFFF).astype(np.int32)
    return measure(low, high)[back]


def column_similarities(column: Column, entities: int, a: Ints, b: Ints) -> dict[str, Floats]:
    """The similarities of value codes a and b (none missing), by name; each (m,), 0 to 1."""
    same = a == b
    weight = rarity(column.counts, entities) / np.log(entities + 1.0)
    found = {"agree": np.where(same, weight[a], 0.0).astype(np.float32)}
    if column.kind in {"number", "day"}:
        found |= _numeric(column.numbers, a, b, same)
    found["edit"] = once_per_pair(a, b, _by(Indel.normalized_similarity, column.bare))
    found["winkler"] = once_per_pair(a, b, _by(JaroWinkler.similarity, column.bare))
    if column.kind == "words":
        found["sorted"] = once_per_pair(a, b, _by(fuzz.token_sort_ratio, column.bare, 100.0))
        found["set"] = once_per_pair(a, b, _by(fuzz.token_set_ratio, column.bare, 100.0))
        found["words"] = once_per_pair(a, b, _word_cosine(column))
    return found


def _by(scorer: Callable[..., float], texts: Sequence[str], full: float = 1.0) -> Measure:
    def measure(a: Ints, b: Ints) -> Floats:
        short = np.array([t[:_LONG] for t in texts], dtype=object)
        scores = process.cpdist(
            list(short[a]), list(short[b]), scorer=scorer, dtype=np.float32, workers=1
        )
        return np.asarray(scores / np.float32(full), dtype=np.float32)

    return measure


def _numeric(numbers: Doubles, a: Ints, b: Ints, same: np.ndarray) -> dict[str, Floats]:
    finite = numbers[np.isfinite(numbers)]
    spread = float(np.std(finite)) if len(finite) else 0.0
    scale = spread / 10 if spread > 0 else 1.0
    x, y = numbers[a], numbers[b]
    apart = np.abs(x - y)
    largest = np.maximum(np.abs(x), np.abs(y))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(largest > 0, 1 - np.minimum(apart / largest, 1.0), 1.0)
    close = np.exp(-apart / scale)
    fallback = same.astype(np.float64)
    return {
        "close": np.where(np.isfinite(close), close, fallback).astype(np.float32),
        "ratio": np.where(np.isfinite(ratio), ratio, fallback).astype(np.float32),
    }


def _word_cosine(column: Column) -> Measure:
    matrix = word_matrix(column.bare)

    def measure(a: Ints, b: Ints) -> Floats:
        return cosine(matrix, a, b)

    return measure


def word_matrix(texts: Sequence[str]) -> sparse.csr_matrix:
    """TF-IDF of the words of `texts`: (len(texts), words), rows of unit length."""
    place: dict[str, int] = {}
    columns: list[int] = []
    lengths: list[int] = []
    for t in texts:
        found = sorted(set(t.split()))
        columns += [place.setdefault(w, len(place)) for w in found]
        lengths.append(len(found))
    indptr: Longs = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    indices = np.array(columns, dtype=np.int64)
    shared = np.bincount(indices, minlength=len(place))
    data = rarity(shared, len(texts))[indices]
    row = np.repeat(np.arange(len(texts)), lengths)
    norms = np.sqrt(np.bincount(row, weights=data**2, minlength=len(texts)))
    norms[norms == 0] = 1.0
    data = (data / norms[row]).astype(np.float32)
    return sparse.csr_matrix((data, indices, indptr), shape=(len(texts), max(len(place), 1)))
