"""Which pairs of entities are worth comparing: for each entity its best few neighbours by
the rarity of what the two share.

Nobody configures keys: whole values, words and character trigrams of every column are
keys, and a key weighs by how rare it is. Only the number of neighbours depends on the
effort, so more effort only adds pairs.

Large tables are blocked another way, `blocks`; where they hold free text, that way comes to it.
"""

import numpy as np
from scipy import sparse
from sparse_dot_topn import sp_matmul_topn

from gluematch.models.matching.kernels.arrays import Flags, Ints, Longs
from gluematch.models.matching.kernels.size_limits import is_large
from gluematch.models.matching.records.pairs import Pairs, join, pairs_of
from gluematch.models.matching.records.table import Table
from gluematch.models.matching.records.token_vectors import TableVectors, TokenVectors

_WORK_PER_ENTITY = 3_000
_SMALL_BLOCK = 60
_FREE = 5
"""How many words a value has, on average, from which on it is free text."""
_LEAST_NEIGHBOURS, _MOST_NEIGHBOURS = 4, 20


def candidate_pairs(
    table: Table,
    vectors: TableVectors,
    effort: float,
    source_column: str | None,
    focus: Ints | None = None,
) -> Pairs:
    """The pairs worth comparing; a higher `effort` (0 to 1) keeps all and adds some.

    Where `source_column` names a column, only entities that differ in it are paired; if `focus`
    is given, only the pairs of those entities and of their neighbours.
    """
    found = passes(table, vectors, effort, source_column, focus)
    return found[0] if len(found) == 1 else join(*found)


def passes(
    table: Table,
    vectors: TableVectors,
    effort: float,
    source_column: str | None,
    focus: Ints | None = None,
) -> tuple[Pairs] | tuple[Pairs, Pairs]:
    """What each pass of `candidate_pairs` finds: two, by shared rare values and words and by
    shared trigrams, unless the table is large."""
    if table.size < 2:
        empty = np.zeros(0, dtype=np.int32)
        return (Pairs(empty, empty),)
    side = source_codes(table, source_column)
    if not is_large(table.size):
        return _neighbour_pairs(vectors, effort, side, focus)
    found = _large_pairs(table, vectors, effort, side, focus)
    return (
        join(found, *_neighbour_pairs(vectors, effort, side, focus))
        if has_free_text(table)
        else found,
    )


def has_free_text(table: Table) -> bool:
    """Whether a column holds free text. Two such texts seldom agree as a whole, nor in halves; they
    have a few rare words in common."""
    return any(
        column.kind == "words"
        and np.count_nonzero(column.normalised.buffer[0] == ord(" "))
        >= (_FREE - 1) * len(column.normalised)
        for column in table.columns
    )


def _neighbour_pairs(
    vectors: TableVectors, effort: float, side: Ints, focus: Ints | None
) -> tuple[Pairs, Pairs]:
    most = neighbour_count(effort)
    values, grams = selective_keys(vectors)
    if focus is None:
        return nearest_neighbours(values, most, side), nearest_neighbours(grams, most, side)
    candidates = [nearest_neighbours(keys, most, side, focus) for keys in (values, grams)]
    near = np.unique(np.concatenate([focus, *(end for m in candidates for end in (m.i, m.j))]))
    return nearest_neighbours(values, most, side, near), nearest_neighbours(grams, most, side, near)


def neighbour_count(effort: float) -> int:
    """How many neighbours of an entity are taken, by the effort (0 to 1)."""
    span = _MOST_NEIGHBOURS - _LEAST_NEIGHBOURS
    return round(_LEAST_NEIGHBOURS + span * min(max(effort, 0.0), 1.0))


def selective_keys(vectors: TableVectors) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """The affordable keys of every entity, weighted: rare values and words, and trigrams. Of a
    large table the words alone."""
    words = vectors.words if vectors.values is None else vectors.values
    return _selective_keys(words, _WORK_PER_ENTITY), _selective_keys(
        vectors.grams, _WORK_PER_ENTITY
    )


def source_codes(table: Table, source_column: str | None) -> Ints:
    """The source of each entity (u,), all the same where no column sets matches apart."""
    for column in table.columns:
        if column.name == source_column:
            return column.codes
    return np.zeros(table.size, dtype=np.int32)


def _large_pairs(
    table: Table, vectors: TableVectors, effort: float, side: Ints, focus: Ints | None
) -> Pairs:
    from .dynamic_blocking import build_blocks, dynamic_pairs  # noqa: PLC0415 - loads the compiler

    here = build_blocks(table, vectors.words)
    source_column = side if side.any() else None
    rows = np.arange(table.size, dtype=np.int32)
    if focus is not None:
        first = dynamic_pairs(here, focus, effort, source_column)
        rows = np.unique(np.concatenate([focus, first.i, first.j]))
    return dynamic_pairs(here, rows, effort, source_column)


def _selective_keys(token_vectors: TokenVectors, work: int) -> sparse.csr_matrix:
    """The affordable keys of every entity, weighted."""
    shared = np.bincount(token_vectors.matrix.indices, minlength=token_vectors.matrix.shape[1])
    kept = np.flatnonzero(_affordable(shared, len(token_vectors.total), work))
    return _unit(token_vectors.matrix, sparse.csr_matrix(token_vectors.matrix[:, kept]))


def nearest_neighbours(
    reduced: sparse.csr_matrix, most: int, side: Ints, span: slice | Ints = slice(None)
) -> Pairs:
    """Each entity of the `span` with its `most` nearest others by the product over keys; if
    there are several sides, only with others of another side."""
    left, right = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    asked = np.zeros(len(side), dtype=np.bool_)
    asked[span] = True
    for name in np.unique(side):
        rows = np.flatnonzero(asked & (side == name))
        if not len(rows):
            continue
        others = np.flatnonzero(side != name)
        others = others if len(others) else np.arange(len(side))
        product = sp_matmul_topn(
            sparse.csr_matrix(reduced[rows]),
            sparse.csr_matrix(reduced[others].T),
            top_n=most + 1,
            threshold=1e-6,
            sort=True,
            n_threads=2,
        )
        left.append(np.repeat(rows, np.diff(product.indptr)).astype(np.int64))
        right.append(others[product.indices].astype(np.int64))
    return pairs_of(np.concatenate(left), np.concatenate(right))


def _unit(weights: sparse.csr_matrix, some: sparse.csr_matrix) -> sparse.csr_matrix:
    """Rows of unit length in squared rarity, which prefers the rarest parts: `some` columns of
    these weights, which are used up."""
    filled = np.flatnonzero(np.diff(weights.indptr))
    norm = np.ones(weights.shape[0], dtype=weights.dtype)
    norm[filled] = np.sqrt(np.add.reduceat((weights.data**2) ** 2, weights.indptr[filled]))
    some.data **= 2
    some.data /= np.repeat(norm, np.diff(some.indptr))
    return some


def _affordable(shared: Longs, size: int, work: int) -> Flags:
    """Keys of two or more entities, the rarest first, while the product stays affordable."""
    order = np.argsort(shared, kind="stable")
    cost = np.cumsum(shared[order].astype(np.float64) ** 2)
    keep = np.zeros(len(shared), dtype=np.bool_)
    keep[order] = (cost <= work * size) | (shared[order] <= _SMALL_BLOCK)
    return keep & (shared >= 2)
