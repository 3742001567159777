"""Extremely randomised trees as plain arrays: grown by scikit-learn, kept and read by us,
so that a trained model is numbers and never a pickle.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier

from gluematch.models.matching.kernels.arrays import Doubles, Flags, Floats, Ints
from gluematch.models.matching.kernels.size_limits import enough_to_compile

_TREES, _DEPTH = 32, 12
_CHUNK = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """t trees of up to d nodes: (t, d) arrays; a leaf points to itself. `value` is the share
    of matches in a node, inner nodes too.

    A forest that was just grown has scikit-learn's own trees too, `grown`, which find the
    same leaves faster. They are not kept with a model.
    """

    feature: Ints
    threshold: Doubles
    left: Ints
    right: Ints
    value: Floats
    depth: int
    grown: tuple[Any, ...] = ()

    def predict(self, matrix: Floats, of: int = 0) -> Doubles:
        """The trees' mean share of matches in the leaf of each of the m rows, which are a
        part `of` so many: (m,)."""
        if enough_to_compile(max(len(matrix), of)):
            from gluematch.models.matching.kernels import forest_walk as loops  # noqa: PLC0415 - loads the compiler, for large work only

            trees = (self.feature, self.threshold, self.left, self.right, self.value)
            return loops.forest_means(*trees, self.depth, matrix)
        out = np.zeros(len(matrix))
        if self.grown:
            plain = np.ascontiguousarray(matrix, dtype=np.float32)
            for tree, value in zip(self.grown, self.value, strict=True):
                out += value[tree.apply(plain)]
            return out / len(self.feature)
        for start in range(0, len(matrix), _CHUNK):
            part = matrix[start : start + _CHUNK]
            total = np.zeros(len(part))
            for tree in range(len(self.feature)):
                node = np.zeros(len(part), dtype=np.int32)
                feature, threshold = self.feature[tree], self.threshold[tree]
                left, right = self.left[tree], self.right[tree]
                rows, here = np.arange(len(part)), node
                for _ in range(self.depth):
                    below = part[rows, feature[here]] <= threshold[here]
                    here = np.where(below, left[here], right[here])
                    node[rows] = here
                    going = np.flatnonzero(left[here] != here)
                    rows, here = rows[going], here[going]
                total += self.value[tree][node]
            out[start : start + _CHUNK] = total / len(self.feature)
        return out

    def contributions(self, matrix: Floats) -> tuple[float, Doubles]:
        """What each feature adds to each prediction (m, k), beside what holds for every row.

        A step down a tree changes the share of matches; the change counts for the feature that
        the node asks about (Saabas 2014). Both together are `predict`.
        """
        trees = np.arange(len(self.feature))
        added = np.zeros(matrix.shape)
        for row, given in zip(added, matrix, strict=True):
            node = np.zeros(len(trees), dtype=np.int32)
            for _ in range(self.depth):
                asked = self.feature[trees, node]
                below = given[asked] <= self.threshold[trees, node]
                following = np.where(below, self.left[trees, node], self.right[trees, node])
                step = self.value[trees, following] - self.value[trees, node].astype(np.float64)
                np.add.at(row, asked, step)
                node = following
        return float(self.value[:, 0].mean(dtype=np.float64)), added / len(trees)


def grow(matrix: Floats, y: Flags, weight: Doubles, seed: int) -> tuple[Forest, Doubles]:
    """A forest for `matrix` (m, k) and answers `y` (both kinds), and importances (k,)."""
    model = ExtraTreesClassifier(
        n_estimators=_TREES,
        max_depth=_DEPTH,
        min_samples_leaf=2,
        max_features=0.2,
        random_state=seed,
        n_jobs=1,
    ).fit(matrix, y, sample_weight=weight)
    trees = [estimator.tree_ for estimator in model.estimators_]
    most = max(tree.node_count for tree in trees)

    def padded(name: str, fill: float) -> np.ndarray:
        full = np.full((len(trees), most), fill, dtype=np.float64)
        for row, tree in zip(full, trees, strict=True):
            row[: tree.node_count] = getattr(tree, name)
        return full

    itself = np.broadcast_to(np.arange(most), (len(trees), most))
    feature = padded("feature", 0).astype(np.int32)
    leaf = feature < 0
    value = np.zeros((len(trees), most), dtype=np.float32)
    for row, tree in zip(value, trees, strict=True):
        share = tree.value[:, 0, :]
        row[: tree.node_count] = share[:, -1] / np.maximum(share.sum(axis=1), 1e-12)
    forest = Forest(
        feature=np.where(leaf, 0, feature).astype(np.int32),
        threshold=padded("threshold", 0),
        left=np.where(leaf, itself, padded("children_left", 0)).astype(np.int32),
        right=np.where(leaf, itself, padded("children_right", 0)).astype(np.int32),
        value=value,
        depth=max(tree.max_depth for tree in trees),
        grown=tuple(trees),
    )
    return forest, np.asarray(model.feature_importances_, dtype=np.float64)
