"""Hashes of match ids, scores and models, to show that a change of the engine's text leaves its
results as they are, bit for bit.

`--write` computes the hashes and stores them in golden_matches.json; `--check` computes them
again and fails for each that differs. Floating point may differ between processors, so compare
hashes that one machine wrote. The tables are generated persons and, with --data, every set
DIR/NAME (records.csv, truth.csv) of a folder; for each table and seed the script asks two rounds
of labelling sets, answers them from the truth, trains, matches, evaluates and adds new rows.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from data_sets import Truth, answered, data_sets
from people import generate

from gluematch.models.matching import pipeline
from gluematch.models.matching.labelling.incremental import match_incrementally
from gluematch.models.matching.pipeline import Labels, Matcher, Matches, Records

GOLDEN = Path(__file__).with_suffix(".json")
PERSONS = (1_500, 6_000, 70_000)
ROUNDS = 2
NEW_ROWS_SHARE = 0.05
TRADEOFFS: dict[str, Any] = {"precision_recall": 0.5, "accuracy_cost": 0.5}

Hashes = dict[str, str]
Table = tuple[str, Callable[[], tuple[Records, Truth]]]


def main() -> None:
    options = _options()
    golden: dict[str, Hashes] = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
    different = []
    for name, load in _tables(options):
        records, truth = load()
        for seed in range(options.seeds):
            key = f"{name}, seed {seed}"
            hashes = hashes_of(records, truth, seed)
            if options.write:
                golden[key] = hashes
                GOLDEN.write_text(json.dumps(golden, indent=1, sort_keys=True) + "\n")
            known = golden.get(key, {})
            wrong = [step for step in hashes if hashes[step] != known.get(step)]
            different += [f"{key}: {step}" for step in wrong]
            print(f"{key}: {', '.join(wrong) or 'identical'}", flush=True)
    if different:
        sys.exit(f"{len(different)} hashes differ:\n" + "\n".join(different))


def hashes_of(records: Records, truth: Truth, seed: int) -> Hashes:
    """A hash of each result of one person's work on one table."""
    hashes: Hashes = {}
    labels: Labels | None = None
    matcher: Matcher | None = None
    asked = np.zeros(0, dtype=np.int64)
    hashes["matches without labels"] = _hash_of_matches(_match(records, None, None, seed))
    for number in range(1, ROUNDS + 1):
        sets = pipeline.choose_sets(
            records, labels, matcher, asked=asked, accuracy_cost=0.5, seed=seed * 1000 + number
        )
        if not sets:
            break
        hashes[f"sets of round {number}"] = _hash(*sets)
        labels = answered(labels, sets, truth, number)
        asked = np.concatenate([asked, *sets])
        matcher = pipeline.train(records, labels, seed=seed)
        hashes[f"model of round {number}"] = _hash_of_model(matcher)
    if labels is None or matcher is None:
        return hashes
    hashes["matches"] = _hash_of_matches(_match(records, matcher, None, seed))
    hashes["matches with labels enforced"] = _hash_of_matches(
        _match(records, matcher, labels, seed)
    )
    if matcher.matches and matcher.non_matches:
        evaluation = pipeline.evaluate(records, labels, **TRADEOFFS, seed=seed)
        hashes["evaluation"] = _hash(repr(_numbers(evaluation)).encode())
    hashes["matches of new rows"] = _hash_of_matches(_add(records, matcher, seed))
    return hashes


def _match(
    records: Records, matcher: Matcher | None, enforced: Labels | None, seed: int
) -> Matches:
    return pipeline.find_matches(records, matcher, **TRADEOFFS, enforced=enforced, seed=seed)


def _add(records: Records, matcher: Matcher, seed: int) -> Matches:
    """Match all rows but some, then those to the result."""
    chance = np.random.default_rng(seed)
    count = max(int(len(records) * NEW_ROWS_SHARE), 1)
    new = np.sort(chance.choice(len(records), count, replace=False))
    existing = _rows(records, np.setdiff1d(np.arange(len(records)), new))
    match_id = _match(existing, matcher, None, seed).match_id
    return match_incrementally(
        existing, match_id, _rows(records, new), matcher, **TRADEOFFS, seed=seed
    )


def _rows(records: Records, rows: np.ndarray) -> Records:
    columns = tuple(column[rows] for column in records.columns)
    return Records(records.names, records.types, columns, records.keys[rows])


def _hash_of_matches(matches: Any) -> str:
    return _hash(matches.match_id, matches.match_confidence_score)


def _hash_of_model(matcher: Matcher) -> str:
    """The saved model's, whose arrays are unpacked: a packed file could carry a date."""
    document, packed = matcher.to_parts()
    loaded = Matcher.from_parts(document, packed)
    assert loaded.to_parts()[0] == document
    trees = loaded.first.forest
    arrays = [] if trees is None else [trees.feature, trees.threshold, trees.value]
    return _hash(json.dumps(document, sort_keys=True).encode(), *arrays)


def _numbers(value: Any) -> Any:
    """A nest of numbers from a dataclass, whose fields may change their names."""
    if hasattr(value, "__dataclass_fields__"):
        return [_numbers(getattr(value, name)) for name in value.__dataclass_fields__]
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [_numbers(part) for part in value]
    return value


def _hash(*parts: np.ndarray | bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part if isinstance(part, bytes) else np.ascontiguousarray(part).tobytes())
        digest.update(b"|")
    return digest.hexdigest()[:16]


def _tables(options: argparse.Namespace) -> Iterator[Table]:
    for rows in options.persons:
        yield f"{rows} persons", lambda rows=rows: _persons(rows)
    if options.data:
        for data in data_sets(options.data, options.only):
            yield data.name, lambda data=data: (data.records, data.truth)


def _persons(rows: int) -> tuple[Records, Truth]:
    people = generate(rows)
    nothing = np.zeros(0, dtype=np.int64)
    return Records.from_frame(people.frame, {}, "id"), Truth(people.cluster, nothing, None)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--write", action="store_true", help="store the hashes")
    mode.add_argument("--check", action="store_true", help="compare with the stored hashes")
    parser.add_argument("--data", help="a folder with one folder per data set")
    parser.add_argument("--only", nargs="*", help="names of the sets to run")
    parser.add_argument("--seeds", type=int, default=3, help="run the seeds 0 to N - 1")
    parser.add_argument(
        "--persons", nargs="*", type=int, default=PERSONS, help="how many persons to generate"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
