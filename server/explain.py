"""`gluematch explain`: ask a running server why rows match, and print its reasons."""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError

from .client import INTERRUPTED, Refused, Server
from .progress_bar import ProgressBar

SOURCES = {
    "record": "the whole record",
    "rivals": "rivals of the pair",
    "around": "pairs around it",
}
_WIDEST = 28
_MOST_IDS = 6

Document = Mapping[str, Any]


def add_arguments(parser: argparse.ArgumentParser, endpoint_url: str) -> None:
    """Declare the command's flags."""
    add = parser.add_argument
    add("--transform-id", required=True, metavar="ID", help="a transform that is READY")
    add(
        "--ids",
        required=True,
        nargs="+",
        metavar="KEY",
        help="primary keys: of two rows, or of one to explain its group",
    )
    add("--features", action="store_true", help="show every feature that was compared")
    add("--json", action="store_true", help="print the document as the server gives it")
    add(
        "--endpoint-url",
        "--url",
        default=endpoint_url,
        metavar="URL",
        help="the server (%(default)s)",
    )
    add("--region", help="the region of the transform, else as the AWS CLI finds it")


def run(given: argparse.Namespace, default_region: str) -> int:
    """Do what the flags say; the exit code. Raises Refused."""
    try:
        server = Server.reached(given.endpoint_url, given.region, default_region)
        answer = _answer(server, given.transform_id, given.ids)
    except BotoCoreError as error:
        raise Refused(str(error)) from None
    except KeyboardInterrupt:
        return INTERRUPTED
    if given.json:
        print(json.dumps(answer, indent=2))
    else:
        print("\n".join(told(answer, features=given.features)))
    return 0


def _answer(server: Server, transform: str, keys: Sequence[str]) -> dict[str, Any]:
    """The explanation, asked for until it is there: the server answers after a while at most."""
    bar = ProgressBar(sys.stderr)
    query = [("id", key) for key in keys]
    while True:
        answer = server.get(f"transforms/{transform}/explain", query)
        if answer["Status"] != "RUNNING":
            bar.end()
            return answer
        bar.show(f"{answer['Progress']}%: matching the table")
        query = [("ExplanationId", answer["ExplanationId"])]


def told(answer: Document, *, features: bool = False) -> list[str]:
    """The explanation as lines for a person."""
    lines = [answer["Verdict"]]
    if len(answer["Rows"]) == 2:
        (pair,) = answer["Pairs"]
        cells = [row["Values"] for row in answer["Rows"]]
        lines += ["", *_pair(pair, cells, answer["Threshold"], features=features)]
    elif len(answer["Groups"][0]["Ids"]) == 1 or not answer["Groups"][0]["Merges"]:
        lines += _nearest(answer["Pairs"])
    for group in answer["Groups"]:
        lines += _group(group)
    return lines


def _pair(
    pair: Document, cells: Sequence[Document], threshold: float, *, features: bool
) -> list[str]:
    weighed = pair["Weighed"]
    if weighed is None:
        return _remarks(pair)
    rows = [["", *pair["Ids"], "comparison", "log-odds"]]
    for one in weighed["Contributions"]:
        name = SOURCES.get(one["Source"], one["Column"])
        values = ["" if one["Column"] is None else _cell(row[one["Column"]]) for row in cells]
        rows.append([name, *values, one["Comparison"], f"{one['Contribution']:+.2f}"])
        if features:
            rows += [_feature(shown) for shown in one["Features"]]
    rows.append(["before any of this", "", "", "", f"{weighed['Start']:+.2f}"])
    words = f"a probability of {_short(pair['Probability'])}; "
    words += f"needed: {threshold:.3f}" if pair["Heeded"] is None else "by the model alone"
    rows.append(["together", "", "", words, f"{weighed['LogOdds']:+.2f}"])
    return [*_aligned(rows), "", *_remarks(pair)]


def _feature(shown: Document) -> list[str]:
    value, share = f"{shown['Value']:.3f}", f"{shown['Contribution']:+.2f}"
    return [f"  {shown['Feature']}", value, "", shown["Meaning"], share]


def _remarks(pair: Document) -> list[str]:
    lines = []
    if not pair["ReadTheSame"]:
        was = "proposed" if pair["Proposed"] else "did not propose"
        lines.append(f"Blocking {was} the pair.")
    weighed = pair["Weighed"]
    if weighed is not None and weighed["DecidedBy"] == "second":
        lines.append(
            f"By itself the pair has a probability of {_short(weighed['ByItself'])}; the pairs "
            f"around it make that {_short(pair['Probability'])}."
        )
    if pair["Heeded"] is not None:
        lines.append(
            f"The model alone: {_short(pair['Probability'])}; after what people said of these rows "
            f"and their like: {_short(pair['Heeded'])}."
        )
    if pair["Remembered"] is not None:
        said = "match" if pair["Remembered"] else "do not match"
        lines.append(f"The model remembers that people said that they {said}.")
    if pair["Labelled"] is not None:
        lines.append(f"A label says that they {'match' if pair['Labelled'] else 'do not match'}.")
    return lines


def _nearest(pairs: Iterable[Document]) -> list[str]:
    rows = [["nearest", "probability", "most for it", "most against it"]]
    for pair in pairs:
        parts = [] if pair["Weighed"] is None else pair["Weighed"]["Contributions"]
        named = [(c["Contribution"], SOURCES.get(c["Source"], c["Column"])) for c in parts]
        best, worst = max(named, default=(0, "")), min(named, default=(0, ""))
        most, least = best[1] if best[0] > 0 else "", worst[1] if worst[0] < 0 else ""
        decided = pair["Probability"] if pair["Heeded"] is None else pair["Heeded"]
        rows.append([pair["Ids"][1], _short(decided), most, least])
    return ["", *_aligned(rows)] if len(rows) > 1 else []


def _group(group: Document) -> list[str]:
    size = len(group["Ids"])
    score = f"match_confidence_score {_short(group['MatchConfidenceScore'])}"
    rows = "1 row" if size == 1 else f"{size} rows"
    lines = ["", f"match_id {group['MatchId']}: {rows}, {score}"]
    lines.append(f"  {_listed(group['Ids'], size)}")
    if group["Relabelled"]:
        lines.append("  Labels have changed the group; the tree by itself:")
    table = [["  merge", "of", "and", "probability", "needed", ""]]
    table += [
        [
            f"  {step['Merge']}",
            _side(step["One"]),
            _side(step["Other"]),
            _short(step["Probability"]),
            f"{step['Needed']:.3f}",
            "taken" if step["Taken"] else "not taken",
        ]
        for step in group["Merges"]
    ]
    return lines + (_aligned(table) if len(table) > 1 else [])


def _side(side: Document) -> str:
    if side["Merge"] is not None:
        return f"merge {side['Merge']} ({side['Rows']} rows)"
    told = _listed(side["Ids"], side["Rows"])
    return told if side["Rows"] == 1 else f"{told} (read the same)"


def _listed(ids: Sequence[str], rows: int) -> str:
    shown = " ".join(ids[:_MOST_IDS])
    return shown if rows <= _MOST_IDS else f"{shown} ... ({rows} rows)"


def _short(probability: float) -> str:
    """Three digits, never 0 or 1 by rounding."""
    if 0 < probability < 0.0005:
        return "<0.001"
    return ">0.999" if 0.9995 <= probability < 1 else f"{probability:.3f}"


def _cell(value: str | None) -> str:
    if value is None:
        return "(missing)"
    text = " ".join(str(value).split())
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 3]}..."


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines, every column as wide as its widest cell; figures to the right."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if _is_figure(cell) else cell.ljust(width)
            for cell, width in zip(row, widths, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def _is_figure(cell: str) -> bool:
    return cell[:1] in {"+", "-"} and cell[1:2].isdigit()
