"""Which rows of a large table could match a few new ones: a quick reading of its words, before
anything of it is prepared.
"""

import numpy as np
import pandas as pd
from scipy import sparse
from sparse_dot_topn import sp_matmul_topn

from gluematch.models.matching.kernels.arrays import AnyArray, Flags, Ints, Longs
from gluematch.models.matching.kernels.parallel import parallel_ranges
from gluematch.models.matching.records.records import Records
from gluematch.models.matching.records.text import join_texts, spellings
from gluematch.models.matching.records.token_vectors import idf

_WORK_PER_ROW = 2_000
_SAMPLE = 20_000
_MARK = "\0"


def candidate_rows(existing: Records, new: Records, most: int) -> Longs:
    """The rows of `existing` that share rare words, parts of long ones or whole values with
    rows of `new`: for each of these the `most` that share the rarest, all in order.

    Both have the same columns. Words are compared across columns, values within them. What a
    sample of a large table shows to be frequent is not looked for in the whole.
    """
    rows, marks = _all(new)
    wanted, key = np.unique(marks, return_inverse=True)
    theirs = np.bincount(key, minlength=len(wanted))
    if len(existing) > _SAMPLE:
        step = len(existing) // _SAMPLE
        few = step * np.bincount(_sought(existing, wanted, step)[1], minlength=len(wanted))
        rare = _affordable(few, theirs, 2 * len(new)) | (few == 0)
        place = np.cumsum(rare) - 1
        rows, key = rows[rare[key]], place[key[rare[key]]]
        wanted, theirs = wanted[rare], theirs[rare]
    held, at = _sought(existing, wanted, 1)
    shared = np.bincount(at, minlength=len(wanted))
    kept = _affordable(shared, theirs, len(new))
    chosen = kept[at]
    ours = _bag(at[chosen], held[chosen], (len(wanted), len(existing)))
    weight = np.where(kept, idf(shared, len(existing)), 0.0).astype(np.float32)
    asked = _bag(rows, key, (len(new), len(wanted))) @ sparse.diags(weight)
    near = sp_matmul_topn(sparse.csr_matrix(asked), ours, top_n=most, n_threads=2)
    return np.unique(near.indices).astype(np.int64)


def _all(new: Records) -> tuple[Ints, AnyArray]:
    """All marks of the rows: each with its row."""
    from gluematch.models.matching.kernels.token_scan import all_hashes  # noqa: PLC0415 - loads the compiler

    found = [all_hashes(*_laid(column), place) for place, column in enumerate(new.columns)]
    return np.concatenate([row for row, _ in found]), np.concatenate([mark for _, mark in found])


def _sought(existing: Records, wanted: AnyArray, step: int) -> tuple[Ints, Longs]:
    """Which of the `wanted` marks every `step`-th row has: the rows among those and the marks'
    places."""
    from gluematch.models.matching.kernels.token_scan import selected_hashes  # noqa: PLC0415 - loads the compiler

    found = [(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64))] * len(existing.columns)

    def seek(start: int, stop: int) -> None:  # one column's texts are laid while another is read
        for place in range(start, stop):
            texts = _laid(existing.columns[place][::step])
            found[place] = selected_hashes(*texts, place, wanted)

    parallel_ranges(len(found), seek, 1, most=1)
    return np.concatenate([row for row, _ in found]), np.concatenate([at for _, at in found])


def _affordable(ours: Longs, theirs: Longs, rows: int) -> Flags:
    """The keys, the rarest first, whose product costs no more than _WORK_PER_ROW."""
    order = np.argsort(ours, kind="stable")
    kept = np.zeros(len(ours), dtype=np.bool_)
    kept[order] = np.cumsum((ours * theirs)[order]) <= _WORK_PER_ROW * rows
    return kept & (ours > 0)


def _bag(rows: AnyArray, keys: AnyArray, shape: tuple[int, int]) -> sparse.csr_matrix:
    ones = np.ones(len(rows), dtype=np.float32)
    token_vectors = sparse.csr_matrix((ones, (rows, keys)), shape=shape)
    token_vectors.data[:] = 1.0
    return token_vectors


def _laid(values: AnyArray) -> tuple[AnyArray, Longs, Longs]:
    """The texts of a column end to end as UTF-8, and where each starts and ends."""
    joined = join_texts(values)
    if joined is None:
        known = np.where(pd.isna(values), "", values)
        joined = _MARK.join(t.replace(_MARK, " ") for t in _spelled(known))
    points = np.frombuffer(joined.encode("utf-8", "surrogatepass"), dtype=np.uint8)
    marks = np.flatnonzero(points == 0)
    if not len(values):
        return points, marks, marks
    return points, np.append(0, marks + 1), np.append(marks, len(points))


def _spelled(values: AnyArray) -> AnyArray:
    """Any values as their spellings, each distinct one spelled once."""
    plain = np.array([v if isinstance(v, str | int | float) else str(v) for v in values], object)
    number, distinct = pd.factorize(plain)
    return np.array(spellings(distinct), dtype=object)[number]
