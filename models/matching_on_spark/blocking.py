"""Candidate pairs on a cluster. Keys are joined by exchanging them by their hash; a block that is
too large never forms, so what a million rows share costs nothing.

The pairs are those that `matching.blocking` and `matching.blocks` find. Each is a row `i`, `j`
(i < j) in the part of its first entity.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from pyspark import Broadcast, SparkContext

from gluematch.models.matching.blocking import dynamic_blocking
from gluematch.models.matching.blocking.neighbour_blocking import (
    has_free_text,
    nearest_neighbours,
    neighbour_count,
    selective_keys,
)
from gluematch.models.matching.features.candidate_ranks import is_best
from gluematch.models.matching.kernels import block_index, block_keys
from gluematch.models.matching.kernels.arrays import AnyArray, Ints, Longs
from gluematch.models.matching.kernels.parallel import single_core
from gluematch.models.matching.kernels.size_limits import is_large
from gluematch.models.matching.records.pairs import Pairs, join, pairs_of
from gluematch.models.matching.records.table import Table

from .broadcast_table import BroadcastTable, SparkTable, VectorsByValue, pair_view
from .candidate_ranks import end_rank, rank_features
from .shuffle import (
    Arrays,
    Parts,
    cached,
    concatenate_parts,
    exchange,
    merge_columns,
    move_rows,
    part_of,
    zip_parts,
)

Known = Broadcast[BroadcastTable]
Keys = Broadcast[tuple[Any, Any, int]]

_LEADING = np.uint64(16)
"""Keys go by their leading bits; slots of keys, which are counted together, have more."""


def numbered_parts(context: SparkContext, parts: int) -> Parts:
    """Parts of no columns."""
    return context.parallelize([(k, Arrays()) for k in range(parts)], parts)


def candidate_pairs(held: SparkTable, table: Table, effort: float) -> Parts:
    """The candidate pairs of a table, as `matching.blocking` finds them."""
    if not is_large(table.size):
        return nearest_neighbour_pairs(held, effort)
    candidates = block_pairs(held, dynamic_blocking.prepare(table), effort)
    if not has_free_text(table):
        return candidates
    return cached(zip_parts(candidates, nearest_neighbour_pairs(held, effort)).map(_either))


def _either(two: tuple[tuple[int, Arrays], tuple[int, Arrays]]) -> tuple[int, Arrays]:
    pairs = join(*(Pairs(part[1]["i"], part[1]["j"]) for part in two))
    return two[0][0], {"i": pairs.i, "j": pairs.j}


def nearest_neighbour_pairs(held: SparkTable, effort: float) -> Parts:
    """The pairs of neighbours: each part seeks the best ones of its entities in the whole."""
    context, corpus = held.context, held.corpus
    whole_bags = corpus.vectors.whole(corpus.codes)
    keys = context.broadcast((*selective_keys(whole_bags), neighbour_count(effort)))
    side = corpus.side()
    whole = np.zeros(corpus.size, dtype=np.int32) if side is None else side
    bounds = corpus.bounds

    parts = numbered_parts(context, len(bounds) - 1).map(partial(_sought, keys, whole, bounds))
    return cached(move_rows(parts, partial(_home, bounds)).map(_once))


@single_core
def _sought(keys: Keys, side: Ints, bounds: Longs, part: tuple[int, Arrays]) -> tuple[int, Arrays]:
    values, grams, most = keys.value
    span = slice(int(bounds[part[0]]), int(bounds[part[0] + 1]))
    found = join(
        nearest_neighbours(values, most, side, span), nearest_neighbours(grams, most, side, span)
    )
    return part[0], {"i": found.i, "j": found.j}


def block_pairs(
    held: SparkTable, blocking_table: dynamic_blocking.BlockingTable, effort: float
) -> Parts:
    """The candidate pairs of a large table: each part keeps the likely ones of the few
    block-mates that share most with its entities."""
    context, known, bounds = held.context, held.known, held.corpus.bounds
    seen = context.broadcast(blocking_table)
    parts = numbered_parts(context, len(bounds) - 1)
    keys = parts.map(partial(_keys, known, seen))
    shared = exchange(keys, partial(_by_hash, len(bounds) - 1))
    formed = shared.map(partial(_blocks, blocking_table.size))
    neighbours = exchange(formed, partial(_to_members, bounds)).map(partial(_mates, known, seen))
    candidates = cached(
        move_rows(neighbours, partial(_home, bounds))
        .map(_once)
        .map(partial(_looked, known, seen, effort))
    )
    ends = rank_features(candidates, ("alike",), bounds)
    wanted = merge_columns(candidates, ends).map(_wanted)
    near = cached(wanted)
    seen.unpersist()
    return near


def _home(bounds: Longs, _number: int, arrays: Arrays) -> Longs:
    return part_of(bounds, arrays["i"])


def _once(part: tuple[int, Arrays]) -> tuple[int, Arrays]:
    pairs = pairs_of(part[1]["i"], part[1]["j"])
    return part[0], {"i": pairs.i, "j": pairs.j}


@single_core
def _keys(
    known: Known, seen: Broadcast[dynamic_blocking.BlockingTable], part: tuple[int, Arrays]
) -> tuple[int, Arrays]:
    """All keys of a part's entities."""
    corpus, blocking_table = known.value, seen.value
    assert isinstance(corpus.vectors, VectorsByValue), "only large tables form blocks"
    span = corpus.span(part[0])
    size = span.stop - span.start
    words = corpus.vectors.parts[0].of([codes[span] for codes in corpus.codes])
    word_lists = (
        words.indptr.astype(np.int64),
        words.indices,
        corpus.vectors.counts[0].astype(np.int32),
    )
    bits = corpus.size.bit_length()
    found = block_keys.keys_of(
        blocking_table.atoms[span], blocking_table.count, word_lists, (0, size), bits
    )
    return part[0], {"key": found + np.uint64(span.start)}


def _by_hash(count: int, _number: int, arrays: Arrays) -> Iterator[tuple[int, Arrays]]:
    keys: AnyArray = arrays["key"]
    leading = keys >> (np.uint64(64) - _LEADING)
    target = (leading * np.uint64(count) >> _LEADING).astype(np.int64)
    order = np.argsort(target, kind="stable")
    edges = np.searchsorted(target[order], np.arange(count + 1))
    for k in range(count):
        yield k, {"key": keys[order[edges[k] : edges[k + 1]]]}


@single_core
def _blocks(size: int, part: tuple[int, list[tuple[int, Arrays]]]) -> tuple[int, Arrays]:
    """The blocks of the entities that share a key of one range of hashes: how many members each
    has beside each member."""
    keys = block_keys.shared_keys(concatenate_parts(what for _, what in part[1])["key"], size)
    start, member = block_index.blocks_of_keys(keys, size.bit_length())
    length = np.diff(start)
    return part[0], {"member": member, "block": np.repeat(np.arange(len(length)), length)}


def _to_members(bounds: Longs, number: int, arrays: Arrays) -> Iterator[tuple[int, Arrays]]:
    """Each block to the parts of all its members."""
    member, block = arrays["member"], arrays["block"]
    home = part_of(bounds, member)
    count = int(block[-1]) + 1 if len(block) else 0
    for k in range(len(bounds) - 1):
        concerned = np.zeros(count, dtype=np.bool_)
        concerned[block[home == k]] = True
        chosen = concerned[block] if count else np.zeros(0, dtype=np.bool_)
        if k == number or chosen.any():
            length = np.bincount(block[chosen], minlength=count)[concerned]
            yield k, {"member": member[chosen], "length": length.astype(np.int32)}


@single_core
def _mates(
    known: Known,
    seen: Broadcast[dynamic_blocking.BlockingTable],
    part: tuple[int, list[tuple[int, Arrays]]],
) -> tuple[int, Arrays]:
    """The pairs that a part's entities make with their best block-mates."""
    corpus = known.value
    member = np.concatenate([what["member"] for _, what in part[1]])
    length = np.concatenate([what["length"] for _, what in part[1]])
    start = np.append(0, np.cumsum(length)).astype(np.int64)
    formed = block_index.index_by_entity(start, member, corpus.size)
    span = corpus.span(part[0])
    rows: Ints = np.arange(span.start, span.stop, dtype=np.int32)
    candidates = dynamic_blocking.block_pairs(seen.value, formed, rows, corpus.side())
    return part[0], {"i": candidates.i, "j": candidates.j}


@single_core
def _looked(
    known: Known,
    seen: Broadcast[dynamic_blocking.BlockingTable],
    effort: float,
    part: tuple[int, Arrays],
) -> tuple[int, Arrays]:
    """The pairs met, with how alike they are and whether that is enough."""
    candidates = Pairs(part[1]["i"], part[1]["j"])
    alike = dynamic_blocking.evidence(seen.value, candidates)
    here = pair_view(known.value, candidates)
    enough = dynamic_blocking.likely_pairs(
        known.value.size, effort, alike, here.words(), here.pairs
    )
    return part[0], part[1] | {"alike": alike, "enough": enough}


def _wanted(part: tuple[int, Arrays]) -> tuple[int, Arrays]:
    arrays = part[1]
    wanted = arrays["enough"].copy()
    for which in (0, 1):
        wanted |= is_best(end_rank(arrays, "alike", which))
    return part[0], {"i": arrays["i"][wanted], "j": arrays["j"][wanted]}
