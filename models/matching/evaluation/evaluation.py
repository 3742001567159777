"""How good the matches of a table are likely to be, told by labelled pairs: precision, recall
and F1 of its groups over all true pairs, corrected for how the pairs were chosen.
"""

from dataclasses import dataclass

import numpy as np

from gluematch.models.matching.clustering.calibration import calibrate
from gluematch.models.matching.clustering.scoring import ScoredTable
from gluematch.models.matching.features.candidate_table import (
    CandidateTable,
    EntityTable,
    pair_labels,
)
from gluematch.models.matching.kernels.arrays import Doubles, Flags, Ints, Longs, Progress, part
from gluematch.models.matching.records.labels import Labels, NotEnoughLabels
from gluematch.models.matching.records.pairs import Pairs
from gluematch.models.matching.training.matcher import Matcher
from gluematch.models.matching.training.training import prior_matcher

from .cross_fitting import ValidationPairs, cross_fit
from .estimation import (
    Bin,
    CurvePoint,
    Estimate,
    Field,
    area_under_curve,
    bins,
    curve,
    estimate,
    field,
    least_certain,
    lost_by_blocking,
)

_EDGES = (0.0, 0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99, 1.0)


@dataclass(frozen=True, slots=True)
class Confusion:
    """Labelled pairs by what was foretold and what is."""

    true_positives: int
    false_positives: int
    true_negatives: int
    false_negatives: int


@dataclass(frozen=True, slots=True, eq=False)
class UncertainPairs:
    """p unanswered pairs of rows, the least sure first: `i` and `j` (p,) name a row of each
    side, `probability` (p,) is the chance of a match."""

    i: Longs
    j: Longs
    probability: Doubles


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Precision, recall and F1 of the whole table (`whole`), the area under the
    precision-recall curve of its candidate pairs, and `confusion` in labelled pairs, told by
    matchers that had not seen them. Importances add up to 1, highest first.

    `sampled` says that `whole` counts the pairs of a sample of a large table. `curve` is by
    tradeoff, `calibration` of the labelled pairs that could match.
    """

    area_under_pr_curve: float
    whole: Estimate
    confusion: Confusion
    column_importances: list[tuple[str, float]]
    sampled: bool
    curve: list[CurvePoint]
    calibration: list[Bin]
    doubtful: UncertainPairs

    @property
    def precision(self) -> float:
        return self.whole.precision

    @property
    def recall(self) -> float:
        return self.whole.recall

    @property
    def f1(self) -> float:
        return self.whole.f1


def evaluate_prepared(
    base: EntityTable,
    prepared: CandidateTable,
    labels: Labels,
    *,
    threshold: float,
    seed: int,
    progress: Progress,
) -> Evaluation:
    """The estimate at `threshold`; raises NotEnoughLabels if a kind is missing.

    `prepared` is `base` with its candidate pairs and all labelled pairs.
    """
    given = pair_labels(prepared, labels)
    _refuse_one_kind(given.y)
    prior = prior_matcher(prepared, seed)
    judged = cross_fit(
        prepared,
        given,
        prior,
        threshold=threshold,
        seed=seed,
        progress=part(progress, 0.0, 0.9),
    )
    held, made = judged.held, judged.made
    line = calibrate(held.evidence.take(held.may), given.y[held.may])
    progress(0.9, "evaluating")
    stated = given.at[~held.same]
    asked = Pairs(prepared.pairs.i[stated], prepared.pairs.j[stated])
    here = field(made, line, asked, given.y[~held.same], base.focus)
    lost = lost_by_blocking(here, *prepared.passes) if len(prepared.passes) == 2 else 0.0
    names = [column.name for column in prepared.table.columns]
    return Evaluation(
        area_under_pr_curve=area_under_curve(here),
        whole=estimate(here, made.groups.group, lost),
        confusion=_confusion(given.y, held.evidence.together),
        column_importances=column_importances(judged.final, names),
        sampled=base.focus is not None,
        curve=curve(made, here, lost),
        calibration=_calibration(held, given.y),
        doubtful=_doubtful(made, here),
    )


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


def _confusion(y: Flags, said: Flags) -> Confusion:
    return Confusion(
        true_positives=int((said & y).sum()),
        false_positives=int((said & ~y).sum()),
        true_negatives=int((~said & ~y).sum()),
        false_negatives=int((~said & y).sum()),
    )


def _calibration(held: ValidationPairs, y: Flags) -> list[Bin]:
    return bins(held.evidence.own[held.may], y[held.may], _EDGES)


def _doubtful(made: ScoredTable, here: Field) -> UncertainPairs:
    """The least sure pairs, by the first row of each entity."""
    entity: Ints = made.prepared.table.entity
    first = np.zeros(made.prepared.table.size, dtype=np.int64)
    first[entity[::-1]] = np.arange(len(entity) - 1, -1, -1)
    at = least_certain(here)
    return UncertainPairs(first[here.pairs.i[at]], first[here.pairs.j[at]], here.chance[at])
