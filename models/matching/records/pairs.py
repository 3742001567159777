"""Pairs of entities as arrays: made distinct, joined, and looked up."""

from dataclasses import dataclass

import numpy as np

from gluematch.models.matching.kernels.arrays import Ints, Longs


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """m pairs of entities, i < j, sorted by (i, j), each once."""

    i: Ints
    j: Ints

    def __len__(self) -> int:
        return len(self.i)


def pairs_of(a: Longs | Ints, b: Longs | Ints) -> Pairs:
    """The distinct pairs of two different entities among (a, b), whichever comes first."""
    low, high = np.minimum(a, b).astype(np.int64), np.maximum(a, b).astype(np.int64)
    code = (low << 32 | high)[low != high]
    code.sort()  # np.unique hashes, which takes longer
    if len(code):
        code = code[np.append(True, code[1:] != code[:-1])]
    return Pairs((code >> 32).astype(np.int32), (code & 0xFFFFFFFF).astype(np.int32))


def join(*several: Pairs) -> Pairs:
    """The pairs of each."""
    return pairs_of(
        np.concatenate([pairs.i for pairs in several]).astype(np.int64),
        np.concatenate([pairs.j for pairs in several]).astype(np.int64),
    )


def positions(pairs: Pairs, i: Ints, j: Ints) -> Longs:
    """Where (i, j), i < j, stand in `pairs`; -1 where they are not."""
    have = pairs.i.astype(np.int64) << 32 | pairs.j
    want = i.astype(np.int64) << 32 | j
    at = np.searchsorted(have, want)
    inside = at < len(have)
    hit = np.zeros(len(want), dtype=np.bool_)
    hit[inside] = have[at[inside]] == want[inside]
    return np.where(hit, at, -1)
