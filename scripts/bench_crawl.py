#!/usr/bin/env python
"""How quickly a bucket of many small Parquet objects is crawled, and how awswrangler does it.

Starts a server of its own and fills its S3, then crawls twice and lets
`awswrangler.s3.store_parquet_metadata` look at the same files through the same server. Prints
figures; ends 1 if one misses its aim: a crawl in 20 s, three times as fast as awswrangler, 200 MB
more of memory at most, nothing written by the second crawl. Needs the extra `peers`.
"""

import argparse
import io
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import product
from typing import Any

import awswrangler as wr
import boto3
import pyarrow as pa
import pyarrow.parquet as pq
from own_server import memory, server

ACCOUNT, BUCKET, FOLDER, DATABASE = "123456789012", "bench-crawl", "events", "bench"
CRAWLER = "bench"
PAUSE = 0.05
ROLE = "arn:aws:iam::123456789012:role/bench"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--partitions", type=int, default=1000)
    parser.add_argument("--objects", type=int, default=10, help="in each partition (%(default)s)")
    options = parser.parse_args()
    with server() as (process, url):
        session = boto3.Session(ACCOUNT, "bench", region_name="us-east-1")
        glue, s3 = (session.client(name, endpoint_url=url) for name in ("glue", "s3"))
        fill(s3, options.partitions, options.objects)
        glue.create_crawler(
            Name=CRAWLER,
            Role=ROLE,
            DatabaseName=DATABASE,
            Targets={"S3Targets": [{"Path": f"s3://{BUCKET}/{FOLDER}"}]},
        )
        with growth(process.pid) as grown:
            first = timed(lambda: crawl(glue))
        second = timed(lambda: crawl(glue))
        histories = glue.list_crawls(CrawlerName=CRAWLER)["Crawls"]
        found = count(glue, FOLDER)
        theirs = timed(lambda: peer(session, url))
        also = count(glue, "peer")
    objects = options.partitions * options.objects
    rewritten = histories[0]["Summary"]
    print(
        f"{objects} objects in {options.partitions} partitions; found {found}, awswrangler {also}"
    )
    print(f"first crawl     {first:7.2f} s  (aim 20)")
    print(f"second crawl    {second:7.2f} s  wrote {rewritten}  (aim: nothing, {{}})")
    print(f"awswrangler     {theirs:7.2f} s  {theirs / first:.1f} times ours  (aim 3)")
    print(f"memory          {max(grown):+7.0f} MB (aim 200; proportional set size, all processes)")
    held = (
        found == also == options.partitions,
        first < 20,
        theirs >= 3 * first,
        max(grown) < 200,
        rewritten == "{}",
        {one["State"] for one in histories} == {"COMPLETED"},
    )
    return int(not all(held))


def fill(s3: Any, partitions: int, objects: int) -> None:
    """The bucket, from several threads."""
    s3.create_bucket(Bucket=BUCKET)

    def put(part: int, number: int) -> None:
        out = io.BytesIO()
        rows = {"id": [part, number], "name": [f"Ann {part}", None], "height": [1.7, number]}
        pq.write_table(pa.table(rows), out)
        key = f"{FOLDER}/year={2000 + part // 100}/day={part % 100}/part-{number}.parquet"
        s3.put_object(Bucket=BUCKET, Key=key, Body=out.getvalue())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, *zip(*product(range(partitions), range(objects)), strict=True)))


def crawl(glue: Any) -> None:
    """One crawl, from StartCrawler until the crawler is READY."""
    glue.start_crawler(Name=CRAWLER)
    while glue.get_crawler(Name=CRAWLER)["Crawler"]["State"] != "READY":
        threading.Event().wait(PAUSE)


def peer(session: boto3.Session, url: str) -> None:
    """The same by awswrangler, with its threads."""
    wr.config.s3_endpoint_url = wr.config.glue_endpoint_url = wr.config.sts_endpoint_url = url
    wr.s3.store_parquet_metadata(
        f"s3://{BUCKET}/{FOLDER}/", DATABASE, "peer", dataset=True, boto3_session=session
    )


def count(glue: Any, table: str) -> int:
    """How many partitions the catalog has."""
    pages = glue.get_paginator("get_partitions").paginate(DatabaseName=DATABASE, TableName=table)
    return sum(len(page["Partitions"]) for page in pages)


def timed(step: Callable[[], None]) -> float:
    """Seconds."""
    begun = time.perf_counter()
    step()
    return time.perf_counter() - begun


@contextmanager
def growth(pid: int) -> Iterator[list[float]]:
    """By how many megabytes a server and all its processes outgrow what they have now."""
    start, over = memory(pid), threading.Event()
    seen = [0.0]

    def watch() -> None:
        while not over.wait(0.25):
            seen.append(memory(pid) - start)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


if __name__ == "__main__":
    sys.exit(main())
