"""How pairs stand among their rivals where the pairs are spread over a cluster.

A pair is in the part of its first entity. It visits the part of its second entity, where all
pairs of that entity meet, and what the engine's functions find there comes back.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np

from gluematch.models.matching.features.candidate_ranks import EndRank, end_ranks
from gluematch.models.matching.features.neighbourhood import degrees, is_link, links, supports
from gluematch.models.matching.kernels.arrays import AnyArray, Longs
from gluematch.models.matching.kernels.parallel import single_core
from gluematch.models.matching.records.pairs import Pairs

from .shuffle import (
    Arrays,
    Parts,
    cached,
    concatenate_parts,
    exchange,
    move_rows,
    part_of,
    split,
    take,
    zip_parts,
)

LINK = "link"
"""The column by whose links `neighbourhoods` looks: the probability of pairs that may match."""


def rank_features(pairs: Parts, values: tuple[str, ...], bounds: Longs) -> Parts:
    """How each pair stands at its first and second end by each of the columns `values`
    (float64): the columns `<value> rank 0`, `<value> rival 0`, `<value> rank 1` and so on."""
    found = exchange(pairs, partial(_visit, values, bounds)).map(partial(_ranked, values, bounds))
    return cached(move_rows(found, _to).map(_both_ends))


def end_rank(arrays: Arrays, value: str, which: int) -> EndRank:
    """What `rank_features` says of the first (0) or second (1) end."""
    return EndRank(arrays[f"{value} rank {which}"], arrays[f"{value} rival {which}"])


def neighbourhoods(pairs: Parts, values: tuple[str, ...], bounds: Longs) -> Parts:
    """What surrounds each pair by its column `link`: the strength of the other links of either
    end, `other 0` and `other 1`, and `support`, that of links to common neighbours; and what
    `rank_features` tells by the columns `values`."""
    visits = cached(exchange(pairs, partial(_visit, (LINK, *values), bounds)))
    ends = cached(move_rows(visits.map(partial(_surrounded, values, bounds)), _to).map(_both_ends))
    around = cached(move_rows(visits.map(_edges), _to))
    return cached(zip_parts(zip_parts(pairs, ends), around).map(_supported))


def _visit(
    values: tuple[str, ...], bounds: Longs, number: int, arrays: Arrays
) -> Iterator[tuple[int, Arrays]]:
    """All pairs to their own part, and each to that of its second entity."""
    mine = {name: arrays[name] for name in ("i", "j", *values)}
    mine["at"] = np.arange(len(mine["i"]), dtype=np.int64)
    yield number, mine
    home = part_of(bounds, mine["j"])
    leaving = home != number
    for target, rows in split(take(mine, leaving), home[leaving], len(bounds) - 1, number):
        if target != number:
            yield target, rows


def _met(part: tuple[int, list[tuple[int, Arrays]]]) -> tuple[Arrays, Pairs, int]:
    """All pairs with an entity of the part, in order, the part they come `from`; the same pairs
    with their entities numbered anew in the same order; and how many entities those are."""
    candidates = concatenate_parts(
        what | {"from": np.full(len(what["i"]), source)} for source, what in part[1]
    )
    candidates = take(candidates, np.lexsort((candidates["j"], candidates["i"])))
    entities, at = np.unique(
        np.concatenate([candidates["i"], candidates["j"]]), return_inverse=True
    )
    place = at.astype(np.int32)
    m = len(candidates["i"])
    return candidates, Pairs(place[:m], place[m:]), len(entities)


def _answers(
    number: int, bounds: Longs, candidates: Arrays, values: dict[str, tuple[AnyArray, AnyArray]]
) -> Arrays:
    """The values of first and second ends that are the part's own, to whom they are due."""
    ends = []
    for which, entity in enumerate((candidates["i"], candidates["j"])):
        mine = part_of(bounds, entity) == number
        told = {name: both[which][mine] for name, both in values.items()}
        due = {"to": candidates["from"][mine], "at": candidates["at"][mine]}
        ends.append(told | due | {"end": np.full(int(mine.sum()), which)})
    return concatenate_parts(ends)


@single_core
def _ranked(
    values: tuple[str, ...], bounds: Longs, part: tuple[int, list[tuple[int, Arrays]]]
) -> tuple[int, Arrays]:
    candidates, pairs, entities = _met(part)
    return part[0], _answers(
        part[0], bounds, candidates, _ranks(values, candidates, pairs, entities)
    )


@single_core
def _surrounded(
    values: tuple[str, ...], bounds: Longs, part: tuple[int, list[tuple[int, Arrays]]]
) -> tuple[int, Arrays]:
    candidates, pairs, entities = _met(part)
    told = _ranks(values, candidates, pairs, entities) | {
        "other": _others(candidates, pairs, entities)
    }
    return part[0], _answers(part[0], bounds, candidates, told)


def _ranks(
    values: tuple[str, ...], candidates: Arrays, pairs: Pairs, entities: int
) -> dict[str, tuple[AnyArray, AnyArray]]:
    """The rank and the rival's value at both ends of each pair, by each of the `values`."""
    told: dict[str, tuple[AnyArray, AnyArray]] = {}
    for value in values:
        one, other = end_ranks(entities, pairs, candidates[value])
        told[f"{value} rank"] = one.rank, other.rank
        told[f"{value} rival"] = one.competitor, other.competitor
    return told


def _others(candidates: Arrays, pairs: Pairs, entities: int) -> tuple[AnyArray, AnyArray]:
    """The strength of the other links of both ends of each pair."""
    linked = is_link(candidates[LINK])
    graph = links(entities, Pairs(pairs.i[linked], pairs.j[linked]), candidates[LINK][linked])
    degree, own = degrees(graph), np.where(linked, candidates[LINK], 0.0)
    return degree[pairs.i] - own, degree[pairs.j] - own


@single_core
def _edges(part: tuple[int, list[tuple[int, Arrays]]]) -> tuple[int, Arrays]:
    """The links of the part's entities: all for itself, and for each part that a pair came from
    those of the pair's second entity, if it has other links."""
    number = part[0]
    candidates, pairs, entities = _met(part)
    linked = is_link(candidates[LINK])
    asked = (_others(candidates, pairs, entities)[1] > 0) & (candidates["from"] != number)
    found = []
    for source in np.unique(np.append(candidates["from"][asked], number)).tolist():
        wanted = np.zeros(entities, dtype=np.bool_)
        wanted[pairs.j[asked & (candidates["from"] == source)]] = True
        chosen = linked & (wanted[pairs.i] | wanted[pairs.j] | (source == number))
        edges = {name: candidates[name][chosen] for name in ("i", "j", LINK)}
        found.append(edges | {"to": np.full(int(chosen.sum()), source)})
    return number, concatenate_parts(found)


def _to(_number: int, arrays: Arrays) -> Longs:
    return np.asarray(arrays["to"], dtype=np.int64)


def _both_ends(part: tuple[int, Arrays]) -> tuple[int, Arrays]:
    """Each pair's values at either end, in the order of the pairs."""
    arrays = take(part[1], np.lexsort((part[1]["at"], part[1]["end"])))
    m = len(arrays["at"]) // 2
    told = [name for name in arrays if name not in {"to", "at", "end"}]
    first = {f"{name} 0": arrays[name][:m] for name in told}
    return part[0], first | {f"{name} 1": arrays[name][m:] for name in told}


@single_core
def _supported(
    together: tuple[tuple[tuple[int, Arrays], tuple[int, Arrays]], tuple[int, Arrays]],
) -> tuple[int, Arrays]:
    ((number, mine), (_, ends)), (_, edges) = together
    code = edges["i"].astype(np.int64) << 32 | edges["j"]
    once = np.unique(code, return_index=True)[1]
    i, j = edges["i"][once], edges["j"][once]
    named = [mine["i"], mine["j"], i, j]
    entities, at = np.unique(np.concatenate(named), return_inverse=True)
    place = np.split(at.astype(np.int32), np.cumsum(list(map(len, named)))[:-1])
    graph = links(len(entities), Pairs(place[2], place[3]), edges[LINK][once])
    possible = np.minimum(ends["other 0"], ends["other 1"]) > 0
    return number, ends | {"support": supports(graph, Pairs(place[0], place[1]), possible)}
