"""Compiled loops that tell what two rows of a sparse matrix share, for many pairs of rows."""

import numpy as np
from scipy import sparse

from .arrays import AnyArray, Doubles, Floats, Ints
from .compile_loops import compiled
from .parallel import parallel_ranges

_MARKED = 32
NARROW = 1 << 18
"""Up to so many columns the rows of a sparse matrix need no order."""


def row_products(matrix: sparse.csr_matrix, i: Ints, j: Ints) -> Doubles:
    """The product of rows i and j of `matrix`: (m,). The columns of each row are in order, or the
    matrix is NARROW."""
    out = np.empty(len(i))
    start, wide = matrix.indptr.astype(np.uint64), matrix.shape[1]
    parts, weights = matrix.indices.view(np.uint32), matrix.data

    def loop(s: int, e: int) -> None:
        if wide <= max(NARROW, _MARKED * (e - s)):
            _marked(start, parts, weights, np.zeros(wide, weights.dtype), i[s:e], j[s:e], out[s:e])
        else:
            _merged(start, parts, weights, i[s:e], j[s:e], out[s:e])

    parallel_ranges(len(i), loop)
    return out


@compiled
def _marked(
    start: AnyArray,
    part: AnyArray,
    weight: Floats,
    mark: Floats,
    i: Ints,
    j: Ints,
    out: AnyArray,
) -> None:
    """Lay row i out in `mark`, which is all zero before, for all pairs of i that follow each
    other, and look the parts of row j up there."""
    last = -1
    for k in range(len(i)):
        if i[k] != last:
            if last >= 0:
                for p in range(start[last], start[last + 1]):
                    mark[part[p]] = 0
            last = i[k]
            for p in range(start[last], start[last + 1]):
                mark[part[p]] = weight[p]
        total = 0.0
        for p in range(start[j[k]], start[j[k] + 1]):
            total += mark[part[p]] * weight[p]
        out[k] = total


@compiled
def _merged(
    start: AnyArray, part: AnyArray, weight: Floats, i: Ints, j: Ints, out: AnyArray
) -> None:
    one, none = np.uint64(1), np.uint64(0)
    for k in range(len(i)):
        a, a_end = start[i[k]], start[i[k] + 1]
        b, b_end = start[j[k]], start[j[k] + 1]
        total = 0.0
        while a < a_end and b < b_end:
            x, y = part[a], part[b]
            both = weight[a] * weight[b]
            total += both if x == y else 0.0
            a += one if x <= y else none
            b += one if y <= x else none
        out[k] = total
