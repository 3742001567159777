"""Why rows ended where they did: the reasons add up to what was decided, and say how."""

import numpy as np
import pandas as pd
import pytest
from persons import answers, people, records

from gluematch.models.matching import pipeline
from gluematch.models.matching.clustering.confidence import shrunk_confidence
from gluematch.models.matching.explaining.explain import UnknownKeys, explain
from gluematch.models.matching.explaining.explanation_types import Explanation, PairExplanation
from gluematch.models.matching.explaining.match_trace import MatchTrace
from gluematch.models.matching.pipeline import Labels, Matcher, Records, Trace
from gluematch.models.matching.training.classifier import log_odds

WISHES = {"precision_recall": 0.5, "accuracy_cost": 0.5}
LETTERS = list("abcdefghiklmnoprstuv")


def drifting(things: int, steps: int) -> Records:
    """Every fourth thing in `steps` rows, each of which differs from the one before in a value:
    the first and the last of them have little in common."""
    chance = np.random.default_rng(1)
    rows = []
    for thing in range(things):
        row = ["".join(chance.choice(LETTERS, 6)) for _ in range(5)]
        for step in range(steps if thing % 4 == 0 else 1):
            if step:
                row = [*row]
                row[step % 5] = "".join(chance.choice(LETTERS, 6))
            rows.append(row)
    frame = pd.DataFrame(rows, columns=list("abcde"))
    frame.insert(0, "id", [f"r{k}" for k in range(len(frame))])
    return records(frame)


@pytest.fixture(scope="module")
def taught() -> tuple[Records, Labels, Matcher]:
    frame, truth = people()
    rows = records(frame)
    nobody = np.zeros(0, dtype=np.int64)
    sets = pipeline.choose_sets(rows, None, None, asked=nobody, accuracy_cost=0.5, sets=5)
    labels = answers(sets, truth)
    return rows, labels, pipeline.train(rows, labels)


def told(rows: Records, matcher: Matcher | None, *keys: str, **changes: object) -> Explanation:
    wishes = WISHES | {"labels": None, "enforced": False} | changes
    return explain(rows, matcher, keys, **wishes)  # type: ignore[arg-type] # by name


def groups(rows: Records, trace: Trace) -> list[np.ndarray]:
    ids = trace.matches.match_id
    return [np.flatnonzero(ids == k) for k in np.unique(ids)]


def some_pairs(rows: Records, trace: Trace) -> list[tuple[PairExplanation, float]]:
    """Scored pairs, proposed by blocking or not, and what was decided of them."""
    made = trace.decision
    beside = np.flatnonzero(~made.prepared.proposed)[:10]
    chosen = np.concatenate([beside, np.arange(0, len(made.prepared.pairs), 37)])
    first = np.unique(made.prepared.table.entity, return_index=True)[1]
    i, j = first[made.prepared.pairs.i[chosen]], first[made.prepared.pairs.j[chosen]]
    pairs = list(zip(i.tolist(), j.tolist(), strict=True))
    found = [MatchTrace(rows, trace, None).pairs([pair])[0] for pair in pairs]
    return list(zip(found, made.probability[chosen].tolist(), strict=True))


def test_the_reasons_of_a_pair_are_those_of_its_decision(taught: tuple) -> None:
    rows, _, matcher = taught
    trace = pipeline.trace_matches(rows, matcher, enforced=None, **WISHES)
    loose = drifting(40, 9)
    open_trace = pipeline.trace_matches(
        loose, None, enforced=None, precision_recall=0.1, accuracy_cost=0.0
    )
    found = [*some_pairs(rows, trace), *some_pairs(loose, open_trace)]
    assert {pair.proposed for pair, _ in found} == {True, False}
    for pair, decided in found:
        assert pair.probability == pytest.approx(decided, abs=1e-5)
        weighed = pair.weighed
        assert weighed is not None
        total = weighed.start + sum(c.contribution for c in weighed.contributions)
        assert total == pytest.approx(float(log_odds(np.array(pair.probability))), abs=1e-3)
        for source in weighed.contributions:
            parts = sum(shown.contribution for shown in source.features)
            assert parts == pytest.approx(source.contribution)


def test_a_pair_is_told_by_column_with_both_values(taught: tuple) -> None:
    rows, _, matcher = taught
    trace = pipeline.trace_matches(rows, matcher, enforced=None, **WISHES)
    one, other = next(group for group in groups(rows, trace) if len(group) == 2)
    found = told(rows, matcher, str(rows.keys[other]), str(rows.keys[one]))
    assert found.together
    assert "match: as a pair they have a probability of" in found.verdict
    weighed = found.pairs[0].weighed
    assert weighed is not None
    by_column = {c.column: c for c in weighed.contributions if c.source == "column"}
    assert set(by_column) == set(rows.names)
    first = rows.columns[rows.names.index("first")]
    assert by_column["first"].values == (first[other], first[one])
    assert by_column["first"].comparison.endswith("% alike")
    assert by_column["town"].comparison == "one missing"
    assert by_column["born"].comparison == "the same, as in 2 different rows"
    assert by_column["born"].contribution > 0
    assert {c.source for c in weighed.contributions} == {"column", "record", "rivals", "around"}
    assert weighed.decided_by == "second"


def test_rows_in_one_group_only_through_others_are_told_so() -> None:
    rows = drifting(40, 4)
    trace = pipeline.trace_matches(rows, None, enforced=None, **WISHES)
    chain = next(group for group in groups(rows, trace) if len(group) == 4)
    ends = [str(rows.keys[chain[0]]), str(rows.keys[chain[-1]])]
    found = told(rows, None, *ends)
    assert found.together
    assert found.pairs[0].probability < found.threshold
    assert "in one group through others only" in found.verdict
    assert "The strongest chain is " + " - ".join(rows.keys[chain]) in found.verdict
    assert min(link.probability for link in found.path) > found.threshold


def test_a_group_is_told_as_a_tree_of_merges() -> None:
    rows = drifting(40, 4)
    (found,) = told(rows, None, "r0").groups
    assert found.ids == ("r0", "r1", "r2", "r3")
    taken = [step for step in found.merges if step.taken]
    assert len(taken) == 3
    assert set(taken[-1].one.ids) | set(taken[-1].other.ids) == set(found.ids)
    assert taken[-1].one.rows + taken[-1].other.rows == 4
    chances = [step.probability for step in found.merges]
    assert chances == sorted(chances, reverse=True)
    assert found.match_confidence_score == pytest.approx(shrunk_confidence(np.array(chances))[2])
    inner = {side.merge for step in taken for side in (step.one, step.other)}
    assert {step.merge for step in taken[:-1]} <= inner


def test_a_cut_at_more_precision_shows_the_merge_that_was_not_taken() -> None:
    found = told(drifting(40, 4), None, "r0", precision_recall=0.9)
    (group,) = found.groups
    last = group.merges[-1]
    assert not last.taken
    assert last.probability < last.needed
    assert len(group.ids) < 4


def test_a_lone_row_is_told_its_nearest_candidates() -> None:
    rows = drifting(40, 4)
    found = told(rows, None, "r4")
    assert found.groups[0].ids == ("r4",)
    assert "r4 matches nothing: its best candidate" in found.verdict
    chances = [pair.probability for pair in found.pairs]
    assert chances == sorted(chances, reverse=True)
    assert all(pair.ids[0] == "r4" for pair in found.pairs)


def test_labels_are_named_where_they_decided(taught: tuple) -> None:
    rows, _, matcher = taught
    said = np.array([0, 1], dtype=np.int32)
    apart = Labels(said, np.zeros(2, dtype=np.int32), said)
    keys = [str(rows.keys[0]), str(rows.keys[1])]
    assert told(rows, matcher, *keys).together
    found = told(rows, matcher, *keys, labels=apart, enforced=True)
    assert "are kept apart by the labels" in found.verdict
    assert found.pairs[0].labelled is False
    assert found.groups[0].relabelled
    known = told(rows, matcher, *keys, labels=apart)
    assert (known.together, known.pairs[0].labelled) == (True, False)
    distant = np.array([0, 7], dtype=np.int32)
    joined = Labels(distant, np.zeros(2, dtype=np.int32), np.zeros(2, dtype=np.int32))
    found = told(rows, matcher, keys[0], str(rows.keys[7]), labels=joined, enforced=True)
    assert "are in one group by the labels" in found.verdict


def more(labels: Labels, *said: tuple[int, int, bool]) -> Labels:
    """The labels, and statements on pairs of rows after them, each in a set of its own."""
    row, group, label = labels.row.tolist(), labels.set.tolist(), labels.label.tolist()
    for a, b, match in said:
        row, label = [*row, a, b], [*label, 1, 1 if match else 2]
        group += [max(group) + 1] * 2
    return Labels(*(np.array(part, dtype=np.int32) for part in (row, group, label)))


def test_a_remembered_match_is_told_beside_what_the_model_alone_says(taught: tuple) -> None:
    rows, labels, _ = taught
    near, own, far = (str(rows.keys[row]) for row in (1, 0, 7))
    assert not told(rows, pipeline.train(rows, labels), own, far).together
    matcher = pipeline.train(rows, more(labels, (0, 7, True)))
    found = told(rows, matcher, own, far)
    pair = found.pairs[0]
    assert found.together
    assert (pair.labelled, pair.remembered) == (None, True)
    assert pair.heeded is not None
    assert pair.probability < found.threshold < pair.heeded == pair.decided
    assert "match: as a pair they have a probability of" in found.verdict
    assert f"({pair.probability:.3f} by the model alone)" in found.verdict
    entered = pipeline.trace_matches(rows, matcher, enforced=None, **WISHES).decision.linked
    assert np.isclose(entered.probability, pair.heeded).any()
    assert found.path[0].probability == pytest.approx(pair.heeded)
    like = told(rows, matcher, near, far).pairs[0]
    assert like.heeded is not None
    assert like.probability < like.heeded < pair.heeded
    assert far in [nearest.ids[1] for nearest in told(rows, matcher, own).pairs]


def test_a_remembered_non_match_is_told_of_the_pair_and_of_a_lone_row(taught: tuple) -> None:
    rows, labels, _ = taught
    keys = [str(rows.keys[0]), str(rows.keys[1])]
    matcher = pipeline.train(rows, more(labels, (0, 1, False)))
    found = told(rows, matcher, *keys)
    pair = found.pairs[0]
    assert (found.together, pair.remembered) == (False, False)
    assert pair.heeded is not None
    assert pair.heeded < found.threshold < pair.probability
    assert "do not match: as a pair they have a probability of" in found.verdict
    assert "after what people said" in found.verdict
    alone = told(rows, matcher, keys[0])
    assert f"its best candidate, {keys[1]}, has a probability of" in alone.verdict
    assert "after what people said" in alone.verdict


def test_a_matcher_that_remembers_nothing_heeds_nothing() -> None:
    found = told(drifting(40, 4), None, "r0", "r3")
    assert (found.pairs[0].remembered, found.pairs[0].heeded) == (None, None)
    assert found.pairs[0].decided == found.pairs[0].probability


def test_rows_that_read_the_same_are_one_thing() -> None:
    frame = pd.DataFrame({"id": ["p", "q", "r"], "a": ["Ann Lee", "ANN  lee", "Bob"]})
    found = told(records(frame), None, "p", "q")
    assert found.verdict == "p and q are one thing: the rows read the same."
    assert (found.pairs[0].read_the_same, found.pairs[0].weighed) == (True, None)
    alone = told(records(frame), None, "p")
    assert alone.groups[0].ids == ("p", "q")


def test_a_source_that_sets_rows_apart_is_named(taught: tuple) -> None:
    frame, truth = people(60)
    frame["shop"] = np.where(np.append(False, truth[1:] == truth[:-1]), "north", "south")
    rows = records(frame)
    nobody = np.zeros(0, dtype=np.int64)
    sets = pipeline.choose_sets(rows, None, None, asked=nobody, accuracy_cost=0.5)
    matcher = pipeline.train(rows, answers(sets, truth))
    assert matcher.source_column == "shop"
    found = told(rows, matcher, str(rows.keys[0]), str(rows.keys[2]))
    assert found.pairs[0].set_apart_by == "shop"
    assert "both have the same shop" in found.verdict


def test_keys_that_no_row_has_are_named(taught: tuple) -> None:
    with pytest.raises(UnknownKeys, match=r"No row has the primary key none nor nil\."):
        told(taught[0], None, "none", "nil")
