"""How good the matcher is likely to be, told by labelled pairs that it did not see."""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import average_precision_score

from .arrays import Doubles, Flags, Ints, Progress
from .labels import Labels, NotEnoughLabels
from .prepared import Answers, Prepared, answers
from .training import Matcher, prior_matcher, teach

_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Confusion:
    """Labelled pairs by what was foretold and what is."""

    true_positives: int
    false_positives: int
    true_negatives: int
    false_negatives: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Glue's metrics, in pairs of labelled rows; importances add up to 1, highest first."""

    area_under_pr_curve: float
    precision: float
    recall: float
    f1: float
    confusion: Confusion
    column_importances: list[tuple[str, float]]


def evaluate_prepared(
    prepared: Prepared, labels: Labels, threshold: float, seed: int, progress: Progress
) -> Evaluation:
    """Out-of-fold metrics at `threshold`; raises NotEnoughLabels if a kind is missing."""
    given = answers(prepared, labels)
    _refuse_one_kind(given.y)
    prior = prior_matcher(prepared, seed)
    probability = np.ones(len(given.y))
    fold = folds(given.fold_group, seed)
    count = int(fold.max()) + 1
    for k in range(count):
        progress(k / (count + 1), "evaluation")
        held = fold == k
        matcher = prior if held.all() else _taught(prepared, given, ~held, prior, seed)
        known = held & (given.at >= 0)
        probability[known] = matcher.score(prepared)[given.at[known]]
    final = teach(prepared, given, prior.classifier, seed)
    names = [column.name for column in prepared.table.columns]
    return _metrics(given.y, probability, threshold, column_importances(final, names))


def folds(group: Ints, seed: int) -> Ints:
    """A fold number for every pair: whole groups, about equally many pairs in each."""
    names, sizes = np.unique(group, return_counts=True)
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(names))
    order = order[np.argsort(-sizes[order], kind="stable")]
    load = np.zeros(min(_FOLDS, len(names)), dtype=np.int64)
    fold_of = np.zeros(len(names), dtype=np.int32)
    for k in order:
        fold_of[k] = int(load.argmin())
        load[fold_of[k]] += sizes[k]
    return fold_of[np.searchsorted(names, group)]


def column_importances(matcher: Matcher, columns: list[str]) -> list[tuple[str, float]]:
    """Each column's share in the decisions; what concerns whole records counts for all."""
    total = dict.fromkeys(columns, 0.0)
    whole = 0.0
    classifier = matcher.classifier
    for name, share in zip(classifier.names, classifier.importances.tolist(), strict=True):
        column = name.rpartition(":")[0]
        if column in total:
            total[column] += share
        else:
            whole += share
    own = sum(total.values())
    for column in total:
        total[column] = total[column] / own if own > 0 else 1 / len(columns)
    return sorted(total.items(), key=lambda item: (-item[1], item[0]))


def _refuse_one_kind(y: Flags) -> None:
    if not len(y):
        raise NotEnoughLabels(
            "There is no labelled pair to evaluate with: import labels first, with at least "
            "two rows in a labeling_set_id."
        )
    if y.all():
        raise NotEnoughLabels(
            "The labels hold no non-match: give rows of one labeling_set_id that do not match "
            "different labels, and import again."
        )
    if not y.any():
        raise NotEnoughLabels(
            "The labels hold no match: give rows of one labeling_set_id that match the same "
            "label, and import again."
        )


def _taught(prepared: Prepared, given: Answers, seen: Flags, prior: Matcher, seed: int) -> Matcher:
    part = Answers(given.at[seen], given.y[seen], given.fold_group[seen])
    return teach(prepared, part, prior.classifier, seed)


def _metrics(
    y: Flags, probability: Doubles, threshold: float, importances: list[tuple[str, float]]
) -> Evaluation:
    said = probability >= threshold
    hit, false = int((said & y).sum()), int((said & ~y).sum())
    lost, rest = int((~said & y).sum()), int((~said & ~y).sum())
    precision = hit / (hit + false) if hit + false else 0.0
    recall = hit / (hit + lost) if hit + lost else 0.0
    f1 = 2 * hit / (2 * hit + false + lost) if hit else 0.0
    area = float(average_precision_score(y, probability))
    confusion = Confusion(hit, false, rest, lost)
    return Evaluation(area, precision, recall, f1, confusion, importances)
