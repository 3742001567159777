"""The walk of many rows through a forest in a compiled loop: the leaves of `forest.Forest`.

A node is one number of 64 bits: the bar, the feature that is held against it, and the left one
of two children that stand side by side. Features and bars are compared as whole numbers in the
order of the numbers that they stand for.
"""

from typing import Any

import numpy as np

from .arrays import AnyArray, Doubles, Floats, Ints
from .compile_loops import compiled
from .parallel import parallel_ranges

_ROWS = 64
_SIGN = np.uint32(1 << 31)
_ALWAYS = np.uint64(0xFFFF_FFFF)
_LOW = np.uint64(0xFFFF)


def forest_means(
    feature: Ints,
    threshold: Doubles,
    left: Ints,
    right: Ints,
    value: Floats,
    depth: int,
    matrix: Floats,
) -> Doubles:
    """The mean leaf of t trees for each of m rows: (m,); nodes as in `forest.Forest`, at most
    65,536 a tree and of as many features."""
    out = np.zeros(len(matrix))
    rows = np.ascontiguousarray(matrix, dtype=np.float32).view(np.uint32)
    nodes, leaves = np.zeros(value.shape, dtype=np.uint64), np.zeros(value.shape, dtype=np.float32)
    _pack(feature, _ordered(_below(threshold).view(np.uint32)), left, right, value, nodes, leaves)
    parallel_ranges(len(rows), lambda s, e: _walk(nodes, leaves, depth, rows[s:e], out[s:e]))
    return out


def _below(threshold: Doubles) -> Floats:
    """The highest numbers of 32 bits that are not above these."""
    near = threshold.astype(np.float32)
    lower = np.nextafter(near, np.float32(-np.inf))
    return np.where(near > threshold, lower, near).astype(np.float32)


def _ordered(bits: AnyArray) -> AnyArray:
    """Numbers of 32 bits as whole numbers in the same order."""
    plain = np.where(bits == _SIGN, np.uint32(0), bits)
    return np.where(plain & _SIGN, ~plain, plain | _SIGN).astype(np.uint32)


@compiled
def _pack(
    feature: Ints,
    bars: AnyArray,
    left: Ints,
    right: Ints,
    value: Floats,
    nodes: AnyArray,
    leaves: Floats,
) -> None:
    """Lay each tree out level by level; a leaf is its own child, whatever the feature is."""
    came = np.zeros(nodes.shape[1], dtype=np.int64)
    for tree in range(len(nodes)):
        count = 1
        came[0] = 0
        at = 0
        while at < count:
            old = came[at]
            leaves[tree, at] = value[tree, old]
            if left[tree, old] == old:
                nodes[tree, at] = _ALWAYS << np.uint64(32) | np.uint64(at)
            else:
                asked = np.uint64(feature[tree, old]) << np.uint64(16)
                nodes[tree, at] = np.uint64(bars[tree, old]) << np.uint64(32) | asked
                nodes[tree, at] |= np.uint64(count)
                came[count], came[count + 1] = left[tree, old], right[tree, old]
                count += 2
            at += 1


@compiled
def _step(node: Any, row: AnyArray) -> Any:
    """The child of a node that a row goes to."""
    above = row[node >> np.uint64(16) & _LOW] > node >> np.uint64(32)
    return (node & _LOW) + np.uint64(above)


@compiled
def _walk(nodes: AnyArray, leaves: Floats, depth: int, rows: AnyArray, out: AnyArray) -> None:
    """Walk many rows down a tree side by side, a level at a time, so that no step waits for
    another, and rows and one tree stay in the cache."""
    place = np.zeros(_ROWS, dtype=np.uint64)
    block = np.empty((_ROWS, rows.shape[1]), dtype=np.uint64)
    for start in range(0, len(rows), _ROWS):
        count = min(_ROWS, len(rows) - start)
        for k in range(count):
            for f in range(rows.shape[1]):
                bits = rows[start + k, f]
                if bits == _SIGN:
                    bits = np.uint32(0)
                block[k, f] = np.uint64(~bits if bits & _SIGN else bits | _SIGN)
        for tree in range(len(nodes)):
            own, told = nodes[tree], leaves[tree]
            place[:] = 0
            for _ in range(depth):
                for k in range(count):
                    place[k] = _step(own[place[k]], block[k])
            for k in range(count):
                out[start + k] += told[place[k]]
        for k in range(start, start + count):
            out[k] /= len(nodes)
