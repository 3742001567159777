#!/usr/bin/env python
"""How quickly the API answers while ten transforms' tasks compute, and what the server costs.

Starts a server of its own, in a process of its own. Prints a table; ends 1 if a figure misses
its aim: ready in 3 s, 400 MB when idle, a median GetMLTransform of 20 ms under load.
"""

import argparse
import csv
import io
import random
import statistics
import sys
import time
from typing import Any

import boto3
from own_server import memory, server

BUCKET = "bench-api"
COLUMNS = ("id", "first", "last", "city", "born")
TYPES = ("bigint", "string", "string", "string", "bigint")
ENDED = {"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT"}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5000, help="rows of the table (%(default)s)")
    parser.add_argument("--transforms", type=int, default=10)
    options = parser.parse_args()
    began = time.perf_counter()
    with server() as (process, url):
        ready = time.perf_counter() - began
        clients = [
            boto3.client(
                name,
                endpoint_url=url,
                region_name="us-east-1",
                aws_access_key_id="123456789012",
                aws_secret_access_key="bench",
            )
            for name in ("glue", "s3")
        ]
        glue, s3 = clients
        lesson = furnish(glue, s3, options.rows)
        transforms = [create(glue, f"people-{n}") for n in range(options.transforms)]
        wait(glue, [(transforms[0], start_generation(glue, transforms[0]))])
        idle_memory = memory(process.pid)
        idle = latencies(glue, transforms, seconds=2.0)
        runs = [(one, start_import(glue, one, lesson)) for one in transforms]
        runs += [(one, start_generation(glue, one)) for one in transforms]
        began = time.perf_counter()
        loaded, ends = latencies_until_done(glue, runs)
        spent = time.perf_counter() - began
    median = statistics.median(loaded)
    print(f"start to ready            {ready:8.2f} s   (aim 3)")
    print(f"memory when idle          {idle_memory:8.0f} MB  (aim 400; proportional set size)")
    print(f"GetMLTransform when idle  {describe(idle)}")
    print(f"GetMLTransform under load {describe(loaded)}   (aim: median 20)")
    print(f"{len(runs)} runs ended in {spent:.1f} s: {ends}")
    return int(ready > 3 or idle_memory > 400 or median > 20 or set(ends) != {"SUCCEEDED"})


def furnish(glue: Any, s3: Any, count: int) -> str:
    """A table of `count` people, and the path of a label file for it."""
    chance = random.Random(7)
    names = ["".join(chance.choices("abcdefghijklmnoprstuvw", k=6)) for _ in range(400)]
    people: list[tuple[str, ...]] = []
    while len(people) < count:
        person = [chance.choice(names), chance.choice(names), chance.choice(names[:50])]
        born = str(chance.randint(1930, 2005))
        for _ in range(chance.choice((1, 2, 2, 3))):
            people.append((str(len(people)), person[0], person[1][: chance.randint(4, 6)],
                           person[2], born))  # fmt: skip
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="people/people.csv", Body=text([COLUMNS, *people]))
    descriptor = {
        "Columns": [{"Name": n, "Type": t} for n, t in zip(COLUMNS, TYPES, strict=True)],
        "Location": f"s3://{BUCKET}/people/",
    }
    parameters = {"classification": "csv", "skip.header.line.count": "1"}
    glue.create_database(DatabaseInput={"Name": "db"})
    glue.create_table(
        DatabaseName="db",
        TableInput={
            "Name": "people",
            "StorageDescriptor": descriptor,
            "Parameters": parameters,
        },
    )
    rows = [
        (f"s{n // 10}", person[1] + person[4], *person) for n, person in enumerate(people[:200])
    ]
    header = ("labeling_set_id", "label", *COLUMNS)
    s3.put_object(Bucket=BUCKET, Key="labels.csv", Body=text([header, *rows]))
    return f"s3://{BUCKET}/labels.csv"


def create(glue: Any, name: str) -> str:
    made = glue.create_ml_transform(
        Name=name,
        Role="bench",
        InputRecordTables=[{"DatabaseName": "db", "TableName": "people"}],
        Parameters={
            "TransformType": "FIND_MATCHES",
            "FindMatchesParameters": {"PrimaryKeyColumnName": "id"},
        },
    )
    return str(made["TransformId"])


def start_generation(glue: Any, transform: str) -> str:
    started = glue.start_ml_labeling_set_generation_task_run(
        TransformId=transform, OutputS3Path=f"s3://{BUCKET}/sets/"
    )
    return str(started["TaskRunId"])


def start_import(glue: Any, transform: str, lesson: str) -> str:
    started = glue.start_import_labels_task_run(TransformId=transform, InputS3Path=lesson)
    return str(started["TaskRunId"])


def latencies(glue: Any, transforms: list[str], seconds: float) -> list[float]:
    """Milliseconds of GetMLTransform calls, one after another."""
    found, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        for transform in transforms:
            began = time.perf_counter()
            glue.get_ml_transform(TransformId=transform)
            found.append((time.perf_counter() - began) * 1000)
    return found


def latencies_until_done(
    glue: Any, runs: list[tuple[str, str]]
) -> tuple[list[float], dict[str, int]]:
    """The same until the last run has ended, and how many runs ended how."""
    found: list[float] = []
    ends: dict[str, int] = {}
    waiting = list(runs)
    while waiting:
        found += latencies(glue, [transform for transform, _ in runs], seconds=0.2)
        for run in list(waiting):
            status = glue.get_ml_task_run(TransformId=run[0], TaskRunId=run[1])["Status"]
            if status in ENDED:
                waiting.remove(run)
                ends[status] = ends.get(status, 0) + 1
    return found, ends


def wait(glue: Any, runs: list[tuple[str, str]]) -> None:
    latencies_until_done(glue, runs)


def describe(found: list[float]) -> str:
    cuts = statistics.quantiles(found, n=100)
    return (
        f"median {statistics.median(found):6.2f} ms, 95 % {cuts[94]:6.2f}, 99 % {cuts[98]:6.2f}, "
        f"worst {max(found):6.2f}, of {len(found)} calls"
    )


def text(rows: Any) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


if __name__ == "__main__":
    sys.exit(main())
