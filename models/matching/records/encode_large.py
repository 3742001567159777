"""The columns of a large table as codes of distinct spellings, all values of a column at
once: what `table` does one value at a time, for plain text in ASCII.
"""

import numpy as np

from gluematch.models.matching.kernels import distinct_texts as loops
from gluematch.models.matching.kernels.arrays import AnyArray, Ints

from .text import LONGEST, joined_spellings

_MARK = "\0"


def encode_texts(values: AnyArray) -> tuple[Ints, list[str]] | None:
    """Codes (n,) into the sorted distinct spellings of `values`, texts or None; an empty
    text is a missing value. None for texts that are not plain."""
    joined = joined_spellings(values)
    if joined is None:
        return None
    points = np.frombuffer(joined.encode(), dtype=np.uint8)
    marks = np.flatnonzero(points == 0)
    start, end = np.append(0, marks + 1), np.append(marks, len(points))
    if int((end - start).max()) > LONGEST:
        return None
    found = loops.distinct(points, start, end)
    if found is None:
        return None
    first, codes = found
    spelled = loops.concatenated_texts(points, start[first], end[first], 0).tobytes().decode()
    return codes, spelled.split(_MARK) if len(first) else []
