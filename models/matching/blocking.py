"""Which pairs of entities are worth comparing: for each entity its best few neighbours by
the rarity of what the two share.

Nobody configures keys: whole values, words and character trigrams of every column are
keys, and a key weighs by how rare it is. Two sparse products of entities by keys give the
neighbours; only the number of neighbours depends on the effort, so more effort only adds.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from sparse_dot_topn import sp_matmul_topn

from . import text
from .arrays import Doubles, Flags, Floats, Ints, Longs
from .table import Column, Table

_WORK_PER_ENTITY = 3_000
_SMALL_BLOCK = 60
_LEAST_NEIGHBOURS, _MOST_NEIGHBOURS = 4, 20


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """m pairs of entities, i < j, sorted by (i, j), each once."""

    i: Ints
    j: Ints

    def __len__(self) -> int:
        return len(self.i)


@dataclass(frozen=True, slots=True, eq=False)
class Keys:
    """Which entity has which key: CSR matrices (u, keys), rows of unit length.

    `overlap` holds whole values and words, `grams` character trigrams.
    """

    overlap: sparse.csr_matrix
    grams: sparse.csr_matrix


def pairs_of(a: Longs, b: Longs) -> Pairs:
    """The distinct pairs of two different entities among (a, b), whichever comes first."""
    low, high = np.minimum(a, b).astype(np.int64), np.maximum(a, b).astype(np.int64)
    code = np.unique((low << 32 | high)[low != high])
    return Pairs((code >> 32).astype(np.int32), (code & 0xFFFFFFFF).astype(np.int32))


def join(first: Pairs, second: Pairs) -> Pairs:
    """The pairs of either."""
    return pairs_of(
        np.concatenate([first.i, second.i]).astype(np.int64),
        np.concatenate([first.j, second.j]).astype(np.int64),
    )


def positions(pairs: Pairs, i: Ints, j: Ints) -> Longs:
    """Where (i, j), i < j, stand in `pairs`; -1 where they are not."""
    have = pairs.i.astype(np.int64) << 32 | pairs.j
    want = i.astype(np.int64) << 32 | j
    at = np.searchsorted(have, want)
    inside = at < len(have)
    hit = np.zeros(len(want), dtype=np.bool_)
    hit[inside] = have[at[inside]] == want[inside]
    return np.where(hit, at, -1)


def build_keys(table: Table) -> Keys:
    """The keys of every entity, weighted by rarity."""
    entity, key = [], []
    for tag, column in enumerate(table.columns):
        entity_of, spelling_of = _expand(column, [[s] for s in column.spellings])
        entity.append(entity_of)
        key.append(np.array([f"{tag}={s}" for s in spelling_of], dtype=object))
        if column.kind == "words":
            entity_of, word_of = _expand(column, [sorted(set(b.split())) for b in column.bare])
            entity.append(entity_of)
            key.append(np.array(word_of, dtype=object))
        elif column.kind == "text":
            entity_of, word_of = _expand(column, [[b] for b in column.bare])
            entity.append(entity_of)
            key.append(np.array(word_of, dtype=object))
    overlap = _matrix(entity, key, table.size)
    entity, key = [], []
    for tag, column in enumerate(table.columns):
        mark = "" if column.kind in {"words", "text"} else f"{tag}="
        grams = [sorted(mark + g for g in text.trigrams(b)) for b in column.bare]
        entity_of, gram_of = _expand(column, grams)
        entity.append(entity_of)
        key.append(np.array(gram_of, dtype=object))
    return Keys(overlap, _matrix(entity, key, table.size))


def candidate_pairs(table: Table, keys: Keys, effort: float) -> Pairs:
    """The pairs worth comparing; a higher `effort` (0 to 1) keeps all and adds some."""
    if table.size < 2:
        empty = np.zeros(0, dtype=np.int32)
        return Pairs(empty, empty)
    span = _MOST_NEIGHBOURS - _LEAST_NEIGHBOURS
    most = round(_LEAST_NEIGHBOURS + span * min(max(effort, 0.0), 1.0))
    found = [_neighbours(m, most) for m in (keys.overlap, keys.grams)]
    return pairs_of(np.concatenate([a for a, _ in found]), np.concatenate([b for _, b in found]))


def _expand(column: Column, keys: list[list[str]]) -> tuple[Longs, list[str]]:
    """(entity, key) for every key of every entity's value."""
    rows = np.flatnonzero(column.codes >= 0)
    per_value = np.array([len(k) for k in keys], dtype=np.int64)
    entity = np.repeat(rows, per_value[column.codes[rows]])
    return entity, [key for code in column.codes[rows] for key in keys[code]]


def _matrix(entity: list[Longs], key: list[np.ndarray], size: int) -> sparse.csr_matrix:
    if not entity or not sum(len(e) for e in entity):
        return sparse.csr_matrix((size, 1), dtype=np.float32)
    rows = np.concatenate(entity)
    codes, names = pd.factorize(np.concatenate(key), sort=True)
    matrix = sparse.csr_matrix(
        (np.ones(len(rows), dtype=np.float32), (rows, codes)), shape=(size, len(names))
    )
    matrix.data[:] = 1.0
    shared = np.bincount(matrix.indices, minlength=len(names))
    matrix.data *= rarity(shared, size).astype(np.float32)[matrix.indices]
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    norms[norms == 0] = 1.0
    return sparse.csr_matrix(sparse.diags_array((1 / norms).astype(np.float32)) @ matrix)


def rarity(shared: Longs | Ints, size: int) -> Doubles:
    """How much it says that two of `size` entities share what `shared` of them have."""
    return np.log((size + 1.0) / np.maximum(shared, 1))


def _neighbours(matrix: sparse.csr_matrix, most: int) -> tuple[Longs, Longs]:
    """Each entity with its `most` nearest others by the product over affordable keys."""
    shared = np.bincount(matrix.indices, minlength=matrix.shape[1])
    kept = _affordable(shared, matrix.shape[0])
    part = sparse.csr_matrix(matrix[:, np.flatnonzero(kept)])
    product = sp_matmul_topn(
        part, sparse.csr_matrix(part.T), top_n=most + 1, threshold=1e-6, sort=True, n_threads=2
    )
    rows = np.repeat(np.arange(product.shape[0]), np.diff(product.indptr))
    return rows.astype(np.int64), product.indices.astype(np.int64)


def _affordable(shared: Longs, size: int) -> Flags:
    """Keys of two or more entities, the rarest first, while the product stays affordable."""
    order = np.argsort(shared, kind="stable")
    cost = np.cumsum(shared[order].astype(np.float64) ** 2)
    keep = np.zeros(len(shared), dtype=np.bool_)
    keep[order] = (cost <= _WORK_PER_ENTITY * size) | (shared[order] <= _SMALL_BLOCK)
    return keep & (shared >= 2)


def cosine(matrix: sparse.csr_matrix, i: Ints, j: Ints) -> Floats:
    """The product of rows i and j of `matrix`, pair by pair."""
    out = np.zeros(len(i), dtype=np.float32)
    for start in range(0, len(i), 50_000):
        stop = start + 50_000
        product = matrix[i[start:stop]].multiply(matrix[j[start:stop]])
        out[start:stop] = np.asarray(product.sum(axis=1)).ravel()
    return out
