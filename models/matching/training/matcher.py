"""The taught model as a value: it scores a prepared table, and is saved as JSON and arrays."""

import io
import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from gluematch.models.matching.features.candidate_table import CandidateTable
from gluematch.models.matching.features.match_weights import MatchWeights
from gluematch.models.matching.features.neighbourhood import neighbourhood_features
from gluematch.models.matching.features.source_column import eligible, one_to_one
from gluematch.models.matching.kernels.arrays import Doubles, Longs, Progress, no_progress
from gluematch.models.matching.records.pairs import Pairs
from gluematch.models.matching.records.remembered_labels import LabelMemory
from gluematch.models.matching.records.table import Table

from .classifier import Classifier, Linear
from .forest import Forest

VERSION = 5
_FOREST_ARRAYS = ("feature", "threshold", "left", "right", "value")
_MEMORY_ARRAYS = ("left", "right", "y")


@dataclass(frozen=True, slots=True, eq=False)
class Matcher:
    """`first` looks at a pair by itself, `second` (if any) also at the pairs around it;
    pairs that agree in the column `source_column` (if any) never match; `single`: no label said
    that they do, so rows of one source that read the same are different things, too. `matches`
    and `non_matches` count the labelled pairs that taught it; `memory` holds them."""

    first: Classifier
    second: Classifier | None
    source_column: str | None
    single: bool
    matches: int
    non_matches: int
    memory: LabelMemory

    def score(self, prepared: CandidateTable, progress: Progress = no_progress) -> Doubles:
        """The probability of each prepared pair; 0 for pairs that cannot match."""
        return self.among_others(prepared, self.by_itself(prepared, None, progress))

    def by_itself(
        self, prepared: CandidateTable, rows: Longs | None = None, progress: Progress = no_progress
    ) -> Doubles:
        """What the first classifier says of each prepared pair, or of the pairs `rows`."""
        return self.first.predict(prepared.features, rows, progress)

    def among_others(
        self, prepared: CandidateTable, by_itself: Doubles, rows: Longs | None = None
    ) -> Doubles:
        """The probability of each prepared pair, or of the pairs `rows`, after a look at the
        pairs around it; 0 for pairs that cannot match."""
        every, at = prepared.pairs, slice(None) if rows is None else rows
        may = eligible(prepared.table, every, self.source_column)
        share = self.share(prepared.table, Pairs(every.i[at], every.j[at]))
        if self.second is None:
            return np.where(may[at], by_itself[at], 0.0) * share
        around = neighbourhood_features(prepared.table.size, every, by_itself, may, rows)
        return np.where(may[at], self.second.predict(around), 0.0) * share

    def share(self, table: Table, pairs: Pairs) -> Doubles:
        """The chance that each pair of matching entities is the same thing row by row: (m,)."""
        if not self.single:
            return np.ones(len(pairs))
        return one_to_one(table, pairs)

    def cautious_score(self, prepared: CandidateTable, by_itself: Doubles, rows: Longs) -> Doubles:
        """The lower of what both classifiers say of the pairs `rows`, which blocking did not
        propose: the second one learned from proposed pairs and makes too much of common
        neighbours."""
        return np.minimum(self.among_others(prepared, by_itself, rows), by_itself[rows])

    def to_parts(self) -> tuple[dict[str, Any], bytes]:
        """A JSON document that a person can read, and the trees as npz bytes."""
        arrays: dict[str, Any] = {f"memory_{n}": getattr(self.memory, n) for n in _MEMORY_ARRAYS}
        document = {
            "version": VERSION,
            "apart": self.source_column,
            "single": self.single,
            "matches": self.matches,
            "non_matches": self.non_matches,
            "remembered": len(self.memory),
            "first": _written("first", self.first, arrays),
            "second": None if self.second is None else _written("second", self.second, arrays),
        }
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        return json.loads(json.dumps(document)), buffer.getvalue()

    @classmethod
    def from_parts(cls, document: dict[str, Any], arrays: bytes) -> "Matcher":
        """The Matcher that `to_parts` wrote. Raises ValueError for another version's."""
        if document.get("version") != VERSION:
            raise ValueError("the stored model is of another version: import the labels again")
        with np.load(io.BytesIO(arrays), allow_pickle=False) as stored:
            trees = {name: stored[name] for name in stored.files}
        second = document["second"]
        return cls(
            first=_read("first", document["first"], trees),
            second=None if second is None else _read("second", second, trees),
            source_column=document["apart"],
            single=document["single"],
            matches=document["matches"],
            non_matches=document["non_matches"],
            memory=LabelMemory(**{name: trees[f"memory_{name}"] for name in _MEMORY_ARRAYS}),
        )


def _written(stage: str, classifier: Classifier, arrays: dict[str, Any]) -> dict[str, Any]:
    linear, forest = classifier.linear, classifier.forest
    if forest is not None:
        arrays |= {f"{stage}_{name}": getattr(forest, name) for name in _FOREST_ARRAYS}
    rows = zip(
        classifier.names,
        linear.mean.tolist(),
        linear.scale.tolist(),
        linear.coefficients.tolist(),
        classifier.importances.tolist(),
        strict=True,
    )
    keys = ("feature", "mean", "scale", "coefficient", "importance")
    weights = classifier.weights
    return {
        "intercept": linear.intercept,
        "weights": None
        if weights is None
        else dict(zip(weights.columns, weights.table.tolist(), strict=True)),
        "forest_depth": None if forest is None else forest.depth,
        "features": [dict(zip(keys, row, strict=True)) for row in rows],
    }


def _read(stage: str, document: dict[str, Any], trees: dict[str, Any]) -> Classifier:
    def column(key: str) -> Doubles:
        return np.array([row[key] for row in document["features"]], dtype=np.float64)

    linear = Linear(
        mean=column("mean"),
        scale=column("scale"),
        coefficients=column("coefficient"),
        intercept=document["intercept"],
    )
    depth = document["forest_depth"]
    forest = None
    if depth is not None:
        kept = {name: trees[f"{stage}_{name}"] for name in _FOREST_ARRAYS}
        forest = Forest(**kept, depth=depth)
    names = tuple(row["feature"] for row in document["features"])
    weights = None
    if (told := document["weights"]) is not None:
        weights = MatchWeights(tuple(told), np.array([*told.values()], dtype=np.float64))
    return Classifier(names, linear, forest, column("importance"), weights)
