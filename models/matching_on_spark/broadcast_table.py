"""A table as the machines of a cluster hold it: codes and what values consist of, each distinct
value once, in arrays; and the view of it that the comparison of some pairs needs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import numpy as np
from pyspark import Broadcast, SparkContext

from gluematch.models.matching.features.comparators import Comparator
from gluematch.models.matching.kernels.arrays import AnyArray, Doubles, Ints, Longs
from gluematch.models.matching.kernels.parallel import single_core
from gluematch.models.matching.kernels.size_limits import is_large
from gluematch.models.matching.kernels.text_buffer import TextColumn
from gluematch.models.matching.records import token_vectors_large
from gluematch.models.matching.records.build_token_vectors import build_token_vectors
from gluematch.models.matching.records.pairs import Pairs
from gluematch.models.matching.records.table import Column, Table
from gluematch.models.matching.records.token_vectors import (
    TableVectors,
    TokenVectors,
    idf,
    text_columns,
)
from gluematch.models.matching.records.token_vectors_large import ValueTokens

_NOBODY = np.zeros(0, dtype=np.int32)


class VectorsSource(Protocol):
    """Where the bags of some entities come from."""

    def of(self, rows: Ints, codes: Sequence[Ints]) -> TableVectors:
        """The bags of the entities `rows`, which have these `codes` in each column."""

    def words(self, rows: Ints, codes: Sequence[Ints]) -> TokenVectors:
        """Of the bags the words alone."""

    def whole(self, codes: Sequence[Ints]) -> TableVectors:
        """The bags of all entities, which have these `codes` in each column."""


@dataclass(frozen=True, slots=True, eq=False)
class WholeVectors:
    """The bags of a table that is not large."""

    vectors: TableVectors

    def of(self, rows: Ints, codes: Sequence[Ints]) -> TableVectors:
        """The rows of the bags."""
        del codes
        vectors = self.vectors
        return TableVectors(
            None, _rows(vectors.words, rows), _rows(vectors.grams, rows), _rows(vectors.codes, rows)
        )

    def words(self, rows: Ints, codes: Sequence[Ints]) -> TokenVectors:
        """The rows of the words."""
        del codes
        return _rows(self.vectors.words, rows)

    def whole(self, codes: Sequence[Ints]) -> TableVectors:
        """The bags."""
        del codes
        return self.vectors


@dataclass(frozen=True, slots=True, eq=False)
class VectorsByValue:
    """The bags of a large table, put together where they are needed: the parts of values, and how
    many entities have each part, for words, trigrams and code-like words."""

    size: int
    parts: tuple[ValueTokens, ...]
    counts: tuple[Longs, ...]

    def of(self, rows: Ints, codes: Sequence[Ints]) -> TableVectors:
        """The bags of entities as their values make them."""
        del rows
        words, grams, codelike = (self._bag(k, codes) for k in range(len(self.parts)))
        return TableVectors(None, words, grams, codelike)

    def words(self, rows: Ints, codes: Sequence[Ints]) -> TokenVectors:
        """Of the bags the words alone."""
        del rows
        return self._bag(0, codes)

    def whole(self, codes: Sequence[Ints]) -> TableVectors:
        """The bags of all entities as their values make them."""
        return self.of(_NOBODY, codes)

    def _bag(self, which: int, codes: Sequence[Ints]) -> TokenVectors:
        weight = idf(self.counts[which], self.size)
        return token_vectors_large.weighted(self.parts[which].of(codes), weight)


@dataclass(frozen=True, slots=True, eq=False)
class BroadcastTable:
    """A table of `size` entities: their `codes` in each column, the bags, how many `rows` read
    as each, and which column, if any, sets matches apart. Part k is of the entities from
    bounds[k] to bounds[k + 1]."""

    size: int
    names: tuple[str, ...]
    codes: tuple[Ints, ...]
    vectors: VectorsSource
    rows: Longs
    source_column: str | None
    bounds: Longs

    def span(self, part: int) -> slice:
        """The entities of a part."""
        return slice(int(self.bounds[part]), int(self.bounds[part + 1]))

    def side(self) -> Ints | None:
        """The source of each entity (u,), if a column sets matches apart."""
        return (
            self.codes[self.names.index(self.source_column)]
            if self.source_column in self.names
            else None
        )


@dataclass(frozen=True, slots=True, eq=False)
class SparkTable:
    """A corpus that all machines of a cluster hold: `known` is where tasks find it."""

    context: SparkContext
    corpus: BroadcastTable
    known: Broadcast[BroadcastTable]

    @classmethod
    def over(
        cls, context: SparkContext, table: Table, source_column: str | None, parts: int
    ) -> "SparkTable":
        """The table in so many parts; matches differ in `source_column`, if the table has it."""
        bounds = np.linspace(0, table.size, parts + 1).astype(np.int64)
        names = tuple(column.name for column in table.columns)
        codes = tuple(column.codes for column in table.columns)
        rows = np.bincount(table.entity, minlength=table.size).astype(np.int64)
        vectors: VectorsSource
        if is_large(table.size):
            values = text_tokens(table)
            vectors = VectorsByValue(
                table.size, values, token_counts(context, values, codes, bounds)
            )
        else:
            vectors = WholeVectors(build_token_vectors(table))
        side = source_column if source_column in names else None
        corpus = BroadcastTable(table.size, names, codes, vectors, rows, side, bounds)
        return cls(context, corpus, context.broadcast(corpus))


@dataclass(frozen=True, slots=True, eq=False)
class PairView:
    """The entities of some pairs, numbered anew in their order: `pairs` of them, their bags, and a
    `table` of how many rows read as each and of the column that sets matches apart."""

    entities: Ints
    pairs: Pairs
    codes: tuple[Ints, ...]
    table: Table
    corpus: BroadcastTable

    def vectors(self) -> TableVectors:
        """The bags of the entities."""
        return self.corpus.vectors.of(self.entities, self.codes)

    def words(self) -> TokenVectors:
        """The words of the entities."""
        return self.corpus.vectors.words(self.entities, self.codes)

    def comparators(self, known: Sequence[tuple[int, Comparator]]) -> list[Comparator]:
        """The comparers of the whole table, made for these entities."""
        return [
            replace(compared, column=replace(compared.column, codes=self.codes[place]))
            for place, compared in known
        ]


def pair_view(corpus: BroadcastTable, pairs: Pairs) -> PairView:
    """What the comparison of `pairs` needs of the table."""
    entities, at = np.unique(np.concatenate([pairs.i, pairs.j]), return_inverse=True)
    place = at.astype(np.int32)
    codes = tuple(column[entities] for column in corpus.codes)
    rows = np.repeat(np.arange(len(entities), dtype=np.int32), corpus.rows[entities])
    sides = tuple(
        replace(_EMPTY, name=name, codes=mine)
        for name, mine in zip(corpus.names, codes, strict=True)
        if name == corpus.source_column
    )
    table = Table(sides, rows, len(entities))
    near = Pairs(place[: len(pairs)], place[len(pairs) :])
    return PairView(entities, near, codes, table, corpus)


def text_tokens(table: Table) -> tuple[ValueTokens, ...]:
    """The parts of the values of a large table: words, trigrams, code-like words."""
    is_text = text_columns(table)
    ways = (
        token_vectors_large.value_words,
        token_vectors_large.value_grams,
        token_vectors_large.value_codes,
    )
    return tuple(way(table, is_text) for way in ways)


def token_counts(
    context: SparkContext, values: tuple[ValueTokens, ...], codes: tuple[Ints, ...], bounds: Longs
) -> tuple[Longs, ...]:
    """How many entities, which have these codes in each column, have each part of the values."""
    known = context.broadcast((values, codes))

    parts = context.parallelize(range(len(bounds) - 1), len(bounds) - 1)
    found = tuple(parts.map(partial(_counts, known, bounds)).treeReduce(_both))
    known.destroy()
    return found


@single_core
def _counts(
    known: "Broadcast[tuple[tuple[ValueTokens, ...], tuple[Ints, ...]]]", bounds: Longs, part: int
) -> list[AnyArray]:
    values, codes = known.value
    mine = [column[int(bounds[part]) : int(bounds[part + 1])] for column in codes]
    wholes = [one.of(mine) for one in values]
    return [np.bincount(whole.indices, minlength=whole.shape[1]) for whole in wholes]


def _both(one: list[AnyArray], other: list[AnyArray]) -> list[AnyArray]:
    return [a + b for a, b in zip(one, other, strict=True)]


def without_texts(table: Table, comparators: Sequence[Comparator]) -> list[tuple[int, Comparator]]:
    """The comparers by the place of their column, without what they need no more: the column's
    codes, which the corpus has, and its texts."""
    place = {column.name: k for k, column in enumerate(table.columns)}

    def normalised(column: Column) -> Column:
        return replace(column, codes=_NOBODY, spellings=TextColumn(), normalised=TextColumn())

    return [(place[c.column.name], replace(c, column=normalised(c.column))) for c in comparators]


def _rows(token_vectors: TokenVectors, rows: Ints) -> TokenVectors:
    total: Doubles = token_vectors.total[rows]
    return TokenVectors(token_vectors.matrix[rows], total, token_vectors.compiled)


_EMPTY = Column("", "empty", _NOBODY, TextColumn(), TextColumn(), np.zeros(0), _NOBODY)
