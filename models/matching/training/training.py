"""From labelled pairs to a Matcher: a first classifier on the pairs' own features, then a
second one on what the first says of the pairs around.

The second learns from predictions that the first made on labelling sets it had not seen,
and a little from what the first says of pairs that nobody labelled: the asked pairs are
the hard ones, and it must not think that all are. Then the second, which knows of rivals and
common neighbours, teaches the first what it says of unlabelled pairs (co-training: Blum,
Mitchell 1998).
"""

from dataclasses import dataclass

import numpy as np

from gluematch.models.matching.features.candidate_table import CandidateTable, PairLabels
from gluematch.models.matching.features.neighbourhood import neighbourhood_features
from gluematch.models.matching.features.pair_features import WHOLE, Features
from gluematch.models.matching.kernels.arrays import Doubles, Flags, Ints, Longs
from gluematch.models.matching.kernels.size_limits import is_large
from gluematch.models.matching.records.labels import NotEnoughLabels
from gluematch.models.matching.records.pairs import Pairs
from gluematch.models.matching.records.remembered_labels import empty_memory

from .classifier import (
    PRIOR_MOST_PAIRS,
    UNLABELLED_SHARE,
    Classifier,
    fit,
    fit_line,
    fit_prior,
    fit_pseudo_labelled,
)
from .matcher import Matcher

_INNER_FOLDS = 4
_UNLABELLED, _UNLABELLED_LARGE = 2_000, 10_000
_CO_ROUNDS, _LIKELY_SHARE = 3, 0.5
_MOST_PSEUDO_LABELLED = 250


@dataclass(frozen=True, slots=True, eq=False)
class TrainingSet:
    """Labelled pairs by place among `near`, the pairs that touch one of their entities.

    `at`, `y`, `group` are parallel; `others` are places of pairs that blocking proposed and
    nobody labelled, with all that touches them near, too; `pool` are all such pairs of the
    entities that `others` and the labels name.
    """

    size: int
    near: Pairs
    features: Features
    eligible: Flags
    at: Longs
    y: Flags
    group: Ints
    others: Longs
    pool: Longs

    def part(self, chosen: Flags) -> "TrainingSet":
        """The same scene with some of the labelled pairs only."""
        return TrainingSet(
            self.size,
            self.near,
            self.features,
            self.eligible,
            self.at[chosen],
            self.y[chosen],
            self.group[chosen],
            self.others,
            self.pool,
        )


def training_set(
    prepared: CandidateTable, given: PairLabels, seed: int
) -> tuple[TrainingSet, Longs]:
    """The lesson in all labelled pairs, and for each pair of `near` its place in prepared.

    Pairs of rows that read the same, and pairs that cannot match, teach nothing.
    """
    real = given.at >= 0
    real[real] = prepared.eligible[given.at[real]]
    at, y, group = _latest(given.at[real], given.y[real], given.fold_group[real])
    free = prepared.proposed & prepared.eligible
    free[at] = False
    most = _UNLABELLED_LARGE if is_large(prepared.table.size) else _UNLABELLED
    others = _some(np.flatnonzero(free), most, np.random.default_rng(seed))
    known = np.zeros(prepared.table.size, dtype=np.bool_)
    for seen in (at, others):
        known[prepared.pairs.i[seen]] = True
        known[prepared.pairs.j[seen]] = True
    near = np.flatnonzero(known[prepared.pairs.i] | known[prepared.pairs.j])
    whole = known[prepared.pairs.i[near]] & known[prepared.pairs.j[near]]
    scene = TrainingSet(
        size=prepared.table.size,
        near=Pairs(prepared.pairs.i[near], prepared.pairs.j[near]),
        features=prepared.features.take(near),
        eligible=prepared.eligible[near],
        at=np.searchsorted(near, at),
        y=y,
        group=group,
        others=np.searchsorted(near, others),
        pool=np.flatnonzero(whole & free[near]),
    )
    return scene, near


def train_matcher(
    prepared: CandidateTable, given: PairLabels, prior: Classifier, seed: int
) -> Matcher:
    """A Matcher from all labels. Raises NotEnoughLabels when there is no labelled pair."""
    if not len(given.y):
        raise NotEnoughLabels(
            "There is no labelled pair: give at least two rows of one labeling_set_id a label."
        )
    first, second = fit_classifiers(training_set(prepared, given, seed)[0], prior, seed)
    matches = int(given.y.sum())
    known = given.at >= 0
    strays = given.y[known] & ~prepared.eligible[given.at[known]]
    single = prepared.source_column is not None and not strays.any()
    rest = len(given.y) - matches
    return Matcher(first, second, prepared.source_column, single, matches, rest, given.memory)


def fit_classifiers(
    scene: TrainingSet, prior: Classifier, seed: int
) -> tuple[Classifier, Classifier | None]:
    """The two classifiers; no second one where one kind of answer is missing."""
    if not len(scene.at):
        return prior, None
    chosen = scene.features.take(scene.at)
    others = scene.features.take(scene.others)
    first = fit(chosen, scene.y, others, prior, seed, heed=is_large(scene.size))
    second = _second(scene, prior, seed)
    if second is None:
        return first, None
    return _co_trained(scene, first, second, seed), second


def _co_trained(scene: TrainingSet, first: Classifier, second: Classifier, seed: int) -> Classifier:
    """The first classifier, taught anew with what both say of the unlabelled pairs.

    The guesses together count like the labels, but not like more than _MOST_GUESSED of them:
    many labels need no guesses.
    """
    chosen = scene.features.take(scene.at)
    weight = min(len(scene.y), _MOST_PSEUDO_LABELLED)
    most = _UNLABELLED_LARGE if is_large(scene.size) else _UNLABELLED
    generator = np.random.default_rng(seed)
    for _ in range(_CO_ROUNDS if len(scene.pool) else 0):
        alone = first.predict(scene.features)
        around = neighbourhood_features(scene.size, scene.near, alone, scene.eligible)
        guess = (alone + second.predict(around)) / 2
        likely = guess[scene.pool] >= 0.5
        asked = np.concatenate(
            [
                _some(scene.pool[likely], round(_LIKELY_SHARE * most), generator),
                _some(scene.pool[~likely], most, generator),
            ]
        )
        others = scene.features.take(asked)
        first = fit_pseudo_labelled(chosen, scene.y, others, guess[asked], share=weight, seed=seed)
    return first


def _second(scene: TrainingSet, prior: Classifier, seed: int) -> Classifier | None:
    fold = folds(scene.group, _INNER_FOLDS, seed)
    count = int(fold.max(initial=0)) + 1
    unlabelled = scene.features.take(scene.others)
    parts, answers, weights = [], [], []
    for k in range(count):
        held = fold == k
        seen = scene.y[~held]
        if not len(seen) or seen.all() or not seen.any():
            continue
        known = scene.features.take(scene.at[~held])
        early = fit(known, seen, unlabelled, prior, seed, heed=is_large(scene.size))
        others = scene.others[k::count]
        asked = np.concatenate([scene.at[held], others])
        probability, around = _looked_at(scene, early, asked)
        guess = probability[int(held.sum()) :]
        parts.append(around)
        answers += [scene.y[held], guess > 0.5]
        share = UNLABELLED_SHARE * int(held.sum()) / max(len(others), 1)
        weights += [np.ones(int(held.sum())), share * np.abs(2 * guess - 1)]
    if not parts:
        return None
    y = np.concatenate(answers)
    if y.all() or not y.any():
        return None
    matrix = np.concatenate([part.matrix for part in parts])
    return fit_line(Features(matrix, parts[0].names), y, f"{WHOLE}:logit", np.concatenate(weights))


def _looked_at(scene: TrainingSet, early: Classifier, asked: Longs) -> tuple[Doubles, Features]:
    """What `early` says of the `asked` pairs (a,), and what the pairs around say of them."""
    known = np.zeros(scene.size, dtype=np.bool_)
    known[scene.near.i[asked]] = known[scene.near.j[asked]] = True
    rows = np.flatnonzero(known[scene.near.i] | known[scene.near.j])
    pairs = Pairs(scene.near.i[rows], scene.near.j[rows])
    probability = early.predict(scene.features, rows)
    around = neighbourhood_features(scene.size, pairs, probability, scene.eligible[rows])
    at = np.searchsorted(rows, asked)
    return probability[at], around.take(at)


def prior_matcher(prepared: CandidateTable, seed: int) -> Matcher:
    """What can be told without labels, from the pairs that blocking proposed."""
    rows = np.flatnonzero(prepared.proposed & prepared.eligible)
    rows = _some(rows, PRIOR_MOST_PAIRS, np.random.default_rng(seed))
    single = prepared.source_column is not None
    return Matcher(
        fit_prior(prepared.features.take(rows)),
        None,
        prepared.source_column,
        single,
        0,
        0,
        empty_memory(),
    )


def folds(group: Ints, most: int, seed: int) -> Ints:
    """A fold number for every pair: whole groups, about equally many pairs in each."""
    names, sizes = np.unique(group, return_counts=True)
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(names))
    order = order[np.argsort(-sizes[order], kind="stable")]
    load = np.zeros(max(min(most, len(names)), 1), dtype=np.int64)
    fold_of = np.zeros(len(names), dtype=np.int32)
    for k in order:
        fold_of[k] = int(load.argmin())
        load[fold_of[k]] += sizes[k]
    return np.asarray(fold_of[np.searchsorted(names, group)], dtype=np.int32)


def _latest(at: Longs, y: Flags, group: Ints) -> tuple[Longs, Flags, Ints]:
    """Every labelled pair of entities once, with the latest answer, in order of place."""
    place, back = np.unique(at[::-1], return_index=True)
    last = len(at) - 1 - back
    return place, y[last], group[last]


def _some(rows: Longs, most: int, generator: np.random.Generator) -> Longs:
    return rows if len(rows) <= most else np.sort(generator.choice(rows, most, replace=False))
