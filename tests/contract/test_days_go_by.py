"""Hours of schedules and runs on a server whose clock is set: what they open, they close."""

import gc
import os
import threading
from datetime import UTC, datetime, timedelta

import pytest
from prospect import ROLE
from waiting import until

from gluematch.models import clock
from gluematch.server.testing import GlueServer


class Watch:
    """A clock that stands still until it is set."""

    def __init__(self):
        self.instant = datetime(2026, 11, 28, tzinfo=UTC)

    def __call__(self):
        return self.instant


@pytest.fixture
def watch():
    watch = Watch()
    with clock.told_by(watch):
        yield watch


def taken():
    """The handles and threads that are open."""
    gc.collect()
    return len(os.listdir("/proc/self/fd")), threading.active_count()


def an_hour_passes(watch, glue):
    """Three crawls by a schedule, then a database with a table, which is deleted."""
    for _ in range(3):
        watch.instant += timedelta(minutes=20)
        glue.update_crawler(Name="idle", Description="the worker looks at the clock")

        def crawled():
            crawler = glue.get_crawler(Name="often")["Crawler"]
            begun = crawler.get("LastCrawl", {}).get("StartTime")
            return crawler["State"] == "READY" and begun == watch.instant

        until(crawled, "the crawl of a schedule")
    glue.create_database(DatabaseInput={"Name": "d"})
    glue.create_table(DatabaseName="d", TableInput={"Name": "t"})
    glue.delete_database(Name="d")


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="only Linux lists handles")
def test_handles_and_threads_end_where_they_began(tmp_path, watch, no_engine):
    with GlueServer(data_dir=tmp_path, workers=1) as server:
        glue = server.client("glue")
        targets = {"S3Targets": [{"Path": "s3://nowhere/"}]}
        for name, when in (("often", "cron(0/20 * * * ? *)"), ("idle", "")):
            glue.create_crawler(
                Name=name, Role=ROLE, DatabaseName="d", Targets=targets, Schedule=when
            )
        an_hour_passes(watch, glue)
        before, now = (0, 0), taken()
        for _ in range(4):  # a pool of connections fills, and then does not; a leak goes on
            before = now
            an_hour_passes(watch, glue)
            now = taken()
            if now <= before:
                break
        assert now <= before
