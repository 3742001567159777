"""What an entity is made of, as weighted bags in sparse rows: words, character trigrams,
codes. A part weighs by its rarity; what two entities share is one sparse product.
"""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from . import text
from .arrays import Doubles, Floats, Ints, Longs
from .large import worth_compiling
from .table import Column, Table

_CODE = re.compile(r"[^\W_]+(?:[-./][^\W_]+)*")
_SEPARATORS = re.compile(r"[-./]")
_CHUNK = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class Bag:
    """u entities by their parts: CSR (u, parts) holding the square root of each part's
    rarity, so that a product of two rows is the weight of what they share; `total` (u,)."""

    matrix: sparse.csr_matrix
    total: Doubles

    def shared(self, i: Ints, j: Ints) -> Doubles:
        """The weight of what entities i and j share, pair by pair: (m,)."""
        return row_products(self.matrix, i, j)


def row_products(matrix: sparse.csr_matrix, i: Ints, j: Ints) -> Doubles:
    """The product of rows i and j of `matrix`, pair by pair: (m,)."""
    if worth_compiling(len(i)):
        from . import compiled_pairs as loops  # noqa: PLC0415 - loads the compiler, for large work only

        return loops.shared(matrix, i, j)
    out = np.zeros(len(i))
    for start in range(0, len(i), _CHUNK):
        stop = start + _CHUNK
        product = matrix[i[start:stop]].multiply(matrix[j[start:stop]])
        out[start:stop] = np.asarray(product.sum(axis=1)).ravel()
    return out


@dataclass(frozen=True, slots=True, eq=False)
class Bags:
    """The bags of a table. `values` holds whole values and words, for blocking only."""

    values: Bag
    words: Bag
    grams: Bag
    codes: Bag


def build_bags(table: Table) -> Bags:
    """The bags of every entity. Numbers and days speak for their own column only."""
    values, words, grams, codes = [], [], [], []
    for tag, column in enumerate(table.columns):
        own = "" if column.kind in {"words", "text"} else f"{tag}="
        value_words = [sorted({own + w for w in b.split()}) for b in column.bare]
        values.append(_expand(column, [[f"{tag}:{s}"] for s in column.spellings]))
        values.append(_expand(column, value_words))
        words.append(_expand(column, value_words))
        grams.append(
            _expand(column, [sorted(own + g for g in text.trigrams(b)) for b in column.bare])
        )
        if not own:
            codes.append(_expand(column, [code_words(s) for s in column.spellings]))
    return Bags(*(_bag(parts, table.size) for parts in (values, words, grams, codes)))


def code_words(spelling: str) -> list[str]:
    """The code-like words of a spelling: three signs or more, a digit among them, as they
    stand and without the dashes inside."""
    found = set()
    for match in _CODE.findall(spelling):
        for word in (_SEPARATORS.sub("", match), *_SEPARATORS.split(match)):
            if len(word) >= 3 and any(c.isdigit() for c in word):
                found.add(word)
    return sorted(found)


def rarity(shared: Longs | Ints, size: int) -> Doubles:
    """How much it says that two of `size` entities share what `shared` of them have."""
    return np.log((size + 1.0) / np.maximum(shared, 1))


def cosine(bag: Bag, i: Ints, j: Ints, shared: Floats | Doubles) -> Floats:
    """What is shared against the geometric mean of what either has: (m,), 0 to 1."""
    least = np.sqrt(bag.total[i] * bag.total[j])
    return np.asarray(shared / np.where(least > 0, least, 1.0), dtype=np.float32)


def containment(bag: Bag, i: Ints, j: Ints, shared: Floats | Doubles) -> Floats:
    """What is shared against what the smaller of the two has: (m,), 0 to 1."""
    least = np.minimum(bag.total[i], bag.total[j])
    return np.asarray(shared / np.where(least > 0, least, 1.0), dtype=np.float32)


def value_bag(parts: list[list[str]]) -> Bag:
    """The bag of values that consist of `parts`: one row for each value."""
    length = np.array([len(p) for p in parts], dtype=np.int64)
    rows = np.repeat(np.arange(len(parts)), length)
    return _bag([(rows, [w for p in parts for w in p], np.arange(len(rows)))], len(parts))


def _expand(column: Column, parts: list[list[str]]) -> tuple[Longs, list[str], Longs]:
    """Entities, the distinct values' parts laid end to end, and where each entity's lie."""
    rows = np.flatnonzero(column.codes >= 0)
    length = np.array([len(p) for p in parts], dtype=np.int64)
    start = np.cumsum(length) - length
    code = column.codes[rows]
    entity = np.repeat(rows, length[code])
    within = np.arange(len(entity)) - np.repeat(
        np.cumsum(length[code]) - length[code], length[code]
    )
    return (
        entity,
        [part for p in parts for part in p],
        np.repeat(start[code], length[code]) + within,
    )


def _bag(parts: list[tuple[Longs, list[str], Longs]], size: int) -> Bag:
    flat = [part for _, texts, _ in parts for part in texts]
    if not flat:
        return Bag(sparse.csr_matrix((size, 1), dtype=np.float32), np.zeros(size))
    codes, names = pd.factorize(np.array(flat, dtype=object), sort=True)
    entity, part, before = [], [], 0
    for rows, texts, places in parts:
        entity.append(rows)
        part.append(codes[before + places])
        before += len(texts)
    rows, columns = np.concatenate(entity), np.concatenate(part)
    matrix = sparse.csr_matrix(
        (np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=(size, len(names))
    )
    weight = rarity(np.bincount(matrix.indices, minlength=len(names)), size)
    matrix.data = np.sqrt(weight).astype(np.float32)[matrix.indices]
    row = np.repeat(np.arange(size), np.diff(matrix.indptr))
    total = np.bincount(row, weights=weight[matrix.indices], minlength=size)
    return Bag(matrix, total.astype(np.float64))
