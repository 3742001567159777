"""What the scoreboard counts, and its tables: medians over seeds, one line for each set and
round.
"""

import statistics
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from data_sets import DataSet

from gluematch.models.matching.blocking.neighbour_blocking import candidate_pairs
from gluematch.models.matching.pipeline import Trace
from gluematch.models.matching.records.pairs import positions

EDGES = np.array([0.0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1.0])
SHARES = ("precision", "recall", "f1", "estimate", "block_recall")
STAGES = ("choose", "train", "match", "evaluate")

Bins = list[dict[str, float]]


def blocking(data: DataSet, trace: Trace) -> dict[str, float]:
    """The share of the true pairs that blocking proposes, and its pairs for each record."""
    base = trace.base
    found = candidate_pairs(base.table, base.vectors, 0.5, trace.matcher.source_column)
    a, b = base.table.entity[data.truth.pairs >> 32], base.table.entity[_right(data.truth.pairs)]
    kept = (a == b) | (positions(found, np.minimum(a, b), np.maximum(a, b)) >= 0)
    return {
        "block_recall": float(kept.mean()) if len(kept) else 1.0,
        "candidates": len(found) / len(data.records),
    }


def false_rows(match_id: np.ndarray) -> dict[str, float]:
    """The shares of rows that are in any group of several, and in the largest one: false ones
    where no two rows match."""
    sizes = np.bincount(match_id)
    grouped = sizes[sizes > 1]
    return {
        "grouped_rows": float(grouped.sum()) / len(match_id),
        "largest_group": float(grouped.max(initial=0)) / len(match_id),
    }


def pairs_said(data: DataSet, trace: Trace) -> Bins:
    """The probabilities of the scored pairs beside the truth; a pair of entities is judged by
    their first rows, and pairs inside one source are left out."""
    made = trace.decision
    entity = made.prepared.table.entity
    first = np.unique(entity, return_index=True)[1]
    a, b = first[made.prepared.pairs.i], first[made.prepared.pairs.j]
    codes = np.minimum(a, b).astype(np.int64) << 32 | np.maximum(a, b)
    scored = np.ones(len(codes), dtype=bool)
    if data.truth.source is not None:
        scored = data.truth.source[a] != data.truth.source[b]
    return _bins(made.probability[scored], np.isin(codes[scored], data.truth.pairs))


def groups_said(data: DataSet, trace: Trace) -> Bins:
    """The scores of groups of several rows beside whether they are true clusters, no row too
    many and none missing; groups inside one source, which the truth is silent of, left out."""
    ids, who = trace.matches.match_id, data.truth.cluster
    frame = pd.DataFrame({"group": ids, "who": who, "score": trace.matches.match_confidence_score})
    frame["source"] = "" if data.truth.source is None else data.truth.source
    sizes = frame["who"].value_counts()
    groups = frame.groupby("group").agg(
        rows=("who", "size"),
        persons=("who", "nunique"),
        who=("who", "first"),
        score=("score", "first"),
        sources=("source", "nunique"),
    )
    chosen = groups["rows"] > 1
    if data.truth.source is not None:
        chosen &= groups["sources"] > 1
    groups = groups[chosen]
    right = (groups["persons"] == 1) & (sizes.loc[groups["who"]].to_numpy() == groups["rows"])
    return _bins(groups["score"].to_numpy(), right.to_numpy())


def _right(codes: np.ndarray) -> np.ndarray:
    return codes & 0xFFFFFFFF


def _bins(said: np.ndarray, true: np.ndarray) -> Bins:
    """For every two edges how many, what was said of them in all, and how many are true."""
    place = np.clip(np.searchsorted(EDGES, said, side="right") - 1, 0, len(EDGES) - 2)
    found = []
    for k in range(len(EDGES) - 1):
        inside = place == k
        sums = {"said": float(said[inside].sum()), "true": float(true[inside].sum())}
        found.append({"count": float(inside.sum()), **sums})
    return found


def summary(results: list[dict[str, Any]]) -> pd.DataFrame:
    """The medians."""
    lines = []
    for (name, done), part in pd.DataFrame(results).groupby(["set", "round"], sort=False):
        line: dict[str, Any] = {"set": name, "round": done}
        for column in ("rows", "matches", *SHARES):
            line[column] = _median(part, column, 4)
        line["candidates"] = _median(part, "candidates", 1)
        for stage in STAGES:
            line[stage] = _median(part, f"{stage}_seconds", 1)
        line["gb"] = np.nanmax([_median(part, f"{stage}_gb", 2) for stage in STAGES])
        lines.append(line)
    return pd.DataFrame(lines)


def _median(part: pd.DataFrame, column: str, digits: int) -> float:
    values = part[column].dropna().tolist() if column in part else []
    if not values:
        return float("nan")
    middle = statistics.median(values)
    return round(middle, digits) if digits else round(middle)


def markdown(results: list[dict[str, Any]]) -> str:
    """The tables of docs/engine.md."""
    return "\n\n".join([_estimates(results), _calibrations(results), _block_recall(results)])


def _estimates(results: list[dict[str, Any]]) -> str:
    frame = pd.DataFrame(results)
    frame = frame[frame["rows"] > 0]
    lines = []
    for (name, _), part in frame.groupby(["set", "round"], sort=False):
        rows = _median(part, "rows", 0)
        told = part.dropna(subset=["estimate"])
        off = (told["estimate"] - told["f1"]).abs()
        cells = [name, rows, *(f"{_median(told, c, 3):.3f}" for c in ("f1", "estimate"))]
        for what in ("precision", "recall"):
            both = (_median(told, what, 3), _median(told, f"estimated_{what}", 3))
            cells.append(f"{both[0]:.3f} / {both[1]:.3f}")
        lines.append([*cells, f"{off.median():.3f}" if len(off) else "-"])
    head = ["set", "rows", "F1", "estimate", "precision true / told", "recall true / told", "off"]
    return _table(head, lines)


def _calibrations(results: list[dict[str, Any]]) -> str:
    lines = []
    for done in sorted({row["round"] for row in results}):
        chosen = [row for row in results if row["round"] == done]
        rows = round(statistics.median(row["rows"] for row in chosen))
        for what in ("pairs", "groups"):
            for k, (least, most) in enumerate(pairwise(EDGES.tolist())):
                bins = [row[f"{what}_said"][k] for row in chosen]
                count, said, true = (sum(b[c] for b in bins) for c in ("count", "said", "true"))
                if count:
                    shares = (f"{said / count:.3f}", f"{true / count:.3f}")
                    lines.append([what, rows, f"{least:g} to {most:g}", f"{count:.0f}", *shares])
    return _table(["", "rows", "bin", "number", "said", "true"], lines)


def _block_recall(results: list[dict[str, Any]]) -> str:
    lines = []
    for name, part in pd.DataFrame(results).groupby("set", sort=False):
        last = part[part["round"] == part["round"].max()]
        recall, most = _median(last, "block_recall", 4), _median(last, "candidates", 1)
        lines.append([name, f"{recall:.4f}", f"{most:.1f}"])
    return _table(["set", "block recall", "candidates a record"], lines)


def false_groups(results: list[dict[str, Any]]) -> str:
    """Where no two rows match: the worst seed's shares of rows in groups, by labelled rows."""
    lines = []
    for (name, _), part in pd.DataFrame(results).groupby(["set", "round"], sort=False):
        rows = _median(part, "rows", 0)
        shares = (part[column].max() for column in ("grouped_rows", "largest_group"))
        lines.append([name, rows, *(f"{100 * share:.2f} %" for share in shares)])
    return _table(["set", "rows", "rows in false groups", "rows of the largest"], lines)


def _table(head: list[str], lines: list[list[Any]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)
