"""The pairs that components lack, scored among all others, as `decision.completed` does it."""

from functools import partial

import numpy as np
from pyspark import Broadcast

from gluematch.models.matching.kernels.arrays import Flags, Ints
from gluematch.models.matching.kernels.size_limits import is_large
from gluematch.models.matching.records.pairs import Pairs, positions

from .broadcast_table import SparkTable
from .scoring import Scorer, compute_features, first_scores, second_scores, summary_features
from .shuffle import Arrays, Parts, cached, concatenate_parts, take, zip_parts


def complete_components(
    held: SparkTable, judge: Scorer, pairs: Parts, shown: Parts, extra: Parts, *, second: bool
) -> Parts:
    """All `pairs`, compared as `shown` says, and the `extra` ones, some of which may be among them.
    What was scored before keeps its probability, or takes the more cautious one of an extra pair
    if that is higher; `second`: whether the matcher has a second classifier."""
    context, corpus = held.context, held.corpus
    fresh = cached(zip_parts(pairs, extra).map(_fresh))
    count = int(fresh.map(lambda part: len(part[1]["i"])).sum())
    competitors = None
    if not is_large(corpus.size):
        competitors = context.broadcast(_named(corpus.size, fresh.map(_ends).collect()))
    described = cached(compute_features(fresh, held.known, judge, count))
    brief = cached(summary_features(described))
    whole = cached(zip_parts(zip_parts(pairs, brief), extra).map(partial(_whole, competitors)))
    blocking_table = described
    if competitors is not None:
        blocking_table = cached(zip_parts(zip_parts(shown, described), whole).map(_shown_anew))
    first = cached(first_scores(whole, blocking_table, judge, count, corpus.bounds))
    return cached(second_scores(first, judge, corpus.bounds, second=second).map(_cautious))


def _fresh(two: tuple[tuple[int, Arrays], tuple[int, Arrays]]) -> tuple[int, Arrays]:
    """The extra pairs that are not among the pairs."""
    (number, pairs), (_, extra) = two
    order = np.lexsort((extra["j"], extra["i"]))
    i, j = extra["i"][order], extra["j"][order]
    new = positions(Pairs(pairs["i"], pairs["j"]), i, j) < 0
    return number, {"i": i[new], "j": j[new]}


def _ends(part: tuple[int, Arrays]) -> Ints:
    return np.union1d(part[1]["i"], part[1]["j"])


def _named(size: int, ends: list[Ints]) -> Flags:
    named = np.zeros(size, dtype=np.bool_)
    named[np.concatenate(ends)] = True
    return named


def _whole(
    competitors: Broadcast[Flags] | None,
    three: tuple[tuple[tuple[int, Arrays], tuple[int, Arrays]], tuple[int, Arrays]],
) -> tuple[int, Arrays]:
    """The pairs of both kinds in order, which of them are `asked`, and what was said `before`."""
    ((number, pairs), (_, fresh)), (_, extra) = three
    unscored = np.zeros(len(fresh["i"]))
    whole = concatenate_parts(
        [
            pairs | {"before": pairs["both"], "anew": np.zeros(len(pairs["i"]), dtype=np.bool_)},
            fresh | {"before": unscored, "both": unscored},
        ]
    )
    whole = take(whole, np.lexsort((whole["j"], whole["i"])))
    asked = np.zeros(len(whole["i"]), dtype=np.bool_)
    asked[positions(Pairs(whole["i"], whole["j"]), extra["i"], extra["j"])] = True
    if competitors is not None:
        whole["anew"] = (
            whole["anew"] | competitors.value[whole["i"]] | competitors.value[whole["j"]]
        )
    return number, whole | {"asked": asked}


def _shown_anew(
    three: tuple[tuple[tuple[int, Arrays], tuple[int, Arrays]], tuple[int, Arrays]],
) -> tuple[int, Arrays]:
    """What the pairs show that are judged anew, in order."""
    ((number, shown), (_, fresh)), (_, whole) = three
    both = concatenate_parts(
        {name: one[name] for name in ("i", "j", "shown")} for one in (shown, fresh)
    )
    order = np.lexsort((both["j"], both["i"]))
    return number, {"shown": both["shown"][order[whole["anew"]]]}


def _cautious(part: tuple[int, Arrays]) -> tuple[int, Arrays]:
    arrays = part[1]
    cautious = np.minimum(arrays["both"], arrays["first"])
    both = np.where(arrays["asked"], np.maximum(arrays["before"], cautious), arrays["before"])
    return part[0], {"i": arrays["i"], "j": arrays["j"], "both": both}
