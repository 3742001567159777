"""Small tables of every kind for Hypothesis: people with slips, and tables that nobody should
bring."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from gluematch.models.matching.pipeline import Labels, Records

Cells = dict[str, list[object]]

NAMES = ("ann lee", "anne lee", "ann  LEE", "bob ray", "bob rae", "cyd fox", "cid fox", "di")
TOWNS = (None, "ulm", "bonn", "Bonn", "kiel")


@dataclass(frozen=True)
class Lesson:
    """A table and what somebody said of it: every labelled row once."""

    cells: Cells
    labels: Labels


def records(cells: Cells, order: list[int] | None = None) -> Records:
    """The rows in an `order`, keyed by their place in `cells`."""
    size = len(next(iter(cells.values()), []))
    frame = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in cells.items()})
    frame.insert(0, "id", np.arange(size))
    return Records.from_frame(frame if order is None else frame.iloc[order], {}, "id")


def _columns(rows: int, kind: str) -> st.SearchStrategy[list[object]]:
    cells: dict[str, st.SearchStrategy[object]] = {
        "name": st.sampled_from(NAMES),
        "town": st.sampled_from(TOWNS),
        "number": st.one_of(st.none(), st.integers(0, 30), st.floats(0, 5)),
        "day": st.dates().map(str),
        "text": st.text(max_size=12),
        "emoji": st.text(alphabet="😀🎉é\u0301👩‍👩‍👧", max_size=4),
        "nulls": st.none(),
        "constant": st.just("same"),
        "huge": st.integers(0, 3).map(lambda k: "x y" * 33_000 + str(k)),
        "odd": st.one_of(st.booleans(), st.floats(), st.lists(st.integers(), max_size=2)),
    }
    return st.lists(cells[kind], min_size=rows, max_size=rows)


@st.composite
def people(draw: st.DrawFn, least: int = 4, most: int = 12) -> Cells:
    """Rows of which some are alike, and some the same."""
    rows = draw(st.integers(least, most))
    kinds = ("name", "town", "number")
    return {kind: draw(_columns(rows, kind)) for kind in kinds}


@st.composite
def lessons(draw: st.DrawFn) -> Lesson:
    """Rows, most of them labelled in two or three sets, with both kinds of answer."""
    cells = draw(people(8, 14))
    size = len(cells["name"])
    row = draw(st.permutations(range(size)))[: size - 1]
    sets = np.sort(np.arange(len(row)) % draw(st.integers(2, 3)))
    said = draw(st.lists(st.integers(0, 2), min_size=len(row), max_size=len(row)))
    said[:3] = [0, 0, 1]
    labels = Labels(*(np.array(v, dtype=np.int32) for v in (row, sets, said)))
    return Lesson(cells, labels)


@st.composite
def odd_tables(draw: st.DrawFn) -> Cells:
    """Few rows, or none, of columns that are hard to compare; now and then a hundred columns."""
    rows = draw(st.sampled_from((0, 1, 2, 3, 7)))
    kinds = st.sampled_from(
        ("text", "emoji", "nulls", "constant", "huge", "odd", "day", "number", "name")
    )
    chosen = draw(st.lists(kinds, max_size=4))
    cells = {f"c{k}": draw(_columns(rows, kind)) for k, kind in enumerate(chosen)}
    if draw(st.integers(0, 4)) == 0:
        cells |= {f"w{k}": [str((k * r) % 5) for r in range(rows)] for k in range(100)}
    return cells or {"c": [None] * rows}
