"""What both classifiers say of pairs that are spread over a cluster, each part comparing its own.

A scored pair has the columns `i`, `j`, `may` (whether it can match at all), `share`, what ranks it
among its rivals by the names of RANKED, and the probabilities `first` and `both`. `shown` (m, k),
all that pairs show by themselves, is many times as much, and goes no further than the first
classifier.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from pyspark import Broadcast

from gluematch.models.matching.features.candidate_ranks import RANK_FEATURES, combine_ends
from gluematch.models.matching.features.comparators import Comparator
from gluematch.models.matching.features.lazy_features import CHUNK
from gluematch.models.matching.features.neighbourhood import competition, neighbour_features
from gluematch.models.matching.features.pair_features import (
    OUT,
    RANK_NAMES,
    RANKED,
    WHOLE,
    Features,
    own_part,
)
from gluematch.models.matching.features.source_column import eligible
from gluematch.models.matching.kernels.arrays import Longs
from gluematch.models.matching.kernels.parallel import single_core
from gluematch.models.matching.records.pairs import Pairs
from gluematch.models.matching.training.matcher import Matcher

from .blocking import Known
from .broadcast_table import BroadcastTable, pair_view
from .candidate_ranks import LINK, end_rank, neighbourhoods, rank_features
from .shuffle import Arrays, Parts, cached, merge_columns, zip_parts

RIVALRY = "rivalry"
_OF_PAIRS = {"i", "j", "may", "share", "anew", "first", "both", "before", "asked", *RANKED}


@dataclass(frozen=True, slots=True, eq=False)
class PairScorer:
    """What judges pairs: the comparers by the place of their column, the `names` (k,) of what a
    pair shows by itself, and the matcher."""

    comparators: Sequence[tuple[int, Comparator]]
    names: tuple[str, ...]
    matcher: Matcher


Scorer = Broadcast[PairScorer]


def shown_names(
    corpus: BroadcastTable, comparators: Sequence[tuple[int, Comparator]]
) -> tuple[str, ...]:
    """The names of what a pair shows by itself."""
    nobody = pair_view(corpus, Pairs(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32)))
    return tuple(own_part(nobody.comparators(comparators), nobody.vectors(), nobody.pairs))


def compute_features(pairs: Parts, known: Known, judge: Scorer, count: int) -> Parts:
    """The pairs, `count` in all parts, with all that they show by themselves."""
    return pairs.map(partial(_compared, known, judge, count))


def summary_features(compared: Parts) -> Parts:
    """Compared pairs without `shown`."""
    return compared.map(lambda part: (part[0], _without_surroundings(part[1])))


def first_scores(pairs: Parts, shown: Parts, judge: Scorer, count: int, bounds: Longs) -> Parts:
    """The probability of pairs by the first classifier, as a column `first`: of those that a
    column `anew` of flags marks, `count` in all parts; the others keep what they have. `shown` is
    of the marked ones alone."""
    ends = rank_features(pairs.map(_by_likeness), RANKED, bounds)
    return zip_parts(merge_columns(pairs, ends), shown).map(partial(_first, judge, count))


def second_scores(pairs: Parts, judge: Scorer, bounds: Longs, *, second: bool) -> Parts:
    """The probability of the pairs by both classifiers, as a column `both`, from `first`;
    `second`: whether the matcher has a second one."""
    if not second:
        return pairs.map(_alone)
    linked = cached(pairs.map(_linked))
    ends = neighbourhoods(linked, (RIVALRY,), bounds)
    return merge_columns(pairs, ends).map(partial(_second, judge))


@single_core
def _compared(
    known: Known, judge: Scorer, count: int, part: tuple[int, Arrays]
) -> tuple[int, Arrays]:
    corpus, judging = known.value, judge.value
    here = pair_view(corpus, Pairs(part[1]["i"], part[1]["j"]))
    comparators = here.comparators(judging.comparators)
    vectors = here.vectors().for_pairs(count)
    shown = np.empty((len(here.pairs), len(judging.names)), dtype=np.float32)
    for start in range(0, len(shown), CHUNK):
        near = Pairs(here.pairs.i[start : start + CHUNK], here.pairs.j[start : start + CHUNK])
        for place, values in enumerate(own_part(comparators, vectors, near).values()):
            shown[start : start + CHUNK, place] = values
    may = eligible(here.table, here.pairs, corpus.source_column)
    share = judging.matcher.share(here.table, here.pairs)
    anew = np.ones(len(shown), dtype=np.bool_)
    first = np.zeros(len(shown))
    ranked = {
        base: np.where(may, shown[:, judging.names.index(f"{WHOLE}:{base}")], OUT)
        for base in RANKED
    }
    told = {"may": may, "share": share, "shown": shown, "anew": anew, "first": first}
    return part[0], part[1] | told | ranked


def _by_likeness(part: tuple[int, Arrays]) -> tuple[int, Arrays]:
    """Pairs by what ranks them among their rivals."""
    told = {base: part[1][base].astype(np.float64) for base in RANKED}
    return part[0], {"i": part[1]["i"], "j": part[1]["j"]} | told


@single_core
def _first(
    judge: Scorer, count: int, two: tuple[tuple[int, Arrays], tuple[int, Arrays]]
) -> tuple[int, Arrays]:
    (number, arrays), (_, blocking_table) = two
    judging = judge.value
    asked = np.flatnonzero(arrays["anew"])
    own = len(judging.names)
    matrix = np.empty((len(asked), own + len(RANK_NAMES)), dtype=np.float32)
    matrix[:, :own] = blocking_table["shown"]
    place = own
    for base in RANKED:
        score = arrays[base].astype(np.float64)
        found = combine_ends(score, end_rank(arrays, base, 0), end_rank(arrays, base, 1))
        for name in RANK_FEATURES:
            matrix[:, place] = found[name][asked]
            place += 1
    first = arrays["first"].copy()
    for start in range(0, len(asked), CHUNK):
        some = slice(start, start + CHUNK)
        features = Features(matrix[some], (*judging.names, *RANK_NAMES))
        first[asked[some]] = judging.matcher.first.predict(features, of=count)
    return number, _without_surroundings(arrays) | {"first": first}


def _without_surroundings(arrays: Arrays) -> Arrays:
    """What is known of the pairs themselves."""
    return {name: values for name, values in arrays.items() if name in _OF_PAIRS}


def _alone(part: tuple[int, Arrays]) -> tuple[int, Arrays]:
    arrays = part[1]
    return part[0], arrays | {
        "both": np.where(arrays["may"], arrays["first"], 0.0) * arrays["share"]
    }


def _linked(part: tuple[int, Arrays]) -> tuple[int, Arrays]:
    arrays = part[1]
    p = np.where(arrays["may"], arrays["first"], 0.0)
    told = {LINK: p, RIVALRY: competition(p, arrays["may"])}
    return part[0], {"i": arrays["i"], "j": arrays["j"]} | told


@single_core
def _second(judge: Scorer, part: tuple[int, Arrays]) -> tuple[int, Arrays]:
    number, arrays = part
    second = judge.value.matcher.second
    assert second is not None, "only asked of matchers that have one"
    p = np.where(arrays["may"], arrays["first"], 0.0)
    value = competition(p, arrays["may"])
    ranked = combine_ends(value, end_rank(arrays, RIVALRY, 0), end_rank(arrays, RIVALRY, 1))
    other = arrays["other 0"], arrays["other 1"]
    around = neighbour_features(p, ranked, other, arrays["support"])
    both = np.where(arrays["may"], second.predict(around), 0.0) * arrays["share"]
    return number, _without_surroundings(arrays) | {"both": both}
