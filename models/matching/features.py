"""What the learner sees of a pair: per column how alike the two values are, for the whole
record how much both share, and how the pair stands among the rival pairs of its entities.
"""

from dataclasses import dataclass

import numpy as np

from .arrays import Doubles, Flags, Floats, Ints, Longs, Progress
from .bags import Bags, containment, cosine
from .blocking import Pairs
from .similarity import column_similarities
from .table import Column, Table

WHOLE = ""
NEUTRAL = np.float32(0.5)
OUT = np.float32(-1)
_RANKED = ("score", "grams", "contain")


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """m pairs by k features in `matrix` (float32).

    `names` (k,) are `column:similarity`; the column is empty for what concerns the whole
    record.
    """

    matrix: Floats
    names: tuple[str, ...]

    def take(self, rows: Longs | Flags) -> "Features":
        """The features of some of the pairs."""
        return Features(self.matrix[rows], self.names)

    def column(self, similarity: str) -> Floats:
        """One similarity of whole records: (m,)."""
        return np.asarray(self.matrix[:, self.names.index(f"{WHOLE}:{similarity}")])


def own_features(table: Table, bags: Bags, pairs: Pairs, progress: Progress) -> Features:
    """What a pair shows by itself; a missing value is a feature, and neutral elsewhere."""
    names: list[str] = []
    columns: list[Floats | Doubles] = []
    for place, column in enumerate(table.columns):
        progress(place / (len(table.columns) + 1), "features")
        for name, values in _column_features(column, table.size, pairs).items():
            names.append(f"{column.name}:{name}")
            columns.append(values)
    whole: dict[str, Floats | Doubles] = dict(_whole_record(bags, pairs))
    whole["mean"] = _mean_similarity(names, columns, len(pairs))
    whole["score"] = (whole["mean"] + whole["words"] + whole["grams"]) / 3
    for name, similarity in whole.items():
        names.append(f"{WHOLE}:{name}")
        columns.append(similarity)
    return Features(np.column_stack(columns).astype(np.float32, copy=False), tuple(names))


def with_standing(size: int, pairs: Pairs, own: Features, eligible: Flags) -> Features:
    """`own` and how each pair stands among its rivals; only `eligible` pairs (m,) are any."""
    names, columns = list(own.names), [own.matrix]
    for base in _RANKED:
        ranked = standing(size, pairs, np.where(eligible, own.column(base), OUT))
        names += [f"{WHOLE}:{base}_{name}" for name in ranked]
        columns += [values[:, None] for values in ranked.values()]
    return Features(np.concatenate(columns, axis=1), tuple(names))


def without_standing(features: Features) -> Features:
    """What `with_standing` was given."""
    count = len(features.names) - 3 * len(_RANKED)
    return Features(features.matrix[:, :count], features.names[:count])


def _column_features(column: Column, entities: int, pairs: Pairs) -> dict[str, Floats]:
    if len(column.spellings) < 2:
        return {}
    a, b = column.codes[pairs.i], column.codes[pairs.j]
    both = (a >= 0) & (b >= 0)
    found = column_similarities(column, entities, a[both], b[both])
    spread: dict[str, Floats] = {}
    for name, values in found.items():
        full = np.full(len(pairs), 0.0 if name == "agree" else NEUTRAL, dtype=np.float32)
        full[both] = values
        spread[name] = full
    if (column.codes < 0).any():
        spread["missing"] = (~both).astype(np.float32)
    return spread


def _whole_record(bags: Bags, pairs: Pairs) -> dict[str, Floats]:
    i, j = pairs.i, pairs.j
    words, grams, codes = (bag.shared(i, j) for bag in (bags.words, bags.grams, bags.codes))
    both_codes = (bags.codes.total[i] > 0) & (bags.codes.total[j] > 0)
    return {
        "words": cosine(bags.words, i, j, words),
        "contain": containment(bags.words, i, j, words),
        "grams": cosine(bags.grams, i, j, grams),
        "grams_contain": containment(bags.grams, i, j, grams),
        "codes": np.where(both_codes, containment(bags.codes, i, j, codes), NEUTRAL),
        "codes_shared": np.minimum(codes / 10, 1.0).astype(np.float32),
    }


def _mean_similarity(names: list[str], columns: list[Floats | Doubles], pairs: int) -> Floats:
    """The mean over columns of edit similarity, missing values aside."""
    total, weight = np.zeros(pairs), np.zeros(pairs)
    missing = {
        n.rpartition(":")[0]: c
        for n, c in zip(names, columns, strict=True)
        if n.endswith(":missing")
    }
    for name, values in zip(names, columns, strict=True):
        column, _, similarity = name.rpartition(":")
        if similarity == "edit":
            present = 1 - missing[column] if column in missing else np.ones(pairs)
            total += values * present
            weight += present
    return (total / np.maximum(weight, 1)).astype(np.float32)


def standing(entities: int, pairs: Pairs, score: Floats | Doubles) -> dict[str, Floats]:
    """How each pair's score stands against the other pairs of its two entities.

    `best_gap`, `worst_gap`: score less the best rival's, for the better and the worse of
    the two ends; `rank`: 1 / (worse rank).
    """
    if not len(pairs):
        none = np.zeros(0, dtype=np.float32)
        return {"best_gap": none, "worst_gap": none, "rank": none}
    m = len(pairs)
    end = np.concatenate([pairs.i, pairs.j])
    value = np.concatenate([score, score]).astype(np.float64)
    order = np.lexsort((-value, end))
    starts = np.searchsorted(end[order], np.arange(entities))
    rank = np.empty(2 * m)
    rank[order] = np.arange(2 * m) - starts[end[order]]
    best, second = _two_best(end, value[order], starts)
    rival = np.where(rank == 0, second[end], best[end])
    gap = value - rival
    return {
        "best_gap": np.maximum(gap[:m], gap[m:]).astype(np.float32),
        "worst_gap": np.minimum(gap[:m], gap[m:]).astype(np.float32),
        "rank": (1 / (1 + np.maximum(rank[:m], rank[m:]))).astype(np.float32),
    }


def _two_best(end: Ints, value: Doubles, starts: Longs) -> tuple[Doubles, Doubles]:
    """Per entity its best and second-best value, 0 where it has none."""
    best, second = np.zeros(len(starts)), np.zeros(len(starts))
    has = np.bincount(end, minlength=len(starts))
    one: Flags = has >= 1
    two: Flags = has >= 2
    best[one] = value[starts[one]]
    second[two] = value[starts[two] + 1]
    return best, second
