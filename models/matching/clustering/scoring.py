"""Deciding a whole table: every candidate pair scored, what components lack scored too, and
the groups cut. Matching and evaluation both decide by this.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from gluematch.models.matching.features.candidate_table import CandidateTable, extend
from gluematch.models.matching.kernels.arrays import Doubles, Flags, Longs, Progress, part
from gluematch.models.matching.kernels.size_limits import is_large
from gluematch.models.matching.records.pairs import Pairs, positions
from gluematch.models.matching.records.remembered_labels import known_pairs
from gluematch.models.matching.training.matcher import Matcher

from .confidence import with_confidence
from .linkage import Groups, LinkedPairs, cut, link, missing_pairs
from .soft_constraints import add_known_pairs, apply_constraints, constrained_probability

_COMPLETION, _COMPLETION_PER_ENTITY = 400_000, 2


@dataclass(frozen=True, slots=True, eq=False)
class ScoredTable:
    """What became of a prepared table: `prepared` with every pair that was scored, their
    `probability` (m,), the same `heeded` (m,), after what people said, the links that were kept,
    and the groups."""

    prepared: CandidateTable
    probability: Doubles
    heeded: Doubles
    linked: LinkedPairs
    groups: Groups


def score_table(
    prepared: CandidateTable, matcher: Matcher, threshold: float, progress: Progress
) -> ScoredTable:
    """Score, complete, link and cut at `threshold`.

    Pairs that are prepared but were not proposed, since somebody labelled them, count only
    where the completion asks for them.
    """
    with ThreadPoolExecutor(1) as beside:
        recalled = beside.submit(known_pairs, matcher.memory, prepared.table)
        by_itself = matcher.by_itself(prepared, None, part(progress, 0.0, 0.6))
        said = recalled.result()
    progress(0.6, "scoring pairs")
    probability = np.where(prepared.proposed, matcher.among_others(prepared, by_itself), 0.0)
    linked = link(prepared.table.size, *add_known_pairs(prepared.pairs, probability, said))
    extra = missing_pairs(linked, max_missing(prepared.table.size))
    if len(extra):
        prepared, probability = complete_components(
            prepared, matcher, (by_itself, probability), extra, part(progress, 0.7, 0.9)
        )
        linked = link(prepared.table.size, *add_known_pairs(prepared.pairs, probability, said))
    heard = apply_constraints(linked, said)
    heeded = constrained_probability(prepared.pairs, probability, linked, heard)
    progress(0.9, "forming groups")
    groups = with_confidence(heard, cut(heard, threshold))
    return ScoredTable(prepared, probability, heeded, heard, groups)


def max_missing(size: int) -> int:
    """Up to how many pairs the components of so many entities are completed."""
    return max(_COMPLETION, _COMPLETION_PER_ENTITY * size)


def complete_components(
    prepared: CandidateTable,
    matcher: Matcher,
    known: tuple[Doubles, Doubles],
    extra: Pairs,
    progress: Progress,
) -> tuple[CandidateTable, Doubles]:
    """`prepared` with `extra` pairs, and the probability of all. What was scored before keeps
    its own, for the extra pairs are no rivals that blocking would have found. `known` is what
    both classifiers say; the first one is asked again of pairs that have new rivals, though not
    in a large table."""
    fresh = positions(prepared.pairs, extra.i, extra.j) < 0
    whole = extend(prepared, Pairs(extra.i[fresh], extra.j[fresh]), progress)
    before = positions(whole.pairs, prepared.pairs.i, prepared.pairs.j)
    by_itself, scores = np.zeros(len(whole.pairs)), np.zeros(len(whole.pairs))
    by_itself[before], scores[before] = known
    asked = positions(whole.pairs, extra.i, extra.j)
    anew = asked[fresh] if is_large(whole.table.size) else _competitors(whole.pairs, extra, fresh)
    by_itself[anew] = matcher.by_itself(whole, anew)
    cautious = matcher.cautious_score(whole, by_itself, asked)
    scores[asked] = np.maximum(scores[asked], cautious)
    return whole, scores


def _competitors(pairs: Pairs, extra: Pairs, fresh: Flags) -> Longs:
    """Places of the pairs that share an entity with a fresh one of the extra pairs."""
    most = max(int(pairs.j.max(initial=0)), int(pairs.i.max(initial=0))) + 1
    named = np.zeros(most, dtype=np.bool_)
    named[extra.i[fresh]] = named[extra.j[fresh]] = True
    return np.flatnonzero(named[pairs.i] | named[pairs.j])
