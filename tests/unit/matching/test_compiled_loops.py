"""The compiled loops give the numbers of the plain ways that they stand in for."""

import numpy as np
import pytest
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Indel, JaroWinkler
from scipy import sparse

from gluematch.models.matching.features.candidate_ranks import end_ranks, rank_features
from gluematch.models.matching.kernels import (
    forest_walk,
    indel,
    jaro_winkler,
    rank_loops,
    row_products,
    size_limits,
    token_set,
)
from gluematch.models.matching.records.pairs import pairs_of
from gluematch.models.matching.training.forest import grow

TEXTS = [
    "",
    "a",
    "b",
    "ab",
    "ba",
    "martha",
    "marhta",
    "dixon jean",
    "jean dixon",
    "jean dixon dixon",
    "josé maría",
    "jose maria",
    "12 oak street",
    "12 oak road springfield",
    "crate trace cater react carte recta tracer crater",
    "trace crate react cater recta carte crater tracer",
    "x" * 64,
    "x" * 63 + "y",
    "y" + "x" * 64,
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen",
    "two one three five four seven six eight ten nine eleven thirteen twelve fourteen",
    "ab " * 99,
    "ba " * 99,
]


def every_pair() -> tuple[np.ndarray, np.ndarray]:
    n = len(TEXTS)
    return np.repeat(np.arange(n), n).astype(np.int32), np.tile(np.arange(n), n).astype(np.int32)


def listed(scorer: object, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return process.cpdist([TEXTS[k] for k in a], [TEXTS[k] for k in b], scorer=scorer)


@pytest.mark.parametrize(
    ("loop", "scorer"),
    [
        (indel.indel, Indel.normalized_similarity),
        (jaro_winkler.jaro_winkler, JaroWinkler.similarity),
    ],
)
def test_a_compiled_edit_measure_agrees_with_rapidfuzz(loop, scorer) -> None:
    packed = indel.pack_texts(TEXTS)
    a, b = every_pair()
    np.testing.assert_allclose(loop(packed, a, b), listed(scorer, a, b), atol=1e-6)


def test_the_compiled_word_set_measure_agrees_with_rapidfuzz() -> None:
    a, b = every_pair()
    found = token_set.token_set(token_set.pack_words(TEXTS), a, b)
    np.testing.assert_allclose(found, listed(fuzz.token_set_ratio, a, b), atol=1e-4)


def test_the_compiled_texts_in_order_of_words_agree_with_rapidfuzz() -> None:
    a, b = every_pair()
    found = indel.indel(token_set.pack_words(TEXTS).ordered, a, b)
    np.testing.assert_allclose(100 * found, listed(fuzz.token_sort_ratio, a, b), atol=1e-4)


def test_texts_of_too_many_signs_or_too_long_are_not_packed() -> None:
    assert indel.pack_texts(["".join(chr(k) for k in range(300, 600))]) is None
    assert indel.pack_texts(["x" * 10_000]) is None


def test_compiled_row_products_agree_with_the_sparse_product() -> None:
    matrix = sparse.random(50, 30, 0.2, format="csr", random_state=1, dtype=np.float32)
    i, j = np.triu_indices(50, 1)
    found = row_products.row_products(matrix, i.astype(np.int32), j.astype(np.int32))
    np.testing.assert_allclose(found, (matrix @ matrix.T).toarray()[i, j], atol=1e-5)


def test_the_compiled_walk_finds_the_leaves_that_the_plain_walk_finds() -> None:
    generator = np.random.default_rng(2)
    matrix = (generator.random((500, 6)) - 0.5).astype(np.float32)
    y = matrix[:, 0] + matrix[:, 1] > 0
    forest, _ = grow(matrix, y, np.ones(500), 0)
    matrix[::7, 0], matrix[::11, 1] = 0.0, -0.0
    matrix[1::9] = forest.threshold[0, 0]
    trees = (
        forest.feature,
        forest.threshold,
        forest.left,
        forest.right,
        forest.value,
        forest.depth,
    )
    np.testing.assert_array_equal(forest_walk.forest_means(*trees, matrix), forest.predict(matrix))


def test_compiled_ranks_count_the_pairs_of_an_entity_that_score_higher() -> None:
    i = np.array([0, 0, 0, 1], dtype=np.int32)
    j = np.array([1, 2, 3, 2], dtype=np.int32)
    score = np.array([0.5, 0.9, 0.1, 0.7])
    rank, rival = rank_loops.ranks(rank_loops.pairs_by_entity(i, j, 5), score)
    assert rank.tolist() == [1, 0, 2, 0, 1, 0, 0, 1]
    assert rival.tolist() == [0.9, 0.5, 0.9, 0.5, 0.7, 0.7, 0.0, 0.9]


def test_the_compiled_standing_of_pairs_is_that_of_the_plain_way(monkeypatch) -> None:
    chance = np.random.default_rng(3)
    pairs = pairs_of(chance.integers(0, 40, 400), chance.integers(0, 90, 400))
    score = np.round(chance.random(len(pairs)), 1)
    plain = rank_features(90, pairs, score)
    one, other = end_ranks(90, pairs, score)
    monkeypatch.setattr(size_limits, "LARGE", 1)
    for name, values in rank_features(90, pairs, score).items():
        np.testing.assert_array_equal(values, plain[name])
    best = rank_loops.best_pairs(pairs.i, pairs.j, score, 90)
    np.testing.assert_array_equal(best[0], one.rank == 0)
    np.testing.assert_array_equal(best[1], other.rank == 0)
