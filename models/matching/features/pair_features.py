"""What the learner sees of a pair: per column how alike the two values are, for the whole
record how much both share, and how the pair stands among the rival pairs of its entities.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gluematch.models.matching.kernels.arrays import (
    Doubles,
    Flags,
    Floats,
    Longs,
    Progress,
    no_progress,
)
from gluematch.models.matching.kernels.parallel import parallel_each
from gluematch.models.matching.records.pairs import Pairs
from gluematch.models.matching.records.table import Table
from gluematch.models.matching.records.token_vectors import TableVectors, containment, cosine

from .candidate_ranks import RANK_FEATURES, rank_features
from .comparators import Comparator, build_comparator

WHOLE = ""
NEUTRAL = np.float32(0.5)
OUT = np.float32(-1)
RANKED = ("score", "grams", "contain")
_AGREEMENT = ("words", "contain", "grams", "grams_contain")
RANK_NAMES = tuple(f"{WHOLE}:{base}_{name}" for base in RANKED for name in RANK_FEATURES)
_RANKS = len(RANK_NAMES)
_CHUNK = 500_000


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """m pairs by k features in `matrix` (float32).

    `names` (k,) are `column:similarity`; the column is empty for what concerns the whole
    record.
    """

    matrix: Floats
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.matrix)

    def take(self, rows: Longs | Flags | slice) -> "Features":
        """The features of some of the pairs."""
        return Features(self.matrix[rows], self.names)

    def of_column(self, column: str, similarity: str) -> Floats:
        """One similarity of the values of a column: (m,)."""
        return np.asarray(self.matrix[:, self.names.index(f"{column}:{similarity}")])

    def column(self, similarity: str) -> Floats:
        """One similarity of whole records: (m,)."""
        return self.of_column(WHOLE, similarity)


def comparators_of(table: Table, pairs: int) -> list[Comparator]:
    """What compares the columns of a table in about so many pairs."""
    columns = [column for column in table.columns if len(column.spellings) >= 2]
    made: dict[int, Comparator] = {}

    def make(k: int) -> None:
        made[k] = build_comparator(columns[k], table.size, pairs)

    parallel_each(len(columns), make, alone=True, progress=no_progress, stage="")
    return [made[k] for k in range(len(columns))]


def own_features(table: Table, vectors: TableVectors, pairs: Pairs, progress: Progress) -> Features:
    """What a pair shows by itself; a missing value is a feature, and neutral elsewhere."""
    comparators = comparators_of(table, len(pairs))
    vectors = vectors.for_pairs(len(pairs))
    names: tuple[str, ...] = ()
    matrix = np.zeros((len(pairs), 0), dtype=np.float32)
    for start in range(0, max(len(pairs), 1), _CHUNK):
        progress(start / max(len(pairs), 1), "comparing pairs")
        here = Pairs(pairs.i[start : start + _CHUNK], pairs.j[start : start + _CHUNK])
        found = own_part(comparators, vectors, here)
        if not start:
            names = tuple(found)
            # room for the standing, so that it needs no second copy of a large matrix
            matrix = np.empty((len(pairs), len(names) + _RANKS), dtype=np.float32)
        for place, values in enumerate(found.values()):
            matrix[start : start + _CHUNK, place] = values
    return Features(matrix[:, : len(names)], names)


def with_ranks(size: int, pairs: Pairs, own: Features, eligible: Flags) -> Features:
    """`own` and how each pair stands among its rivals; only `eligible` pairs (m,) are any.

    Writes into the room that `own_features` left beside `own`.
    """
    count = len(own.names)
    names = [*own.names, *RANK_NAMES]
    matrix = own.matrix.base
    if matrix is None or matrix.shape != (len(pairs), len(names)):
        matrix = np.empty((len(pairs), len(names)), dtype=np.float32)
        matrix[:, :count] = own.matrix
    place = count
    for base in RANKED:
        ranked = rank_features(size, pairs, np.where(eligible, own.column(base), OUT))
        for values in ranked.values():
            matrix[:, place] = values
            place += 1
    return Features(matrix, tuple(names))


def without_ranks(features: Features) -> Features:
    """What `with_ranks` was given."""
    count = len(features.names) - _RANKS
    return Features(features.matrix[:, :count], features.names[:count])


def allocate(pairs: int, names: tuple[str, ...]) -> Features:
    """Own features of so many pairs to be written, with room for their standing."""
    matrix = np.empty((pairs, len(names) + _RANKS), dtype=np.float32)
    return Features(matrix[:, : len(names)], names)


Similarities = dict[str, Floats | Doubles]
"""Similarities of pairs (m,) by the features' names."""


def own_part(
    comparators: Sequence[Comparator],
    vectors: TableVectors,
    pairs: Pairs,
    sketch: Similarities | None = None,
) -> Similarities:
    """What concerns a pair alone, by the features' names: each (m,). Nothing of the `sketch`, if
    there is one, is compared again."""
    known = {} if sketch is None else sketch
    columns: Similarities = {}
    for compared in comparators:
        name = compared.column.name
        for what, values in _column_features(compared, pairs, known.get(f"{name}:edit")).items():
            columns[f"{name}:{what}"] = values
    of_all = _agreement(columns, vectors, pairs) if sketch is None else _of_whole(sketch)
    in_order = {n: of_all[n] for n in _AGREEMENT} | _codes(vectors, pairs)
    in_order |= {"mean": of_all["mean"], "score": of_all["score"]}
    return columns | {f"{WHOLE}:{name}": values for name, values in in_order.items()}


def score_inputs(
    comparators: Sequence[Comparator], vectors: TableVectors, pairs: Pairs
) -> Similarities:
    """Of `own_part` what ranks pairs among their rivals, and what was compared for it: the edit
    similarity of each column, and what the whole records share."""
    edits: Similarities = {}
    lacking: Similarities = {}
    for compared in comparators:
        found = _column_features(compared, pairs, edit_only=True)
        edits[f"{compared.column.name}:edit"] = found["edit"]
        if "missing" in found:
            lacking[f"{compared.column.name}:missing"] = found["missing"]
    whole = _agreement(edits | lacking, vectors, pairs)
    return edits | {f"{WHOLE}:{name}": values for name, values in whole.items()}


def ranked_part(
    comparators: Sequence[Comparator], vectors: TableVectors, pairs: Pairs
) -> Similarities:
    """Of `own_part` what ranks pairs among their rivals, by the names of RANKED: each (m,)."""
    sketch = score_inputs(comparators, vectors, pairs)
    return {base: sketch[f"{WHOLE}:{base}"] for base in RANKED}


def _agreement(columns: Similarities, vectors: TableVectors, pairs: Pairs) -> Similarities:
    """What pairs of whole records have in common, by the names of _AGREEMENT, the mean of their
    columns' similarities, and both together."""
    i, j = pairs.i, pairs.j
    words, grams = vectors.words.shared(i, j), vectors.grams.shared(i, j)
    whole: Similarities = {
        "words": cosine(vectors.words, i, j, words),
        "contain": containment(vectors.words, i, j, words),
        "grams": cosine(vectors.grams, i, j, grams),
        "grams_contain": containment(vectors.grams, i, j, grams),
        "mean": _mean_similarity(columns, len(pairs)),
    }
    whole["score"] = _score(whole)
    return whole


def _of_whole(sketch: Similarities) -> Similarities:
    return {n: sketch[f"{WHOLE}:{n}"] for n in (*_AGREEMENT, "mean", "score")}


def _score(whole: Similarities) -> Floats | Doubles:
    """How alike two whole records are, by and large: (m,)."""
    return (whole["mean"] + whole["words"] + whole["grams"]) / 3


def _column_features(
    compared: Comparator,
    pairs: Pairs,
    edit: Floats | Doubles | None = None,
    *,
    edit_only: bool = False,
) -> dict[str, Floats]:
    column = compared.column
    a, b = column.codes[pairs.i], column.codes[pairs.j]
    both = (a >= 0) & (b >= 0)
    a, b = a[both], b[both]
    known = None if edit is None else edit[both]
    found = compared.edit(a, b) if edit_only else compared.similarities(a, b, known)
    spread: dict[str, Floats] = {}
    for name, values in found.items():
        full = np.full(len(pairs), 0.0 if name == "agree" else NEUTRAL, dtype=np.float32)
        full[both] = values
        spread[name] = full
    if compared.lacking:
        spread["missing"] = (~both).astype(np.float32)
    return spread


def _codes(vectors: TableVectors, pairs: Pairs) -> Similarities:
    i, j = pairs.i, pairs.j
    codes = vectors.codes.shared(i, j)
    both = (vectors.codes.total[i] > 0) & (vectors.codes.total[j] > 0)
    return {
        "codes": np.where(both, containment(vectors.codes, i, j, codes), NEUTRAL),
        "codes_shared": np.minimum(codes / 10, 1.0).astype(np.float32),
    }


def _mean_similarity(columns: Similarities, pairs: int) -> Floats:
    """The mean over columns of edit similarity, missing values aside."""
    total, weight = np.zeros(pairs), np.zeros(pairs)
    for name, values in columns.items():
        column, _, similarity = name.rpartition(":")
        if similarity == "edit":
            missing = columns.get(f"{column}:missing")
            present = np.ones(pairs) if missing is None else 1 - missing
            total += values * present
            weight += present
    return (total / np.maximum(weight, 1)).astype(np.float32)
