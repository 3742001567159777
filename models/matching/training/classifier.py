"""Features in, probability of a match out: a logistic regression and a forest, averaged.

Without labels the table teaches itself: pairs that stand out among their rivals pass for
matches, pairs that do not for non-matches, and a logistic regression is fitted to that.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from gluematch.models.matching.features.lazy_features import CHUNK, PairFeatures
from gluematch.models.matching.features.match_weights import MatchWeights, learn_weights
from gluematch.models.matching.features.pair_features import WHOLE, Features
from gluematch.models.matching.kernels.arrays import (
    Doubles,
    Flags,
    Floats,
    Longs,
    Progress,
    no_progress,
)
from gluematch.models.matching.kernels.parallel import parallel_ranges

from .forest import Forest, grow

_PRIOR_ROUNDS = 3
_LEAST_THRESHOLD = 0.55
PRIOR_MOST_PAIRS = 40_000
_STRENGTH = 0.3
_FOREST_WEIGHT = 0.67
_TRUST = 8.0
UNLABELLED_SHARE = 0.5
_PRIOR_WEIGHT, _SURE = 0.25, 1e-4
_CHUNK = 2_000
_LEAST, _STEP = 1e-15, 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """A logistic regression over k standardised features."""

    mean: Doubles
    scale: Doubles
    coefficients: Doubles
    intercept: float

    def predict(self, matrix: Floats) -> Doubles:
        """The probability of each row: (m,)."""
        weights = self.coefficients / self.scale
        base = self.intercept - float(self.mean @ weights)
        probability = np.empty(len(matrix))

        def loop(s: int, e: int) -> None:
            for start in range(s, e, _CHUNK):
                here = matrix[start : min(start + _CHUNK, e)]
                probability[start : start + len(here)] = _probability(here @ weights + base)

        parallel_ranges(len(matrix), loop, 10 * _CHUNK, most=10 * _CHUNK)
        return probability

    def contributions(self, matrix: Floats) -> tuple[float, Doubles]:
        """What each feature adds to each row's log-odds (m, k), beside the intercept, which
        holds where every feature is at its mean."""
        added = (matrix - self.mean) / self.scale * self.coefficients
        return self.intercept, np.asarray(added, dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Classifier:
    """A fitted classifier over the features `names`, the last of which are made by `weights`
    from the others; `importances` (k,) sum to 1."""

    names: tuple[str, ...]
    linear: Linear
    forest: Forest | None
    importances: Doubles
    weights: MatchWeights | None = None

    def predict(
        self,
        features: PairFeatures,
        rows: Longs | None = None,
        progress: Progress = no_progress,
        of: int = 0,
    ) -> Doubles:
        """The probability that each pair matches, or each of the pairs `rows`, which are a part
        `of` so many: (m,)."""
        if isinstance(features, Features):
            return self._predict(features if rows is None else features.take(rows), of)
        out = np.zeros(len(features) if rows is None else len(rows))

        def loop(s: int, e: int) -> None:
            here = features.take(slice(s, e) if rows is None else rows[s:e])
            out[s:e] = self._predict(here, len(features))

        parallel_ranges(
            len(out), loop, CHUNK, most=CHUNK, progress=progress, stage="comparing pairs"
        )
        return out

    def _predict(self, features: Features, of: int) -> Doubles:
        matrix = self.aligned(features)
        probability = self.linear.predict(matrix)
        if self.forest is None:
            return probability
        trees = self.forest.predict(matrix, of)
        return (1 - _FOREST_WEIGHT) * probability + _FOREST_WEIGHT * trees

    def contributions(self, features: Features) -> tuple[float, Doubles]:
        """What each feature of `names` adds to the log-odds of a match (m, k), and the log-odds
        without them: together those of `predict`.

        The regression's are exact. Where the forest takes part, those of both are brought to
        the scale of the log-odds of their mean, each by one factor a pair.
        """
        matrix = self.aligned(features)
        base, added = self.linear.contributions(matrix)
        if self.forest is None:
            return base, added
        start, steps = self.forest.contributions(matrix)
        linear_start = float(_probability(np.array(base)))
        line = added * slope(_probability, base, added)[:, None]
        both = (1 - _FOREST_WEIGHT) * line + _FOREST_WEIGHT * steps
        start = (1 - _FOREST_WEIGHT) * linear_start + _FOREST_WEIGHT * start
        return float(log_odds(np.array(start))), both * slope(log_odds, start, both)[:, None]

    def aligned(self, features: Features) -> Floats:
        """The features `names` of each pair (m, k); those that the table lacks at their mean."""
        added = 0 if self.weights is None else len(self.weights.names)
        names = self.names[: len(self.names) - added]
        plain = self._plain(features, names)
        if self.weights is None:
            return plain
        return np.column_stack([plain, self.weights.of(Features(plain, names))])

    def _plain(self, features: Features, names: tuple[str, ...]) -> Floats:
        if features.names == names:
            return features.matrix
        have = {name: k for k, name in enumerate(features.names)}
        rows = len(features.matrix)
        columns = [
            features.matrix[:, have[n]] if n in have else np.full(rows, f, dtype=np.float32)
            for n, f in zip(names, self.linear.mean, strict=False)
        ]
        return np.column_stack(columns) if columns else np.zeros((rows, 0), dtype=np.float32)


def log_odds(probability: Doubles) -> Doubles:
    """log(p / (1 - p)), also of what is as good as 0 or 1."""
    p = np.clip(probability, _LEAST, 1 - _LEAST)
    return np.asarray(np.log(p / (1 - p)), dtype=np.float64)


def slope(curve: Callable[[Doubles], Doubles], start: float, added: Doubles) -> Doubles:
    """By how much `curve` rises for each unit of what is added to `start`: (m,) from (m, k)."""
    total = added.sum(axis=1)
    step = np.where(np.abs(total) < _STEP, _STEP, total)
    return np.asarray((curve(start + step) - curve(np.full(len(step), start))) / step)


def _probability(logit: Doubles) -> Doubles:
    return np.asarray(1 / (1 + np.exp(-np.clip(logit, -40, 40))), dtype=np.float64)


def fit_prior(features: Features) -> Classifier:
    """What the table itself tells: no label is asked for."""
    matrix = features.matrix
    if not len(matrix):
        return _blank(features.names)
    probability = _stand_out(features)
    classifier = _blank(features.names)
    for _ in range(_PRIOR_ROUNDS):
        y = probability >= 0.5
        if y.all() or not y.any():
            return _from_linear(features.names, _score_line(features))
        weight = np.abs(2 * probability - 1) + 1e-3
        linear = _fit_linear(matrix, y, weight, 0.05)
        classifier = _from_linear(features.names, linear)
        probability = linear.predict(matrix)
    return classifier


def fit(
    features: Features,
    y: Flags,
    unlabelled: Features,
    prior: Classifier,
    seed: int,
    *,
    heed: bool,
) -> Classifier:
    """Learn from the labelled pairs' features; where one kind is missing, lean on `prior`.

    `unlabelled` pairs count a little too, as the first fit takes them: they keep the trees
    honest where nobody has labelled. With `heed` the prior has a say in what they are: of a large
    table most pairs are plainly no matches, and no question is about their like.
    """
    if y.all() or not y.any():
        return _shifted(prior, features, y)
    linear = _fit_linear(features.matrix, y, _balance(y), _STRENGTH)
    guess = linear.predict(unlabelled.matrix)
    if heed:
        guess = _agreed(guess, prior.predict(unlabelled))
    return fit_pseudo_labelled(
        features, y, unlabelled, guess, share=UNLABELLED_SHARE * len(y), seed=seed
    )


def fit_pseudo_labelled(
    features: Features, y: Flags, unlabelled: Features, guess: Doubles, *, share: float, seed: int
) -> Classifier:
    """Learn from labelled pairs, of both kinds, and from the guesses (u,) about others, which
    together count like `share` labels, the surer the more."""
    matrix, weight, names = features.matrix, _balance(y), features.names
    weights = None
    if len(guess):
        weights = learn_weights(unlabelled, guess)
        names += weights.names
        every = Features(np.concatenate([matrix, unlabelled.matrix]), features.names)
        matrix = np.column_stack([every.matrix, weights.of(every)])
        sure = np.abs(2 * guess - 1)
        weight = np.concatenate([weight, sure * (share / len(guess))])
        y = np.concatenate([y, guess > 0.5])
    linear = _fit_linear(matrix, y, weight, _STRENGTH)
    forest, gains = grow(matrix, y, weight, seed)
    pull = np.abs(linear.coefficients)
    importances = gains / max(gains.sum(), 1e-12) + pull / max(pull.sum(), 1e-12)
    total = max(float(importances.sum()), 1e-12)
    return Classifier(names, linear, forest, importances / total, weights)


def _agreed(guess: Doubles, prior: Doubles) -> Doubles:
    """The guesses, moved towards what the prior says: the weighted mean of their log-odds."""
    odds, told = (log_odds(np.clip(p, _SURE, 1 - _SURE)) for p in (guess, prior))
    return _probability(odds + _PRIOR_WEIGHT * (told - odds))


def _balance(y: Flags) -> Doubles:
    """Weights that let the rarer kind speak louder, though not as loud as the other."""
    share = float(y.mean())
    weight = np.where(y, (1 - share) ** 0.25, share**0.25)
    return np.asarray(weight / weight.mean(), dtype=np.float64)


def fit_line(
    features: Features, y: Flags, trusted: str, weight: Doubles | float = 1.0
) -> Classifier:
    """A logistic regression alone, for few smooth features; `y` holds both kinds and counts
    by `weight` (m,).

    The feature `trusted` is shrunk less than the others: with few answers it decides.
    """
    free = np.where([name == trusted for name in features.names], _TRUST, 1.0)
    linear = _fit_linear(features.matrix, y, _balance(y) * weight, _STRENGTH, free)
    return _from_linear(features.names, linear)


def _fit_linear(
    matrix: Floats, y: Flags, weight: Doubles, strength: float, free: Doubles | float = 1.0
) -> Linear:
    mean = matrix.mean(axis=0, dtype=np.float64)
    scale = matrix.std(axis=0, dtype=np.float64)
    scale[scale < 1e-6] = 1.0
    scale /= free
    model = LogisticRegression(C=strength, max_iter=1000)
    model.fit((matrix - mean) / scale, y, sample_weight=weight)
    return Linear(mean, scale, model.coef_[0].astype(np.float64), float(model.intercept_[0]))


def _stand_out(features: Features) -> Doubles:
    """A first guess: the pairs on the upper side of where their likeness divides best."""
    score = features.column("score")
    bar = max(_division(score), _LEAST_THRESHOLD)
    return np.asarray(1 / (1 + np.exp(-20 * (score - bar))), dtype=np.float64)


def _division(score: Floats) -> float:
    """Where scores (0 to 1) fall into two parts that differ most (Otsu 1979)."""
    counts, edges = np.histogram(score, bins=100, range=(0.0, 1.0))
    below = np.cumsum(counts)[:-1].astype(np.float64)
    above = len(score) - below
    sums = np.cumsum(counts * (edges[:-1] + edges[1:]) / 2)
    low = sums[:-1] / np.maximum(below, 1)
    high = (sums[-1] - sums[:-1]) / np.maximum(above, 1)
    return float(edges[1 + int(np.argmax(below * above * (low - high) ** 2))])


def _score_line(features: Features) -> Linear:
    """The line 20 * (score - 0.6), as a regression over all features."""
    k = len(features.names)
    coefficients = np.zeros(k)
    coefficients[features.names.index(f"{WHOLE}:score")] = 20
    return Linear(np.zeros(k), np.ones(k), coefficients, -12.0)


def _from_linear(names: tuple[str, ...], linear: Linear) -> Classifier:
    pull = np.abs(linear.coefficients)
    total = pull.sum()
    importances = pull / total if total > 0 else pull
    return Classifier(names, linear, None, importances)


def _blank(names: tuple[str, ...]) -> Classifier:
    k = len(names)
    return _from_linear(names, Linear(np.zeros(k), np.ones(k), np.zeros(k), -2.0))


def _shifted(prior: Classifier, features: Features, y: Flags) -> Classifier:
    """The prior, its bar moved so that it agrees with labels that are all of one kind."""
    linear = prior.linear
    probability = np.clip(prior.predict(features), 1e-6, 1 - 1e-6)
    logit = np.log(probability / (1 - probability))
    if y.any():
        shift = max(0.0, -float(np.quantile(logit, 0.1)))
    else:
        # of so many likely pairs none was a match: a next one is with 1 in (them + 2)
        likely = int((logit > 0).sum())
        shift = -max(0.0, float(logit.max()) + math.log1p(likely)) if likely else 0.0
    moved = Linear(linear.mean, linear.scale, linear.coefficients, linear.intercept + shift)
    return _from_linear(prior.names, moved)
