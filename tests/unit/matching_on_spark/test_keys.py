"""Keys that are made and counted in parts are those that are made at once."""

import numpy as np

from gluematch.models.matching.kernels import block_keys


def test_the_keys_of_spans_together_are_those_of_the_whole() -> None:
    chance = np.random.default_rng(0)
    size, bits = 2_000, 11
    atoms = chance.integers(-1, 700, (size, 6)).astype(np.int32)
    count = np.bincount(atoms[atoms >= 0], minlength=700).astype(np.int32)
    words = chance.integers(0, 300, (size, 3)).astype(np.int32)
    words.sort(axis=1)
    start = np.arange(0, 3 * size + 1, 3, dtype=np.int64)
    word_count = np.bincount(words.ravel(), minlength=300).astype(np.int32)
    spoken = start, words.ravel(), word_count
    whole = block_keys.packed_keys(atoms, count, spoken, bits)
    spans = [(0, 700), (700, 701), (701, size)]
    parts = [block_keys.keys_of(atoms, count, spoken, span, bits) for span in spans]
    keys = np.concatenate(parts)
    leading = keys >> np.uint64(48)
    halves = [keys[leading < 20_000], keys[leading >= 20_000]]
    shared = [block_keys.shared_keys(half, size) for half in halves]
    assert len(whole)
    assert np.array_equal(np.concatenate(shared), whole)
