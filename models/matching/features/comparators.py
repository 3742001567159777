"""How alike two values of one column are: arrays of value codes in, arrays of 0..1 out.

A few pairs go through rapidfuzz, every distinct pair of values once; many pairs through
compiled loops, where comparing costs less than finding out what was compared before.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Indel, JaroWinkler

from gluematch.models.matching.kernels.arrays import AnyArray, Doubles, Flags, Floats, Ints
from gluematch.models.matching.kernels.size_limits import enough_to_compile
from gluematch.models.matching.records.build_token_vectors import value_token_vectors
from gluematch.models.matching.records.table import Column
from gluematch.models.matching.records.token_vectors import TokenVectors, containment, cosine, idf

if TYPE_CHECKING:
    from gluematch.models.matching.kernels.token_set import PackedWords

_LONG = 300

Measure = Callable[[Ints, Ints], Floats | Doubles]


@dataclass(frozen=True, slots=True, eq=False)
class Comparator:
    """A column of u entities made ready to compare: what it is worth to share each of its
    values, the distance of numbers that is far, its measures of texts by name, the bag of its
    values' words where values have several, and whether any entity lacks a value."""

    column: Column
    value_idf: Doubles
    scale: float
    measures: dict[str, Measure]
    words: TokenVectors | None
    lacking: bool

    def edit(self, a: Ints, b: Ints) -> dict[str, Floats]:
        """Of `similarities` the edit similarity alone."""
        return {"edit": np.asarray(self.measures["edit"](a, b), dtype=np.float32)}

    def similarities(
        self, a: Ints, b: Ints, edit: Floats | Doubles | None = None
    ) -> dict[str, Floats]:
        """The similarities of value codes a and b (none missing), by name; each (m,), 0 to 1.
        That of `edit` is not measured again where it is known."""
        column = self.column
        same = a == b
        value_idf = np.where(same, self.value_idf[a], 0.0)
        found: dict[str, Floats] = {"agree": value_idf.astype(np.float32)}
        if column.kind in {"number", "day"}:
            found |= _numeric(column.numbers, self.scale, (a, b), same)
        for name, measure in self.measures.items():
            known = edit if name == "edit" else None
            found[name] = np.asarray(measure(a, b) if known is None else known, dtype=np.float32)
        if self.words is not None:
            shared = self.words.shared(a, b)
            found["words"] = cosine(self.words, a, b, shared)
            found["contain"] = containment(self.words, a, b, shared)
        return found


def build_comparator(column: Column, entities: int, pairs: int) -> Comparator:
    """A comparer of `column` that suits the comparison of about so many pairs."""
    texts = column.normalised.truncated(_LONG)
    worded = column.kind == "words"
    many = enough_to_compile(pairs)
    measures = _compiled(texts, worded=worded) if many else None
    if measures is None:
        measures = _listed(texts, worded=worded)
    words = value_token_vectors(column.normalised, compiled=many) if worded else None
    return Comparator(
        column=column,
        value_idf=idf(column.counts, entities) / np.log(entities + 1.0),
        scale=_scale(column.numbers),
        measures=measures,
        words=words,
        lacking=bool((column.codes < 0).any()),
    )


def once_per_pair(a: Ints, b: Ints, measure: Measure) -> Floats | Doubles:
    """`measure` of the codes (a, b), asked once for every distinct unordered pair."""
    code = np.minimum(a, b).astype(np.int64) << 32 | np.maximum(a, b)
    distinct, back = np.unique(code, return_inverse=True)
    low, high = (distinct >> 32).astype(np.int32), (distinct & 0xFFFFFFFF).astype(np.int32)
    return measure(low, high)[back]


_SCORERS: dict[str, tuple[Callable[..., float], int]] = {
    "edit": (Indel.normalized_similarity, 1),
    "winkler": (JaroWinkler.similarity, 1),
    "sorted": (fuzz.token_sort_ratio, 100),
    "set": (fuzz.token_set_ratio, 100),
}
"""The measures of texts, and the most that each gives."""


def _listed(texts: Sequence[str], *, worded: bool) -> dict[str, Measure]:
    held = np.array(texts, dtype=object)
    names = _SCORERS if worded else ("edit", "winkler")
    return {name: partial(once_per_pair, measure=partial(_scored, held, name)) for name in names}


def _scored(held: AnyArray, name: str, x: Ints, y: Ints) -> Floats:
    scorer, most = _SCORERS[name]
    scores = process.cpdist(
        list(held[x]), list(held[y]), scorer=scorer, dtype=np.float32, workers=1
    )
    return np.asarray(scores, dtype=np.float32) / np.float32(most)


def _compiled(texts: Sequence[str], *, worded: bool) -> dict[str, Measure] | None:
    """The same measures in compiled loops; None for texts that these cannot hold."""
    # these load the compiler, for large work only
    from gluematch.models.matching.kernels.indel import indel, pack_texts  # noqa: PLC0415
    from gluematch.models.matching.kernels.jaro_winkler import jaro_winkler  # noqa: PLC0415
    from gluematch.models.matching.kernels.token_set import pack_words  # noqa: PLC0415

    packed = pack_texts(texts)
    if packed is None:
        return None
    measures: dict[str, Measure] = {
        "edit": partial(indel, packed),
        "winkler": partial(jaro_winkler, packed),
    }
    if worded:
        sets = pack_words(texts)
        if sets is None:
            return None
        measures["sorted"] = partial(indel, sets.ordered)
        measures["set"] = partial(_set_share, sets)
    return measures


def _set_share(texts: "PackedWords", a: Ints, b: Ints) -> Floats:
    from gluematch.models.matching.kernels.token_set import token_set  # noqa: PLC0415 - loads the compiler, for large work only

    return token_set(texts, a, b) / np.float32(100)


def _scale(numbers: Doubles) -> float:
    finite = numbers[np.isfinite(numbers)]
    spread = float(np.std(finite)) if len(finite) else 0.0
    return spread / 10 if spread > 0 else 1.0


def _numeric(
    numbers: Doubles, scale: float, ends: tuple[Ints, Ints], same: Flags
) -> dict[str, Floats]:
    x, y = numbers[ends[0]], numbers[ends[1]]
    source_column = np.abs(x - y)
    largest = np.maximum(np.abs(x), np.abs(y))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(largest > 0, 1 - np.minimum(source_column / largest, 1.0), 1.0)
    close = np.exp(-source_column / scale)
    fallback = same.astype(np.float64)
    return {
        "close": np.where(np.isfinite(close), close, fallback).astype(np.float32),
        "ratio": np.where(np.isfinite(ratio), ratio, fallback).astype(np.float32),
    }
