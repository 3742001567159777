"""How alike two values of one column are: arrays of value codes in, arrays of 0..1 out.

Every distinct pair of values is compared once, whatever the number of pairs that show it.
"""

from collections.abc import Callable, Sequence

import numpy as np
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Indel, JaroWinkler

from .arrays import Doubles, Floats, Ints
from .bags import Bag, containment, cosine, rarity, value_bag
from .table import Column

_LONG = 300

Measure = Callable[[Ints, Ints], Floats | Doubles]


def once_per_pair(a: Ints, b: Ints, measure: Measure) -> Floats | Doubles:
    """`measure` of the codes (a, b), asked once for every distinct unordered pair."""
    code = np.minimum(a, b).astype(np.int64) << 32 | np.maximum(a, b)
    distinct, back = np.unique(code, return_inverse=True)
    low, high = (distinct >> 32).astype(np.int32), (distinct & 0xFFFFFFFF).astype(np.int32)
    return measure(low, high)[back]


def column_similarities(column: Column, entities: int, a: Ints, b: Ints) -> dict[str, Floats]:
    """The similarities of value codes a and b (none missing), by name; each (m,), 0 to 1."""
    same = a == b
    weight = rarity(column.counts, entities) / np.log(entities + 1.0)
    found: dict[str, Floats] = {"agree": np.where(same, weight[a], 0.0).astype(np.float32)}
    if column.kind in {"number", "day"}:
        found |= _numeric(column.numbers, a, b, same)
    texts = [t[:_LONG] for t in column.bare]
    found["edit"] = _scored(texts, a, b, Indel.normalized_similarity)
    found["winkler"] = _scored(texts, a, b, JaroWinkler.similarity)
    if column.kind == "words":
        found["sorted"] = _scored(texts, a, b, fuzz.token_sort_ratio) / np.float32(100)
        found["set"] = _scored(texts, a, b, fuzz.token_set_ratio) / np.float32(100)
        bag = _word_bag(column)
        shared = once_per_pair(a, b, bag.shared)
        found["words"] = cosine(bag, a, b, shared)
        found["contain"] = containment(bag, a, b, shared)
    return found


def _scored(texts: Sequence[str], a: Ints, b: Ints, scorer: Callable[..., float]) -> Floats:
    held = np.array(texts, dtype=object)

    def measure(x: Ints, y: Ints) -> Floats:
        scores = process.cpdist(
            list(held[x]), list(held[y]), scorer=scorer, dtype=np.float32, workers=1
        )
        return np.asarray(scores, dtype=np.float32)

    return np.asarray(once_per_pair(a, b, measure), dtype=np.float32)


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


def _word_bag(column: Column) -> Bag:
    texts = [sorted(set(b.split())) for b in column.bare]
    return value_bag(texts)
