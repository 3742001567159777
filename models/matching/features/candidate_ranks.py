"""How a pair stands among its rivals: the other candidate pairs of its two entities."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gluematch.models.matching.kernels.arrays import Doubles, Flags, Floats, Ints, Longs
from gluematch.models.matching.kernels.size_limits import enough_to_compile, is_large
from gluematch.models.matching.records.pairs import Pairs

RANK_FEATURES = ("best_gap", "worst_gap", "rank")
_ALWAYS_INCLUDED = 1


def rank_features(entities: int, pairs: Pairs, score: Floats | Doubles) -> dict[str, Floats]:
    """How each pair's score stands against the other pairs of its two entities.

    `best_gap`, `worst_gap`: score less the best rival's, for the better and the worse of
    the two ends; `rank`: 1 / (worse rank).
    """
    return rank_features_by_score(entities, pairs, [score])[0]


def rank_features_by_score(
    entities: int, pairs: Pairs, scores: Sequence[Floats | Doubles]
) -> list[dict[str, Floats]]:
    """`rank_features` by each of several scores."""
    if not _compiled(entities, pairs):
        values = [score.astype(np.float64) for score in scores]
        return [combine_ends(value, *end_ranks(entities, pairs, value)) for value in values]
    from gluematch.models.matching.kernels import rank_loops as loops  # noqa: PLC0415 - loads the compiler

    ends = loops.pairs_by_entity(pairs.i, pairs.j, entities)
    found = []
    for score in scores:
        rank, competitor = loops.ranks(ends, score)
        found.append(
            dict(zip(RANK_FEATURES, loops.rank_features(score, rank, competitor), strict=True))
        )
    return found


def _compiled(entities: int, pairs: Pairs) -> bool:
    return enough_to_compile(len(pairs)) or is_large(entities)


@dataclass(frozen=True, slots=True, eq=False)
class EndRank:
    """How each of m pairs stands at one of its two entities: its `rank` (m,) from 0 among the
    pairs of that entity, and the best score of a `competitor` there (m,), 0 where it has none."""

    rank: Ints | Longs
    competitor: Doubles


def end_ranks(entities: int, pairs: Pairs, value: Doubles) -> tuple[EndRank, EndRank]:
    """How each pair's value (m,) stands at its first and at its second entity. An end is right
    where all pairs of its entity are among `pairs`."""
    if _compiled(entities, pairs):
        from gluematch.models.matching.kernels import rank_loops as loops  # noqa: PLC0415 - loads the compiler

        rank, competitor = loops.ranks(loops.pairs_by_entity(pairs.i, pairs.j, entities), value)
        m = len(pairs)
        return EndRank(rank[:m], competitor[:m]), EndRank(rank[m:], competitor[m:])
    rank_i, rank_j, best, second = _ranks(pairs, value, entities)
    first = EndRank(rank_i, np.where(rank_i == 0, second[pairs.i], best[pairs.i]))
    return first, EndRank(rank_j, np.where(rank_j == 0, second[pairs.j], best[pairs.j]))


def is_best(end: EndRank) -> Flags:
    """Which pairs are kept anyway, since none stands better at this end: (m,)."""
    return np.asarray(end.rank < _ALWAYS_INCLUDED)


def combine_ends(value: Doubles, one: EndRank, other: EndRank) -> dict[str, Floats]:
    """`rank_features` of pairs whose two ends are known."""
    gap_i, gap_j = value - one.competitor, value - other.competitor
    return {
        "best_gap": np.maximum(gap_i, gap_j).astype(np.float32),
        "worst_gap": np.minimum(gap_i, gap_j).astype(np.float32),
        "rank": (1 / (1 + np.maximum(one.rank, other.rank))).astype(np.float32),
    }


def _ranks(pairs: Pairs, value: Doubles, entities: int) -> tuple[Longs, Longs, Doubles, Doubles]:
    """For both ends of each pair how many pairs of that entity score higher, and per entity
    its best and second-best score."""
    m = len(pairs)
    end = np.concatenate([pairs.i, pairs.j])
    falling = np.argsort(-value)
    grade = np.empty(m, dtype=np.int64)
    grade[falling] = np.cumsum(np.diff(value[falling], prepend=value[falling[:1]]) != 0)
    # entity, then grade, then place, in one number each: sorting those is the quickest
    low, high = (2 * m).bit_length(), m.bit_length()
    key = (end.astype(np.int64) << high | np.tile(grade, 2)) << low | np.arange(2 * m)
    key.sort()
    order = key & ((1 << low) - 1)
    owner = key >> (low + high)
    starts = np.searchsorted(owner, np.arange(entities))
    rank = np.empty(2 * m, dtype=np.int64)
    rank[order] = np.arange(2 * m) - starts[owner]
    return rank[:m], rank[m:], *_two_best(end, value[order % m], starts)


def _two_best(end: Ints, value: Doubles, starts: Longs) -> tuple[Doubles, Doubles]:
    """Per entity its best and second-best value, 0 where it has none."""
    best, second = np.zeros(len(starts)), np.zeros(len(starts))
    has = np.bincount(end, minlength=len(starts))
    one: Flags = has >= 1
    two: Flags = has >= 2
    best[one] = value[starts[one]]
    second[two] = value[starts[two] + 1]
    return best, second
