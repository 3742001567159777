"""The bags of a table and of a column's values: by plain loops, or compiled ones where a table
is large.
"""

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from gluematch.models.matching.kernels.arrays import silent
from gluematch.models.matching.kernels.parallel import each_of
from gluematch.models.matching.kernels.size_limits import is_large

from .table import Column, Table
from .token_vectors import Bag, Bags, speaking, weighted
from .tokens import lay_codes, lay_trigrams, lay_words, number_parts


def build_bags(table: Table) -> Bags:
    """The bags of every entity. Numbers and days speak for their own column only."""
    columns = table.columns
    spoken = speaking(table)
    texts = [column for column, shared in zip(columns, spoken, strict=True) if shared]
    if is_large(table.size):
        from . import token_vectors_large as made  # noqa: PLC0415 - loads the compiler

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


def value_bag(bare: Sequence[str], *, compiled: bool) -> Bag:
    """The bag of bare values that consist of words: one row for each value."""
    if compiled:
        from .token_vectors_large import bare_words  # noqa: PLC0415 - loads the compiler

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
