"""What an entity is made of, as weighted bags in sparse rows: words, character trigrams,
codes. A part weighs by its rarity; what two entities share is one sparse product.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from .arrays import Doubles, Floats, Ints, Longs, silent
from .cores import each_of
from .large import is_large, worth_compiling
from .parts import lay_codes, lay_trigrams, lay_words, number_parts
from .table import Column, Table

_CHUNK = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class Bag:
    """u entities by their parts: CSR (u, parts) holding the square root of each part's
    rarity, so that a product of two rows is the weight of what they share; `total` (u,).
    A `compiled` bag multiplies in compiled loops even where it is asked about few pairs."""

    matrix: sparse.csr_matrix
    total: Doubles
    compiled: bool = False

    def shared(self, i: Ints, j: Ints) -> Doubles:
        """The weight of what entities i and j share, pair by pair: (m,)."""
        return row_products(self.matrix, i, j, compiled=self.compiled)


def row_products(matrix: sparse.csr_matrix, i: Ints, j: Ints, *, compiled: bool = False) -> Doubles:
    """The product of rows i and j of `matrix`, pair by pair: (m,)."""
    if compiled or worth_compiling(len(i)):
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
    """The bags of a table. `values` holds whole values and words, for blocking only; large
    tables are blocked without."""

    values: Bag | None
    words: Bag
    grams: Bag
    codes: Bag

    def suited(self, pairs: int) -> "Bags":
        """These bags as they suit the comparison of about so many pairs, however few at once."""
        if not worth_compiling(pairs):
            return self
        bags = (replace(bag, compiled=True) for bag in (self.words, self.grams, self.codes))
        return Bags(self.values, *bags)


def build_bags(table: Table) -> Bags:
    """The bags of every entity. Numbers and days speak for their own column only."""
    columns = table.columns
    spoken = speaking(table)
    texts = [column for column, shared in zip(columns, spoken, strict=True) if shared]
    if is_large(table.size):
        from . import large_bags as made  # noqa: PLC0415 - loads the compiler

        ways = (made.value_words, made.value_grams, made.value_codes)
        parts: dict[int, made.ValueParts] = {}

        def take_apart(k: int) -> None:
            parts[k] = ways[k](table, spoken)

        each_of(len(ways), take_apart, alone=False, progress=silent, stage="")
        words, grams, codes = (made.whole_bag(table, parts[k]) for k in range(len(ways)))
        return Bags(None, words, grams, codes)
    word_parts = number_parts(
        (lay_words(c.bare), shared) for c, shared in zip(columns, spoken, strict=True)
    )
    named = _entities(table, columns, word_parts)
    values = sparse.hstack([_whole_values(table), named], format="csr")
    gram_parts = number_parts(
        (lay_trigrams(c.bare), shared) for c, shared in zip(columns, spoken, strict=True)
    )
    code_parts = number_parts((lay_codes(c.spellings), True) for c in texts)
    return Bags(
        values=weighted(values),
        words=weighted(named),
        grams=weighted(_entities(table, columns, gram_parts)),
        codes=weighted(_entities(table, texts, code_parts)),
    )


def speaking(table: Table) -> list[bool]:
    """Which columns are texts, whose parts mean the same in each of them."""
    return [column.kind in {"words", "text"} for column in table.columns]


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


def value_bag(bare: Sequence[str], *, compiled: bool) -> Bag:
    """The bag of bare values that consist of words: one row for each value."""
    if compiled:
        from .large_bags import bare_words  # noqa: PLC0415 - loads the compiler

        return bare_words(bare)
    return weighted(number_parts([(lay_words(bare), True)])[0])


def _entities(
    table: Table, columns: Sequence[Column], parts: Sequence[sparse.csr_matrix]
) -> sparse.csr_matrix:
    """The parts of whole entities (u, parts), from those of their columns' values."""
    whole = sparse.csr_matrix((table.size, parts[0].shape[1] if parts else 1), dtype=np.float32)
    for column, matrix in zip(columns, parts, strict=True):
        empty = np.append(matrix.indptr, matrix.indptr[-1])
        shape = (matrix.shape[0] + 1, matrix.shape[1])
        padded = sparse.csr_matrix((matrix.data, matrix.indices, empty), shape=shape)
        whole = whole + padded[column.codes]
    return whole


def _whole_values(table: Table) -> sparse.csr_matrix:
    """Each entity's values themselves (u, all columns' spellings), a 1 for each."""
    if not table.columns:
        return sparse.csr_matrix((table.size, 1), dtype=np.float32)
    sizes = [len(column.spellings) for column in table.columns]
    before = np.cumsum(sizes) - sizes
    codes = np.column_stack([column.codes for column in table.columns])
    present = codes >= 0
    start = np.zeros(table.size + 1, dtype=np.int32)
    np.cumsum(present.sum(axis=1), out=start[1:])
    places = (codes + before)[present].astype(np.int32)
    shape = (table.size, max(sum(sizes), 1))
    ones = np.ones(len(places), dtype=np.float32)
    return sparse.csr_matrix((ones, places, start), shape=shape)


def weighted(matrix: sparse.csr_matrix) -> Bag:
    """The bags of the rows of a matrix (u, parts) that says which row has which part."""
    size = matrix.shape[0]
    matrix.data[:] = 1
    weight = rarity(np.bincount(matrix.indices, minlength=matrix.shape[1]), size)
    total = np.zeros(size)
    for start in range(0, size, _CHUNK):
        total[start : start + _CHUNK] = matrix[start : start + _CHUNK] @ weight
    matrix.data = np.sqrt(weight).astype(np.float32)[matrix.indices]
    return Bag(matrix, total)
