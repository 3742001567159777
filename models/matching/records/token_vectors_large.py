"""The bags of a large table, put together in compiled loops: the same parts and weights as
`vectors` finds, numbered another way.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from scipy import sparse

from gluematch.models.matching.kernels import token_loops as loops
from gluematch.models.matching.kernels.arrays import Doubles, Ints
from gluematch.models.matching.kernels.entity_vectors import Stack, counts, entities, stack, weigh
from gluematch.models.matching.kernels.row_products import NARROW

from .table import Table
from .token_vectors import TokenVectors, idf
from .tokens import TokenLists, token_matrices, trigram_tokens


@dataclass(frozen=True, slots=True, eq=False)
class ValueTokens:
    """Of what the `values` of some columns consist; `columns` say which of a table's."""

    columns: tuple[int, ...]
    values: Stack

    def of(self, codes: Sequence[Ints]) -> sparse.csr_matrix:
        """The parts of entities by the `codes` (k,) that they have in each of the table's
        columns: (k, parts), with room for the weight of each."""
        size = len(codes[0]) if codes else 0
        ordered = self.values.wide > NARROW
        return entities(size, [codes[k] for k in self.columns], self.values, ordered=ordered)


def value_words(table: Table, is_text: Sequence[bool]) -> ValueTokens:
    """The words of all values; columns that are not `is_text` have words of their own."""
    columns = table.columns
    parts = token_matrices((_words(c.normalised), s) for c, s in zip(columns, is_text, strict=True))
    return ValueTokens(tuple(range(len(columns))), stack(parts))


def value_grams(table: Table, is_text: Sequence[bool]) -> ValueTokens:
    """The character trigrams of all values."""
    columns = table.columns
    parts = loops.trigram_tokens([c.normalised for c in columns], is_text)
    if parts is None:
        lists = [trigram_tokens(c.normalised) for c in columns]
        parts = token_matrices(zip(lists, is_text, strict=True))
    return ValueTokens(tuple(range(len(columns))), stack(parts))


def value_codes(table: Table, is_text: Sequence[bool]) -> ValueTokens:
    """The code-like words of the values of `is_text` columns."""
    chosen = [k for k, told in enumerate(is_text) if told]
    lists = ((loops.code_tokens(table.columns[k].spellings), True) for k in chosen)
    return ValueTokens(tuple(chosen), stack(token_matrices(lists)))


def table_vectors(table: Table, values: ValueTokens) -> TokenVectors:
    """The bag of every entity."""
    return _weighted(values.of([c.codes for c in table.columns]))


def normalised_words(normalised: Sequence[str]) -> TokenVectors:
    """The words of bare values: one row for each value."""
    return _weighted(token_matrices([(_words(normalised), True)])[0])


def _words(normalised: Sequence[str]) -> TokenLists:
    return loops.word_tokens(normalised)[:2]


def _weighted(matrix: sparse.csr_matrix) -> TokenVectors:
    return weighted(matrix, idf(counts(matrix), matrix.shape[0]))


def weighted(matrix: sparse.csr_matrix, weight: Doubles) -> TokenVectors:
    """The bags of the rows of a matrix whose parts have these weights."""
    return TokenVectors(matrix, weigh(matrix, weight), compiled=True)
