#!/usr/bin/env python
"""How quickly a large catalog is read, here and on moto's own server, in one run.

    .venv/bin/python scripts/bench_catalog.py

Fills both servers, each in a process of its own, with the same tables and partitions, and reads
them by boto3: GetTables over 20,000 tables, GetPartitions with an expression over 100,000
partitions. moto does not page: its one answer is its page. So the whole listing is compared, too.
Prints the ratios; ends 1 if a median page is not 5 times faster than moto's.
"""

import argparse
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice, product
from pathlib import Path
from typing import Any

import boto3
from bench_api import server
from botocore.config import Config

AIM = 5.0
COLUMNS = [{"Name": f"column_{n}", "Type": "string", "Comment": "text"} for n in range(20)]
KEYS = [{"Name": "year", "Type": "int"}, {"Name": "day", "Type": "date"},
        {"Name": "shop", "Type": "string"}]  # fmt: skip
EXPRESSIONS = (
    "year = 2004 AND shop = 's07'",
    "day BETWEEN '2009-03-01' AND '2009-03-10' AND shop NOT LIKE '%3'",
    "year IN (2001, 2002) AND shop IN ('s01', 's02') OR day = '2005-05-05'",
    "shop = 'nowhere'",
)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=20_000)
    parser.add_argument("--partitions", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3, help="whole listings (%(default)s)")
    options = parser.parse_args()
    with server() as (_, url), moto() as moto_url:
        ours, theirs = client(url), client(moto_url)
        for glue, name in ((ours, "gluematch"), (theirs, "moto")):
            begun = time.perf_counter()
            fill(glue, options.tables, options.partitions)
            print(f"{name} filled in {time.perf_counter() - begun:.0f} s", flush=True)
        reached = compare(
            f"GetTables, {options.tables} tables",
            *(measured(all_tables(glue), options.rounds) for glue in (ours, theirs)),
        )
        for expression in EXPRESSIONS:
            reached &= compare(
                f"GetPartitions, {options.partitions} partitions, {expression}",
                *(measured(chosen(glue, expression), options.rounds) for glue in (ours, theirs)),
            )
    return int(not reached)


@contextmanager
def moto() -> Iterator[str]:
    """The URL of moto's server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = str(Path(sys.executable).with_name("moto_server"))
    command = [program, "-H", "127.0.0.1", "-p", str(port)]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            while not answers(f"{url}/moto-api/"):
                assert process.poll() is None, "moto did not start"
            yield url
        finally:
            process.terminate()


def answers(url: str) -> bool:
    """Whether there is a server; waits a little if there is none."""
    try:
        with urllib.request.urlopen(url):
            return True
    except OSError:
        time.sleep(0.1)
        return False


def client(url: str) -> Any:
    return boto3.client(
        "glue",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="123456789012",
        aws_secret_access_key="bench",
        config=Config(read_timeout=600, retries={"total_max_attempts": 1}),
    )


def fill(glue: Any, tables: int, partitions: int) -> None:
    """The same catalog in every server."""
    storage = {
        "Columns": COLUMNS,
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "SerdeInfo": {"SerializationLibrary": "x", "Parameters": {"field.delim": ","}},
    }
    glue.create_database(DatabaseInput={"Name": "tables"})
    glue.create_database(DatabaseInput={"Name": "db"})
    table = {
        "PartitionKeys": KEYS,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"classification": "csv", "recordCount": "1000"},
    }
    for number in range(tables):
        place = {**storage, "Location": f"s3://bucket/table_{number}/"}
        named = {"Name": f"table_{number:06}", "StorageDescriptor": place, **table}
        glue.create_table(DatabaseName="tables", TableInput=named)
    glue.create_table(DatabaseName="db", TableInput={"Name": "t", **table})
    days = product(range(2000, 2010), range(1, 13), range(1, 29), range(30))
    every = ([str(y), f"{y}-{m:02}-{d:02}", f"s{shop:02}"] for y, m, d, shop in days)
    values = list(islice(every, partitions))
    for start in range(0, len(values), 100):
        inputs = [
            {
                "Values": one,
                "StorageDescriptor": {**storage, "Location": f"s3://b/{'/'.join(one)}/"},
            }
            for one in values[start : start + 100]
        ]
        glue.batch_create_partition(DatabaseName="db", TableName="t", PartitionInputList=inputs)


def all_tables(glue: Any) -> Callable[[], Iterator[int]]:
    pages = glue.get_paginator("get_tables")
    return lambda: (len(page["TableList"]) for page in pages.paginate(DatabaseName="tables"))


def chosen(glue: Any, expression: str) -> Callable[[], Iterator[int]]:
    pages = glue.get_paginator("get_partitions")
    where = {"DatabaseName": "db", "TableName": "t", "Expression": expression}
    return lambda: (len(page["Partitions"]) for page in pages.paginate(**where))


def measured(listing: Callable[[], Iterator[int]], rounds: int) -> tuple[float, float, int, int]:
    """Milliseconds of the median page and of the median whole listing, how many pages, and of
    how many things."""
    pages: list[float] = []
    wholes: list[float] = []
    found: list[int] = []
    for _ in range(rounds):
        begun = before = time.perf_counter()
        found = []
        for count in listing():
            now = time.perf_counter()
            pages.append((now - before) * 1000)
            before = now
            found.append(count)
        wholes.append((time.perf_counter() - begun) * 1000)
    return statistics.median(pages), statistics.median(wholes), len(found), sum(found)


def compare(
    what: str, ours: tuple[float, float, int, int], theirs: tuple[float, float, int, int]
) -> bool:
    """Print both and their ratios; whether the aim is reached."""
    assert ours[3] == theirs[3], f"{what}: {ours[3]} here, {theirs[3]} there"
    page, whole = theirs[0] / ours[0], theirs[1] / ours[1]
    print(f"{what}: {ours[3]} found")
    for name, (median, listing, pages, _) in (("gluematch", ours), ("moto", theirs)):
        print(f"    {name:10} page {median:9.1f} ms, {pages:4} pages in {listing:9.1f} ms")
    print(f"    faster by  page {page:9.1f} times, whole listing {whole:.1f} times", flush=True)
    return page >= AIM


if __name__ == "__main__":
    sys.exit(main())
