"""From labelled pairs to a Matcher, the taught model as a value that can be saved."""

import io
import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .arrays import Doubles, Flags, Longs
from .classifier import Classifier, Linear, fit, fit_prior
from .forest import Forest
from .labels import NotEnoughLabels
from .prepared import Answers, Prepared
from .sources import eligible

VERSION = 1
_FOREST_ARRAYS = ("feature", "threshold", "left", "right", "value")


@dataclass(frozen=True, slots=True, eq=False)
class Matcher:
    """A classifier and what it learned from: numbers of labelled matches and non-matches."""

    classifier: Classifier
    matches: int
    non_matches: int
    apart: str | None = None

    def score(self, prepared: Prepared) -> Doubles:
        """The probability of each prepared pair; 0 for pairs that cannot match."""
        probability = self.classifier.predict(prepared.features)
        return np.where(eligible(prepared.table, prepared.pairs, self.apart), probability, 0.0)

    def to_parts(self) -> tuple[dict[str, Any], bytes]:
        """A JSON document that a person can read, and the trees as npz bytes."""
        linear, forest = self.classifier.linear, self.classifier.forest
        document = {
            "version": VERSION,
            "apart": self.apart,
            "matches": self.matches,
            "non_matches": self.non_matches,
            "features": list(self.classifier.names),
            "importances": self.classifier.importances.tolist(),
            "fill": self.classifier.fill.tolist(),
            "linear": {k: _plain(v) for k, v in asdict(linear).items()},
            "forest": None if forest is None else {"depth": forest.depth},
        }
        buffer = io.BytesIO()
        arrays = {} if forest is None else {n: getattr(forest, n) for n in _FOREST_ARRAYS}
        np.savez_compressed(buffer, **arrays)
        return json.loads(json.dumps(document)), buffer.getvalue()

    @classmethod
    def from_parts(cls, document: dict[str, Any], arrays: bytes) -> "Matcher":
        """The Matcher that `to_parts` wrote. Raises ValueError for another version's."""
        if document.get("version") != VERSION:
            raise ValueError("the stored model was written by another version: import again")
        line = document["linear"]
        linear = Linear(
            mean=np.array(line["mean"]),
            scale=np.array(line["scale"]),
            coefficients=np.array(line["coefficients"]),
            intercept=line["intercept"],
        )
        forest = None
        if document["forest"] is not None:
            with np.load(io.BytesIO(arrays), allow_pickle=False) as stored:
                trees = {name: stored[name] for name in _FOREST_ARRAYS}
            forest = Forest(**trees, depth=document["forest"]["depth"])
        classifier = Classifier(
            names=tuple(document["features"]),
            fill=np.array(document["fill"]),
            linear=linear,
            forest=forest,
            importances=np.array(document["importances"]),
        )
        return cls(classifier, document["matches"], document["non_matches"], document["apart"])


def teach(prepared: Prepared, given: Answers, prior: Classifier, seed: int) -> Matcher:
    """Fit the labelled pairs. Raises NotEnoughLabels when there is none.

    Pairs of rows that read the same teach nothing about differences: they are counted only.
    """
    if not len(given.y):
        raise NotEnoughLabels(
            "There is no labelled pair: give at least two rows of one labeling_set_id a label."
        )
    at, y = _once(given)
    at, y = at[prepared.eligible[at]], y[prepared.eligible[at]]
    matches, non_matches = int(given.y.sum()), int((~given.y).sum())
    if not len(at):
        return Matcher(prior, matches, non_matches, prepared.apart)
    chosen = prepared.features.take(at)
    classifier = fit(chosen, y, _balance(y), prior, seed)
    return Matcher(classifier, matches, non_matches, prepared.apart)


def prior_matcher(prepared: Prepared, seed: int) -> Matcher:
    """What can be told without labels, from the pairs that blocking proposed."""
    proposed = prepared.features.take(prepared.proposed & prepared.eligible)
    return Matcher(fit_prior(proposed, seed), 0, 0, prepared.apart)


def _once(given: Answers) -> tuple[Longs, Flags]:
    """Every labelled pair of entities once, with the latest answer, in order of place."""
    real = given.at >= 0
    at, y = given.at[real][::-1], given.y[real][::-1]
    place, first = np.unique(at, return_index=True)
    return place, y[first]


def _balance(y: Flags) -> Doubles:
    """Weights that let the rarer kind speak louder, though not as loud as the other."""
    share = np.clip(y.mean(), 1e-6, 1 - 1e-6)
    weight = np.where(y, (1 - share) ** 0.25, share**0.25)
    return np.asarray(weight / weight.mean(), dtype=np.float64)


def _plain(value: object) -> object:
    return value.tolist() if isinstance(value, np.ndarray) else value
