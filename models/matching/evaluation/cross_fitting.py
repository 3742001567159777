"""Labelled pairs as they come out when nobody has answered them: the labels are held back in
parts, and each part is decided, with the whole table, by a matcher taught from the others.
Beside them, on another core, the table is decided by a matcher taught from all.
"""

from dataclasses import dataclass, replace

import numpy as np

from gluematch.models.matching.clustering.calibration import Evidence, evidence
from gluematch.models.matching.clustering.scoring import Decision, decide
from gluematch.models.matching.features.candidate_table import Answers, Prepared
from gluematch.models.matching.kernels.arrays import Flags, Progress, silent
from gluematch.models.matching.kernels.parallel import each_of
from gluematch.models.matching.kernels.size_limits import is_large
from gluematch.models.matching.records.pairs import Pairs
from gluematch.models.matching.records.remembered_labels import Memory
from gluematch.models.matching.training.matcher import Matcher
from gluematch.models.matching.training.training import folds, teach

_FOLDS = 3
_STAGE = "evaluating"


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """Of p labelled pairs what a matcher said that had not seen their sets: the evidence of
    each, whether it `may` match at all (p,), and whether both rows read the `same` (p,)."""

    evidence: Evidence
    may: Flags
    same: Flags


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What evaluation judges by: the labelled pairs as they were `held` out, and the matcher
    `final`, taught from all of them, with what it `made` of the table."""

    held: HeldOut
    final: Matcher
    made: Decision


def judge(
    prepared: Prepared,
    given: Answers,
    prior: Matcher,
    *,
    threshold: float,
    seed: int,
    progress: Progress,
) -> Judged:
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
    last: list[tuple[Matcher, Decision]] = []

    def one(k: int) -> None:
        seen, held = fold != k, (fold == k) & ~same
        if k < count and not held.any():
            return
        matcher = teach(prepared, _part(given, seen), prior.first, seed) if seen.any() else prior
        made = decide(prepared, matcher, threshold, silent)
        if k == count:
            last.append((matcher, made))
            return
        asked = Pairs(prepared.pairs.i[given.at[held]], prepared.pairs.j[given.at[held]])
        told = evidence(made.prepared.pairs, made.heeded, made.groups.group, asked)
        own[held], together[held], around[held] = told.own, told.together, told.around

    each_of(count + 1, one, alone=is_large(prepared.table.size), progress=progress, stage=_STAGE)
    final, made = last[0]
    return Judged(HeldOut(Evidence(own, together, around), may, same), final, made)


def _part(given: Answers, chosen: Flags) -> Answers:
    """Some of the answers, and the memory of those."""
    told = chosen[given.at >= 0]
    memory = given.memory
    kept = Memory(memory.left[told], memory.right[told], memory.y[told])
    return replace(
        given,
        at=given.at[chosen],
        y=given.y[chosen],
        fold_group=given.fold_group[chosen],
        memory=kept,
    )
