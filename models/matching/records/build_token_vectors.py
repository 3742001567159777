"""The bags of a table and of a column's values: by plain loops, or compiled ones where a table
is large.
"""

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from gluematch.models.matching.kernels.arrays import no_progress
from gluematch.models.matching.kernels.parallel import parallel_each
from gluematch.models.matching.kernels.size_limits import is_large

from .table import Column, Table
from .token_vectors import TableVectors, TokenVectors, text_columns, weighted
from .tokens import code_tokens, token_matrices, trigram_tokens, word_tokens


def build_token_vectors(table: Table) -> TableVectors:
    """The bags of every entity. Numbers and days speak for their own column only."""
    columns = table.columns
    is_text = text_columns(table)
    texts = [column for column, shared in zip(columns, is_text, strict=True) if shared]
    if is_large(table.size):
        from . import token_vectors_large as made  # noqa: PLC0415 - loads the compiler

        ways = (made.value_words, made.value_grams, made.value_codes)
        parts: dict[int, made.ValueTokens] = {}

        def take_apart(k: int) -> None:
            parts[k] = ways[k](table, is_text)

        parallel_each(len(ways), take_apart, alone=False, progress=no_progress, stage="")
        words, grams, codes = (made.table_vectors(table, parts[k]) for k in range(len(ways)))
        return TableVectors(None, words, grams, codes)
    word_parts = token_matrices(
        (word_tokens(c.normalised), shared) for c, shared in zip(columns, is_text, strict=True)
    )
    named = _entities(table, columns, word_parts)
    values = sparse.hstack([_whole_values(table), named], format="csr")
    gram_parts = token_matrices(
        (trigram_tokens(c.normalised), shared) for c, shared in zip(columns, is_text, strict=True)
    )
    code_parts = token_matrices((code_tokens(c.spellings), True) for c in texts)
    return TableVectors(
        values=weighted(values),
        words=weighted(named),
        grams=weighted(_entities(table, columns, gram_parts)),
        codes=weighted(_entities(table, texts, code_parts)),
    )


def value_token_vectors(normalised: Sequence[str], *, compiled: bool) -> TokenVectors:
    """The bag of bare values that consist of words: one row for each value."""
    if compiled:
        from .token_vectors_large import normalised_words  # noqa: PLC0415 - loads the compiler

        return normalised_words(normalised)
    return weighted(token_matrices([(word_tokens(normalised), True)])[0])


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
