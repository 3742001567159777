"""Labelled pairs as they come out when nobody has answered them: the labels are held back in
parts, and each part is decided, with the whole table, by a matcher taught from the others.
"""

from dataclasses import dataclass, replace

import numpy as np

from .arrays import Flags, Progress, silent
from .blocking import Pairs
from .calibration import Evidence, evidence
from .decision import decide
from .learning import folds, teach
from .matcher import Matcher
from .memory import Memory
from .prepared import Answers, Prepared

_FOLDS = 3


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """Of p labelled pairs what a matcher said that had not seen their sets: the evidence of
    each, whether it `may` match at all (p,), and whether both rows read the `same` (p,)."""

    evidence: Evidence
    may: Flags
    same: Flags


def held_out(
    prepared: Prepared,
    given: Answers,
    prior: Matcher,
    *,
    threshold: float,
    seed: int,
    progress: Progress,
) -> HeldOut:
    """Decide the table once for every fold; folds are whole labelling sets, and where all
    labels are one set the prior decides."""
    fold = folds(given.fold_group, _FOLDS, seed)
    count = int(fold.max(initial=0)) + 1
    same = given.at < 0
    may = ~same
    may[may] = prepared.eligible[given.at[may]]
    own, around = same.astype(np.float64), same.astype(np.float64)
    together = same.copy()
    for k in range(count):
        progress(k / count, "evaluating")
        seen, held = fold != k, (fold == k) & ~same
        if not held.any():
            continue
        matcher = teach(prepared, _part(given, seen), prior.first, seed) if seen.any() else prior
        made = decide(prepared, matcher, threshold, silent)
        asked = Pairs(prepared.pairs.i[given.at[held]], prepared.pairs.j[given.at[held]])
        told = evidence(made.prepared.pairs, made.probability, made.groups.group, asked)
        own[held], together[held], around[held] = told.own, told.together, told.around
    return HeldOut(Evidence(own, together, around), may, same)


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
