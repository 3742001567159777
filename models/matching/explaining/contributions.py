"""Why two entities match or do not: what each column, the rivals and the pairs around
contributed to the log-odds of the match.
"""

from dataclasses import dataclass

import numpy as np

from gluematch.models.matching.features.candidate_ranks import RANK_FEATURES
from gluematch.models.matching.features.candidate_table import CandidateTable
from gluematch.models.matching.features.neighbourhood import neighbourhood_features
from gluematch.models.matching.features.pair_features import WHOLE, Features
from gluematch.models.matching.kernels.arrays import Doubles
from gluematch.models.matching.records.pairs import Pairs
from gluematch.models.matching.records.table import Column, Table
from gluematch.models.matching.training.classifier import Classifier, log_odds
from gluematch.models.matching.training.matcher import Matcher

COLUMN, RECORD, RIVALS, AROUND = "column", "record", "rivals", "around"
_CENTURY = 36_525
_LOGIT = f"{WHOLE}:logit"
_MEANINGS = {
    "agree": "how rare the value is that both have; 0 if they differ",
    "edit": "signs in common, in their order",
    "winkler": "signs in common, the first ones above all",
    "sorted": "signs in common once the words are sorted",
    "set": "words in common, whatever else there is",
    "words": "words in common, weighed by rarity",
    "contain": "how much of the smaller one the other holds",
    "grams": "groups of three signs in common, weighed by rarity",
    "grams_contain": "how much of the smaller one's groups of three signs the other holds",
    "close": "how close the numbers or days are",
    "ratio": "the smaller number by the larger one",
    "missing": "1 if a value is missing",
    "codes": "how much of the smaller one's code-like words the other holds",
    "codes_shared": "code-like words in common",
    "mean": "the columns' likeness, on average",
    "score": "likeness of the whole record",
    "weight": "how much more often this is met in matches than elsewhere, as a log",
    "logit": "the log-odds that the pair has by itself",
    "best_gap": "the lead over the best rival, at the better of both ends",
    "worst_gap": "the lead over the best rival, at the worse of both ends",
    "rank": "1 for the best candidate of both rows, 1/2 for the second best, ...",
    "support": "rows to which both are linked",
    "agreement": "share of the links of either that lead to the same rows",
    "least_other": "links to other rows, at the end that has fewer",
    "most_other": "links to other rows, at the end that has more",
}


@dataclass(frozen=True, slots=True)
class FeatureContribution:
    """A feature as a person sees it: its name, meaning and value, and what it contributed."""

    feature: str
    meaning: str
    value: float
    contribution: float


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one source added to the log-odds: a column (with both values, and how they compare,
    in words), the whole record, the pair's standing among its rivals, or the pairs around."""

    source: str
    column: str | None
    values: tuple[str | None, str | None] | None
    comparison: str
    contribution: float
    features: tuple[FeatureContribution, ...]


@dataclass(frozen=True, slots=True)
class PairContributions:
    """A pair's probability and how it came about: `start` and all contributions add up to its
    log-odds. `by_itself` is what it was before the pairs around were looked at, `decided_by`
    the classifier that had the last word: first or second."""

    probability: float
    log_odds: float
    start: float
    contributions: tuple[Contribution, ...]
    by_itself: float
    decided_by: str


def pair_contributions(
    matcher: Matcher, prepared: CandidateTable, at: int, pair: tuple[int, int], *, cautious: bool
) -> PairContributions:
    """The reasons of the pair at place `at`, told as of `pair`, the same two entities in the
    order in which somebody asked for them; `cautious` for one that blocking did not propose,
    of which the classifier decides that says less."""
    own = prepared.features.take(np.array([at]))
    first = float(matcher.first.predict(own)[0])
    start, added = matcher.first.contributions(own)
    shares = zip(matcher.first.aligned(own)[0].tolist(), added[0].tolist(), strict=True)
    values = dict(zip(matcher.first.names, shares, strict=True))
    told, last = first, "first"
    if matcher.second is not None:
        around = neighbourhood_features(
            prepared.table.size,
            prepared.pairs,
            matcher.first.predict(prepared.features),
            prepared.eligible,
        ).take(np.array([at]))
        second = float(matcher.second.predict(around)[0])
        if not (cautious and first < second):
            told, last = second, "second"
            start, values = _chained(matcher.second, around, start, added, values)
    total = start + float(sum(share for _, share in values.values()))
    sources = _sources(prepared.table, pair, values)
    duplicates = 1 / float(matcher.share(prepared.table, _one(prepared.pairs, at))[0])
    if duplicates > 1:
        before, told = told, told / duplicates
        less = float(np.subtract(*log_odds(np.array([told, before]))))
        text = (
            f"{duplicates:.0f} rows of one source read the same: one of them at most is the other"
        )
        sources = (*sources, Contribution(RIVALS, None, None, text, less, ()))
        total += less
    return PairContributions(told, total, start, sources, first, last)


def _one(pairs: Pairs, at: int) -> Pairs:
    return Pairs(pairs.i[at : at + 1], pairs.j[at : at + 1])


Values = dict[str, tuple[float, float]]
"""Features by name: their value, and what they contribute."""


def _chained(
    second: Classifier, around: Features, start: float, added: Doubles, values: Values
) -> tuple[float, Values]:
    """The reasons of the second classifier, whose view of the pair itself (its log-odds by the
    first one) is what the first one's features contributed to."""
    place = around.names.index(_LOGIT)
    without = around.matrix.copy()
    without[:, place] = start
    blank = Features(without, around.names)
    base, beside = second.contributions(blank)
    own = log_odds(second.predict(around)) - log_odds(second.predict(blank))
    scale = float(own[0]) / _total(added)
    names = dict(zip(second.names, beside[0].tolist(), strict=True))
    start = base + names.pop(_LOGIT)
    told = {name: (value, share * scale) for name, (value, share) in values.items()}
    here = dict(zip(around.names, around.matrix[0].tolist(), strict=True))
    told |= {f"{AROUND}{name}": (here[name], share) for name, share in names.items()}
    return start, told


def _total(added: Doubles) -> float:
    total = float(added.sum())
    return total if abs(total) > 1e-9 else 1e-9


def _sources(table: Table, pair: tuple[int, int], values: Values) -> tuple[Contribution, ...]:
    """The features gathered by what they speak of: the columns first, those that say most
    before the others, then the whole record, the rivals and the pairs around."""
    columns = {column.name: column for column in table.columns}
    gathered: dict[tuple[str, str], list[FeatureContribution]] = {}
    for name, (value, share) in values.items():
        owner, _, measure = name.rpartition(":")
        shown = FeatureContribution(name.removeprefix(AROUND), _meaning(measure), value, share)
        if owner.startswith(AROUND):
            source = AROUND, ""
        elif owner:
            source = COLUMN, owner
        else:
            source = (RIVALS if _is_standing(measure) else RECORD), ""
        gathered.setdefault(source, []).append(shown)
    for name in columns:
        gathered.setdefault((COLUMN, name), [])
    told = [
        _contribution(source, columns.get(name), pair, features)
        for (source, name), features in gathered.items()
        if source != COLUMN or name in columns
    ]
    order = (COLUMN, RECORD, RIVALS, AROUND)
    return tuple(sorted(told, key=lambda c: (order.index(c.source), -abs(c.contribution))))


def _contribution(
    source: str, column: Column | None, pair: tuple[int, int], features: list[FeatureContribution]
) -> Contribution:
    total = sum(shown.contribution for shown in features)
    features.sort(key=lambda shown: -abs(shown.contribution))
    if column is None:
        words = {
            RECORD: "all columns at once",
            RIVALS: "against the other candidates of both rows",
            AROUND: "what both rows are linked to",
        }[source]
        return Contribution(source, None, None, words, total, tuple(features))
    a, b = int(column.codes[pair[0]]), int(column.codes[pair[1]])
    values = tuple(None if code < 0 else column.spellings[code] for code in (a, b))
    words = _compared(column, a, b, features)
    return Contribution(source, column.name, (values[0], values[1]), words, total, tuple(features))


def _compared(column: Column, a: int, b: int, features: list[FeatureContribution]) -> str:
    """How two values of a column compare, in words."""
    if a < 0 or b < 0:
        return "both missing" if a < 0 and b < 0 else "one missing"
    if a == b:
        others = int(column.counts[a])
        return f"the same, as in {others} different rows"
    source_column = abs(float(column.numbers[a] - column.numbers[b]))
    if column.kind == "day" and source_column < _CENTURY:
        return f"{source_column:.0f} days apart"
    if column.kind == "number" and source_column < np.inf:
        return f"{source_column:.6g} apart"
    alike = {shown.feature.rpartition(":")[2]: shown.value for shown in features}.get("edit")
    return "different" if alike is None else f"{alike:.0%} alike"


def _meaning(measure: str) -> str:
    """What a feature means; of one that nobody described, its name."""
    if measure in _MEANINGS:
        return _MEANINGS[measure]
    for suffix in RANK_FEATURES:
        if measure.endswith(f"_{suffix}"):
            return f"{_MEANINGS[suffix]}, by {measure.removesuffix(f'_{suffix}')}"
    return measure


def _is_standing(measure: str) -> bool:
    return measure.endswith(tuple(f"_{name}" for name in RANK_FEATURES))
