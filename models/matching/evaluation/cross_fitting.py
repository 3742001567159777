"""Labelled pairs as they come out when nobody has answered them: the labels are held back in
parts, and each part is decided, with the whole table, by a matcher taught from the others.
Beside them, on another core, the table is decided by a matcher taught from all.
"""

from dataclasses import dataclass, replace

import numpy as np

from gluematch.models.matching.clustering.calibration import Evidence, evidence
from gluematch.models.matching.clustering.scoring import ScoredTable, score_table
from gluematch.models.matching.features.candidate_table import CandidateTable, PairLabels
from gluematch.models.matching.kernels.arrays import Flags, Progress, no_progress
from gluematch.models.matching.kernels.parallel import parallel_each
from gluematch.models.matching.kernels.size_limits import is_large
from gluematch.models.matching.records.pairs import Pairs
from gluematch.models.matching.records.remembered_labels import LabelMemory
from gluematch.models.matching.training.matcher import Matcher
from gluematch.models.matching.training.training import folds, train_matcher

_FOLDS = 3
_STAGE = "evaluating"


@dataclass(frozen=True, slots=True, eq=False)
class ValidationPairs:
    """Of p labelled pairs what a matcher said that had not seen their sets: the evidence of
    each, whether it `may` match at all (p,), and whether both rows read the `same` (p,)."""

    evidence: Evidence
    may: Flags
    same: Flags


@dataclass(frozen=True, slots=True, eq=False)
class CrossFit:
    """What evaluation judges by: the labelled pairs as they were `held` out, and the matcher
    `final`, taught from all of them, with what it `made` of the table."""

    held: ValidationPairs
    final: Matcher
    made: ScoredTable


def cross_fit(
    prepared: CandidateTable,
    given: PairLabels,
    prior: Matcher,
    *,
    threshold: float,
    seed: int,
    progress: Progress,
) -> CrossFit:
    """Decide the table once for every fold, and once with all labels; folds are whole
    labelling sets, and where all labels are one set the prior decides.

    Tables that are not large are decided two at a time.
    """
    fold = folds(given.fold_group, _FOLDS, seed)
    count = int(fold.max(initial=0)) + 1
    same = given.at < 0
    may = ~same
    may[may] = prepared.eligible[given.at[may]]
    own, around = same.astype(np.float64), same.astype(np.float64)
    together = same.copy()
    last: list[tuple[Matcher, ScoredTable]] = []

    def one(k: int) -> None:
        seen, held = fold != k, (fold == k) & ~same
        if k < count and not held.any():
            return
        matcher = (
            train_matcher(prepared, _part(given, seen), prior.first, seed) if seen.any() else prior
        )
        made = score_table(prepared, matcher, threshold, no_progress)
        if k == count:
            last.append((matcher, made))
            return
        asked = Pairs(prepared.pairs.i[given.at[held]], prepared.pairs.j[given.at[held]])
        told = evidence(made.prepared.pairs, made.heeded, made.groups.group, asked)
        own[held], together[held], around[held] = told.own, told.together, told.around

    parallel_each(
        count + 1, one, alone=is_large(prepared.table.size), progress=progress, stage=_STAGE
    )
    final, made = last[0]
    return CrossFit(ValidationPairs(Evidence(own, together, around), may, same), final, made)


def _part(given: PairLabels, chosen: Flags) -> PairLabels:
    """Some of the answers, and the memory of those."""
    told = chosen[given.at >= 0]
    memory = given.memory
    kept = LabelMemory(memory.left[told], memory.right[told], memory.y[told])
    return replace(
        given,
        at=given.at[chosen],
        y=given.y[chosen],
        fold_group=given.fold_group[chosen],
        memory=kept,
    )
