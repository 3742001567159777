"""A large table is read in compiled loops: the columns and bags that the plain way makes."""

from typing import TYPE_CHECKING

import numpy as np
import pytest
from persons import people, records
from scipy import sparse

from gluematch.models.matching.kernels import distinct_texts, size_limits, token_loops
from gluematch.models.matching.records import tokens
from gluematch.models.matching.records.build_token_vectors import build_token_vectors
from gluematch.models.matching.records.table import Table, prepare_table

if TYPE_CHECKING:
    from gluematch.models.matching.records.token_vectors import TokenVectors

TEXTS = [
    "",
    "a",
    "kx-ts3282b",
    "jo.bo-12@mail7.example 12",
    "no digits here",
    "1-2-3 a1-b c--d4",
    "42",
    "één9.x 007_8x9",
    "x-1/2.",
    "12 oak oak street",
]


def read(frame, large_from: int, monkeypatch) -> Table:
    monkeypatch.setattr(size_limits, "LARGE", large_from)
    return prepare_table(records(frame))


def both_tables(monkeypatch) -> tuple[Table, Table]:
    frame = people()[0]
    text = next(name for name in frame.columns if name != "id")
    frame.loc[3, text] = "  Zoë\u00a0O'Neil "
    frame = frame.assign(note=[f" A\tB{k % 7} " for k in range(len(frame))])
    return read(frame, 10**9, monkeypatch), read(frame, 1, monkeypatch)


def test_the_columns_of_a_large_table_are_those_of_the_plain_way(monkeypatch) -> None:
    plain, fast = both_tables(monkeypatch)
    np.testing.assert_array_equal(plain.entity, fast.entity)
    for one, other in zip(plain.columns, fast.columns, strict=True):
        assert one.spellings == other.spellings
        assert one.normalised == other.normalised
        assert one.kind == other.kind
        np.testing.assert_array_equal(one.codes, other.codes)


@pytest.mark.parametrize("kind", ["words", "grams", "codes"])
def test_the_bags_of_a_large_table_weigh_what_the_plain_ones_weigh(kind, monkeypatch) -> None:
    plain_table, fast_table = both_tables(monkeypatch)
    monkeypatch.setattr(size_limits, "LARGE", 10**9)
    plain: TokenVectors = getattr(build_token_vectors(plain_table), kind)
    monkeypatch.setattr(size_limits, "LARGE", 1)
    fast: TokenVectors = getattr(build_token_vectors(fast_table), kind)
    assert fast.compiled
    np.testing.assert_allclose(plain.total, fast.total, rtol=1e-5)
    one, other = (sparse.csr_matrix(b.matrix @ b.matrix.T).toarray() for b in (plain, fast))
    np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


def test_compiled_codes_are_the_code_like_words() -> None:
    count, marks = token_loops.code_tokens(TEXTS)
    names: dict[int, str] = {}
    for text, found in zip(TEXTS, np.split(marks, np.cumsum(count)[:-1]), strict=True):
        words = tokens.code_words(text)
        assert len(set(found.tolist())) == len(words)
        alone = {token_loops.word_tokens([word])[1][0] for word in words if word.isalnum()}
        assert alone == set(found.tolist())
        for word in words:
            assert names.setdefault(token_loops.word_tokens([word])[1][0], word) == word


def test_compiled_distinct_texts_are_in_order_and_empty_ones_are_missing() -> None:
    texts = ["b", "", "ab", "b", "abcdefghij", "abcdefgh", "abc"]
    points, start = token_loops.code_points(texts)
    first, codes = distinct_texts.distinct(points, start[:-1], start[1:])
    spelled = [texts[k] for k in first.tolist()]
    assert spelled == sorted(set(texts) - {""})
    assert [spelled[c] if c >= 0 else "" for c in codes.tolist()] == texts


def test_texts_that_are_too_long_are_left_to_the_plain_way() -> None:
    points, start = token_loops.code_points(["x" * 1000, "y"])
    assert distinct_texts.distinct(points, start[:-1], start[1:]) is None


def test_trigrams_of_too_many_signs_are_left_to_the_plain_way() -> None:
    assert token_loops.trigram_tokens([["".join(map(chr, range(300, 600)))]], [True]) is None
