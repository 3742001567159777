"""What an entity is made of, as weighted bags in sparse rows: words, character trigrams,
codes. A part weighs by its rarity; what two entities share is one sparse product.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from gluematch.models.matching.kernels.arrays import Doubles, Floats, Ints, Longs
from gluematch.models.matching.kernels.size_limits import enough_to_compile

from .table import Table

_CHUNK = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class TokenVectors:
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
    if compiled or enough_to_compile(len(i)):
        from gluematch.models.matching.kernels import row_products as loops  # noqa: PLC0415 - loads the compiler, for large work only

        return loops.row_products(matrix, i, j)
    out = np.zeros(len(i))
    for start in range(0, len(i), _CHUNK):
        stop = start + _CHUNK
        product = matrix[i[start:stop]].multiply(matrix[j[start:stop]])
        out[start:stop] = np.asarray(product.sum(axis=1)).ravel()
    return out


@dataclass(frozen=True, slots=True, eq=False)
class TableVectors:
    """The bags of a table. `values` holds whole values and words, for blocking only; large
    tables are blocked without."""

    values: TokenVectors | None
    words: TokenVectors
    grams: TokenVectors
    codes: TokenVectors

    def for_pairs(self, pairs: int) -> "TableVectors":
        """These bags as they suit the comparison of about so many pairs, however few at once."""
        if not enough_to_compile(pairs):
            return self
        vectors = (
            replace(token_vectors, compiled=True)
            for token_vectors in (self.words, self.grams, self.codes)
        )
        return TableVectors(self.values, *vectors)


def text_columns(table: Table) -> list[bool]:
    """Which columns are texts, whose parts mean the same in each of them."""
    return [column.kind in {"words", "text"} for column in table.columns]


def idf(shared: Longs | Ints, size: int) -> Doubles:
    """How much it says that two of `size` entities share what `shared` of them have."""
    return np.log((size + 1.0) / np.maximum(shared, 1))


def cosine(token_vectors: TokenVectors, i: Ints, j: Ints, shared: Floats | Doubles) -> Floats:
    """What is shared against the geometric mean of what either has: (m,), 0 to 1."""
    least = np.sqrt(token_vectors.total[i] * token_vectors.total[j])
    return np.asarray(shared / np.where(least > 0, least, 1.0), dtype=np.float32)


def containment(token_vectors: TokenVectors, i: Ints, j: Ints, shared: Floats | Doubles) -> Floats:
    """What is shared against what the smaller of the two has: (m,), 0 to 1."""
    least = np.minimum(token_vectors.total[i], token_vectors.total[j])
    return np.asarray(shared / np.where(least > 0, least, 1.0), dtype=np.float32)


def weighted(matrix: sparse.csr_matrix) -> TokenVectors:
    """The bags of the rows of a matrix (u, parts) that says which row has which part."""
    size = matrix.shape[0]
    matrix.data[:] = 1
    weight = idf(np.bincount(matrix.indices, minlength=matrix.shape[1]), size)
    total = np.zeros(size)
    for start in range(0, size, _CHUNK):
        total[start : start + _CHUNK] = matrix[start : start + _CHUNK] @ weight
    matrix.data = np.sqrt(weight).astype(np.float32)[matrix.indices]
    return TokenVectors(matrix, total)
