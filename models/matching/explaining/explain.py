"""Why rows ended where they did: two rows, or one with its whole group.

The table is matched as `find_matches` does it; then the pairs in question are weighed again,
among their rivals, by column, and the linkage tree around them is told.
"""

from collections.abc import Sequence

import numpy as np

from gluematch.models.matching.kernels.arrays import Progress, no_progress, part
from gluematch.models.matching.pipeline import trace_matches
from gluematch.models.matching.records.labels import Labels
from gluematch.models.matching.records.records import Records
from gluematch.models.matching.training.matcher import Matcher

from .explanation_types import Explanation, GroupExplanation, Link, PairExplanation
from .match_trace import MatchTrace


class UnknownKeys(ValueError):
    """No row has these keys; the message names them."""


def explain(
    records: Records,
    matcher: Matcher | None,
    keys: Sequence[str],
    *,
    precision_recall: float,
    accuracy_cost: float,
    labels: Labels | None,
    enforced: bool,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Explanation:
    """Why the rows that bear the one or two `keys` are in their groups.

    Raises UnknownKeys. Where several rows bear a key, the first one stands for it.
    """
    chosen = _rows_of(records, keys)
    trace = trace_matches(
        records,
        matcher,
        precision_recall=precision_recall,
        accuracy_cost=accuracy_cost,
        enforced=labels if enforced else None,
        seed=seed,
        progress=part(progress, 0.0, 0.9),
    )
    progress(0.9, "explaining")
    scene = MatchTrace(records, trace, labels)
    if len(chosen) == 2:
        pairs = scene.pairs([(chosen[0], chosen[1])])
    else:
        pairs = scene.pairs([(chosen[0], other) for other in scene.nearest(chosen[0])])
    ids = trace.matches.match_id
    together = len({int(ids[row]) for row in chosen}) == 1
    path = scene.path(*chosen) if len(chosen) == 2 else ()
    groups = tuple(scene.group(row) for row in chosen[: 1 if together else 2])
    progress(1.0, "explaining")
    return Explanation(
        verdict=_verdict(
            trace.threshold, keys, together=together, pairs=pairs, groups=groups, path=path
        ),
        threshold=trace.threshold,
        rows=tuple(scene.row(row) for row in chosen),
        together=together,
        pairs=pairs,
        path=path,
        groups=groups,
    )


def _rows_of(records: Records, keys: Sequence[str]) -> list[int]:
    found = [np.flatnonzero(records.keys == key) for key in keys]
    unknown = [key for key, rows in zip(keys, found, strict=True) if not len(rows)]
    if unknown:
        raise UnknownKeys(f"No row has the primary key {' nor '.join(unknown)}.")
    return [int(rows[0]) for rows in found]


def _verdict(
    threshold: float,
    keys: Sequence[str],
    *,
    together: bool,
    pairs: Sequence[PairExplanation],
    groups: Sequence[GroupExplanation],
    path: Sequence[Link],
) -> str:
    if len(keys) == 1:
        return _verdict_of_one(threshold, keys[0], pairs, groups[0])
    pair, names = pairs[0], " and ".join(keys)
    relabelled = any(group.relabelled for group in groups)
    likely = f"{_chance(pair)}, and {threshold:.3f} is needed"
    if together:
        if pair.read_the_same:
            return f"{names} are one thing: the rows read the same."
        if pair.decided >= threshold:
            return f"{names} match: as a pair they have {likely}."
        if relabelled:
            return f"{names} are in one group by the labels; as a pair they have {likely}."
        through = f"{names} are in one group through others only: as a pair they have"
        return f"{through} {likely}.{_chain(path)}"
    if relabelled and (pair.labelled is False or pair.read_the_same):
        return f"{names} are kept apart by the labels; as a pair they have {likely}."
    if pair.set_apart_by is not None and pair.heeded is None:
        return (
            f"{names} do not match: both have the same {pair.set_apart_by}, in which rows that "
            "match differ, as every match that was labelled or stands out shows."
        )
    if pair.decided >= threshold:
        return (
            f"{names} do not match, though as a pair they have {likely}: on average the "
            "rows of their two groups are not likely enough to match."
        )
    return f"{names} do not match: as a pair they have {likely}."


def _verdict_of_one(
    threshold: float, key: str, pairs: Sequence[PairExplanation], group: GroupExplanation
) -> str:
    if len(group.ids) > 1:
        taken = [step for step in group.merges if step.taken]
        told = f"{key} is in a group of {len(group.ids)} rows, match_id {group.match_id}"
        if group.relabelled:
            return f"{told}, which labels have changed."
        if not taken:
            return f"{told}: the rows read the same."
        weakest = min(taken, key=lambda step: step.probability)
        merges = "Its one merge" if len(taken) == 1 else f"The weakest of its {len(taken)} merges"
        return (
            f"{told}. {merges} has a probability of "
            f"{in_words(weakest.probability)}, and {weakest.needed:.3f} was needed."
        )
    if not pairs:
        return f"{key} matches nothing: no other row has enough in common with it to be compared."
    best = pairs[0]
    return (
        f"{key} matches nothing: its best candidate, {best.ids[1]}, has {_chance(best)}, and "
        f"{threshold:.3f} is needed."
    )


def _chance(pair: PairExplanation) -> str:
    """A pair's probability, and what it was before people were heeded."""
    told = f"a probability of {in_words(pair.decided)}"
    if pair.heeded is None:
        return told
    return f"{told} after what people said ({in_words(pair.probability)} by the model alone)"


def _chain(path: Sequence[Link]) -> str:
    if not path:
        return ""
    ids = " - ".join([path[0].ids[0], *(link.ids[1] for link in path)])
    weakest = min(link.probability for link in path)
    return f" The strongest chain is {ids}; its weakest link has {in_words(weakest)}."


def in_words(probability: float) -> str:
    """A probability in three digits, never 0 or 1 by rounding."""
    if 0 < probability < 0.0005:
        return "less than 0.001"
    return "more than 0.999" if 0.9995 <= probability < 1 else f"{probability:.3f}"
