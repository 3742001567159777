"""How good the matcher is likely to be, told by labelled pairs that it did not see."""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import average_precision_score

from .arrays import Doubles, Flags, Progress
from .collective import collective_features
from .labels import Labels, NotEnoughLabels
from .learning import folds, learn, lesson, prior_matcher, teach
from .matcher import Matcher
from .prepared import Answers, Prepared, answers

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
    probability = _out_of_fold(prepared, given, prior, seed, progress)
    progress(0.9, "evaluating")
    final = teach(prepared, given, prior.first, seed)
    names = [column.name for column in prepared.table.columns]
    return _metrics(given.y, probability, threshold, column_importances(final, names))


def _out_of_fold(
    prepared: Prepared, given: Answers, prior: Matcher, seed: int, progress: Progress
) -> Doubles:
    """Each labelled pair's probability by a model that saw none of its set: (p,).

    Rows that read the same match for certain; pairs that cannot match have 0.
    """
    scene, near = lesson(prepared, given, seed)
    found = np.zeros(len(near))
    group_of = dict(zip(scene.group.tolist(), folds(scene.group, _FOLDS, seed), strict=True))
    fold = np.array([group_of[g] for g in scene.group.tolist()], dtype=np.int32)
    count = int(fold.max(initial=-1)) + 1
    for k in range(count):
        progress(0.9 * k / count, "evaluating")
        held = fold == k
        first, second = learn(scene.part(~held), prior.first, seed)
        p = first.predict(scene.features)
        if second is not None:
            p = second.predict(collective_features(scene.size, scene.near, p, scene.eligible))
        found[scene.at[held]] = p[scene.at[held]]
    at = np.searchsorted(near, np.maximum(given.at, 0))
    at = np.minimum(at, max(len(near) - 1, 0))
    taught = np.zeros(len(given.at), dtype=np.bool_)
    taught[given.at >= 0] = prepared.eligible[given.at[given.at >= 0]]
    return np.where(given.at < 0, 1.0, np.where(taught, found[at] if len(near) else 0.0, 0.0))


def column_importances(matcher: Matcher, columns: list[str]) -> list[tuple[str, float]]:
    """Each column's share in the decisions; what concerns whole records counts for all."""
    total = dict.fromkeys(columns, 0.0)
    whole = 0.0
    classifier = matcher.first
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
