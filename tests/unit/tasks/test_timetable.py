"""The timetable: what is due begins, and whatever is in its way stops nothing else."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from gluematch.models import clock
from gluematch.models.catalog import crawlers, crawls, schedules
from gluematch.models.catalog.crawls import Crawl
from gluematch.models.catalog.schedules import CRAWLER, Schedule
from gluematch.models.catalog.store import open_catalog
from gluematch.models.scope import Scope
from gluematch.models.tasks.schedules import Schedules

SCOPE = Scope("123456789012", "eu-west-1")
NOW = datetime(2026, 11, 24, 12, 3, tzinfo=UTC)
DUE = NOW - timedelta(minutes=3)


class Log:
    """A log sink that remembers."""

    def __init__(self):
        self.lines = []

    def write(self, scope, group, stream, lines):
        self.lines += [(scope, group, stream, line.at, line.text) for line in lines]


@pytest.fixture
def catalog(tmp_path):
    opened = open_catalog(tmp_path / "catalog.sqlite")
    with clock.told_by(lambda: NOW):
        yield opened
    opened.close()


def plan(catalog, name, next_fire, expression="cron(0 * * * ? *)"):
    with catalog.within(SCOPE).begin() as tx:
        targets = {"S3Targets": [{"Path": "s3://b/in"}]}
        crawlers.create(tx, name, {"Role": "R", "Targets": targets})
        schedules.put(tx, Schedule(CRAWLER, name, expression, "SCHEDULED", next_fire))


def begun(catalog, name):
    with catalog.within(SCOPE).read() as tx:
        return crawls.of_crawler(tx, name)


def next_fire(catalog, name):
    with catalog.within(SCOPE).read() as tx:
        return schedules.find(tx, CRAWLER, name).next_fire


def test_nothing_planned_means_no_end_of_waiting(catalog):
    timetable = Schedules(catalog, Log())
    timetable.fire()
    assert timetable.seconds_left() is None


def test_what_is_due_begins_and_waits_for_its_next_time(catalog):
    plan(catalog, "due", DUE)
    plan(catalog, "later", NOW + timedelta(hours=5))
    timetable = Schedules(catalog, Log())
    timetable.fire()
    assert [crawl.started for crawl in begun(catalog, "due")] == [NOW]
    assert begun(catalog, "later") == []
    assert next_fire(catalog, "due") == NOW.replace(hour=13, minute=0)
    assert timetable.seconds_left() == timedelta(minutes=57).total_seconds()
    timetable.fire()
    assert len(begun(catalog, "due")) == 1


def test_an_expression_without_a_future_fires_for_the_last_time(catalog):
    plan(catalog, "last", DUE, "cron(0 12 24 11 ? 2026)")
    timetable = Schedules(catalog, Log())
    timetable.fire()
    assert len(begun(catalog, "last")) == 1
    assert next_fire(catalog, "last") is None
    assert timetable.seconds_left() is None


@pytest.mark.both_stores
def test_of_servers_that_share_a_catalog_one_begins_what_is_due(open_store):
    with clock.told_by(lambda: NOW):
        servers = [Schedules(open_store(), Log()) for _ in range(4)]
        plan(open_store(), "due", DUE)
        with ThreadPoolExecutor(len(servers)) as pool:
            list(pool.map(lambda timetable: timetable.fire(), servers))
        assert len(begun(open_store(), "due")) == 1


@pytest.mark.parametrize("state", ["RUNNING", "STOPPING"])
def test_a_crawler_that_is_running_skips_the_fire_and_logs_that(catalog, state):
    plan(catalog, "busy", DUE)
    with catalog.within(SCOPE).begin() as tx:
        assert crawls.begin(tx, crawlers.get(tx, "busy"))
        crawlers.set_state(tx, "busy", ["RUNNING"], state)
    log = Log()
    Schedules(catalog, log).fire()
    (crawl,) = begun(catalog, "busy")
    text = (
        f"[{crawl.crawl_id}] INFO : The crawl of 2026-11-24 12:00 UTC is skipped, "
        "since the crawler is running."
    )
    assert log.lines == [(SCOPE, "/aws-glue/crawlers", "busy", NOW, text)]
    assert next_fire(catalog, "busy") == NOW.replace(hour=13, minute=0)


def test_a_years_history_is_kept(catalog):
    plan(catalog, "due", DUE)
    with catalog.within(SCOPE).begin() as tx:
        for days in (364, 366):
            before = NOW - timedelta(days=days)
            crawls.add(tx, Crawl(f"{days}", "due", "COMPLETED", before, before, {}, None))
    Schedules(catalog, Log()).fire()
    assert [crawl.crawl_id for crawl in begun(catalog, "due")][1:] == ["364"]


def test_a_schedule_that_cannot_be_kept_is_tried_again_and_holds_up_no_other(catalog, caplog):
    with catalog.within(SCOPE).begin() as tx:
        lost = Schedule(CRAWLER, "lost", "cron(0 * * * ? *)", "SCHEDULED", DUE)
        schedules.put(tx, lost)
    plan(catalog, "due", DUE)
    timetable = Schedules(catalog, Log())
    timetable.fire()
    assert len(begun(catalog, "due")) == 1
    assert "the schedule of crawler lost failed" in caplog.text
    assert next_fire(catalog, "lost") == DUE
    assert timetable.seconds_left() == 1.0
