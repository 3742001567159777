"""Schedules of crawlers through boto3, on a server whose clock the tests set."""

from datetime import UTC, datetime, timedelta

import pytest
from prospect import ROLE
from waiting import until

from gluematch.models import clock
from gluematch.server.testing import GlueServer

TARGETS = {"S3Targets": [{"Path": "s3://nowhere/at/all"}]}
NOON, DAILY = datetime(2026, 11, 24, 12, tzinfo=UTC), "cron(15 12 * * ? *)"


class Watch:
    """A clock that stands still until it is set."""

    def __init__(self):
        self.instant = NOON

    def __call__(self):
        return self.instant

    def pass_by(self, **period):
        self.instant += timedelta(**period)


@pytest.fixture
def watch():
    watch = Watch()
    with clock.told_by(watch):
        yield watch


def create(glue, name="one", **settings):
    glue.create_crawler(Name=name, Role=ROLE, Targets=TARGETS, **settings)


def schedule(glue, name="one"):
    return glue.get_crawler(Name=name)["Crawler"].get("Schedule")


def starts(glue, name="one"):
    """When the crawls of a crawler began, the newest first, once none is going on."""

    def all_ended():
        crawls = glue.list_crawls(CrawlerName=name)["Crawls"]
        return all("EndTime" in crawl for crawl in crawls) and (crawls,)

    (crawls,) = until(all_ended, "the end of a crawl")
    return [crawl["StartTime"] for crawl in crawls]


def test_a_schedule_runs_from_its_creation_and_an_empty_text_clears_it(glue):
    create(glue, Schedule=DAILY)
    assert schedule(glue) == {"ScheduleExpression": DAILY, "State": "SCHEDULED"}
    assert glue.get_crawlers()["Crawlers"][0]["Schedule"] == schedule(glue)
    assert glue.batch_get_crawlers(CrawlerNames=["one"])["Crawlers"][0]["Schedule"]
    glue.update_crawler(Name="one", Description="other settings leave it alone")
    assert schedule(glue) is not None
    glue.update_crawler(Name="one", Schedule="")
    assert schedule(glue) is None
    glue.update_crawler_schedule(CrawlerName="one", Schedule=DAILY)
    assert schedule(glue)["State"] == "SCHEDULED"
    glue.update_crawler_schedule(CrawlerName="one")
    assert schedule(glue) is None


def test_a_schedule_is_stopped_and_started_again(glue):
    create(glue, Schedule=DAILY)
    running = glue.exceptions.SchedulerRunningException
    with pytest.raises(running, match="is already running"):
        glue.start_crawler_schedule(CrawlerName="one")
    glue.stop_crawler_schedule(CrawlerName="one")
    assert schedule(glue) == {"ScheduleExpression": DAILY, "State": "NOT_SCHEDULED"}
    with pytest.raises(glue.exceptions.SchedulerNotRunningException, match="is not running"):
        glue.stop_crawler_schedule(CrawlerName="one")
    glue.update_crawler_schedule(CrawlerName="one", Schedule="cron(0 0 ? * L *)")
    assert schedule(glue) == {
        "ScheduleExpression": "cron(0 0 ? * L *)",
        "State": "NOT_SCHEDULED",
    }
    glue.start_crawler_schedule(CrawlerName="one")
    assert schedule(glue)["State"] == "SCHEDULED"


def test_a_crawler_without_a_schedule_has_none_to_start_or_stop(glue):
    create(glue)
    with pytest.raises(glue.exceptions.NoScheduleException, match="one has no schedule"):
        glue.start_crawler_schedule(CrawlerName="one")
    with pytest.raises(glue.exceptions.SchedulerNotRunningException):
        glue.stop_crawler_schedule(CrawlerName="one")


@pytest.mark.parametrize("word", ["start", "stop", "update"])
def test_the_schedule_of_a_crawler_that_is_not_there_is_not_found(glue, word):
    with pytest.raises(glue.exceptions.EntityNotFoundException) as refusal:
        getattr(glue, f"{word}_crawler_schedule")(CrawlerName="gnu")
    assert refusal.value.response["Error"]["Message"] == "Crawler with name gnu does not exist"


def test_a_schedule_is_a_new_version_of_the_crawler_if_it_makes_sense(glue):
    create(glue, Schedule=DAILY)
    with pytest.raises(glue.exceptions.InvalidInputException, match="exactly one"):
        glue.update_crawler_schedule(CrawlerName="one", Schedule="cron(0 0 * * * *)")
    assert schedule(glue)["ScheduleExpression"] == DAILY
    assert glue.get_crawler(Name="one")["Crawler"]["Version"] == 1
    glue.update_crawler_schedule(CrawlerName="one", Schedule="cron(0 0 1 * ? *)")
    assert glue.get_crawler(Name="one")["Crawler"]["Version"] == 2


def test_a_deleted_crawlers_schedule_is_gone_with_it(glue):
    create(glue, Schedule=DAILY)
    glue.delete_crawler(Name="one")
    create(glue)
    assert schedule(glue) is None


def test_a_crawl_begins_by_schedule_each_time_that_it_comes(watch, no_engine):
    with GlueServer() as server:
        glue, other = (server.client("glue", account=str(330000000001 + n)) for n in (0, 1))
        create(glue, Schedule=DAILY)
        create(other, Schedule="cron(0 0 1 * ? *)")
        watch.pass_by(minutes=14, seconds=59)
        create(glue, "calls-the-worker")
        assert starts(glue) == []
        watch.pass_by(seconds=1)
        glue.update_crawler(Name="calls-the-worker", Description="again")
        first = until(lambda: starts(glue), "the scheduled crawl")
        assert first == [NOON + timedelta(minutes=15)]
        watch.pass_by(days=1)
        glue.update_crawler(Name="calls-the-worker", Description="and again")
        until(lambda: len(starts(glue)) == 2, "the next scheduled crawl")
        assert starts(other) == []


def test_fires_that_a_server_missed_are_made_up_for_once(watch, no_engine, tmp_path):
    with GlueServer(data_dir=tmp_path) as server:
        glue = server.client("glue")
        for name in ("one", "stopped"):
            create(glue, name, Schedule="cron(0/5 * * * ? *)")
        glue.stop_crawler_schedule(CrawlerName="stopped")
    watch.pass_by(days=3, minutes=1)
    with GlueServer(data_dir=tmp_path) as server:
        glue = server.client("glue")
        assert until(lambda: starts(glue), "the missed crawl") == [watch.instant]
        watch.pass_by(minutes=4)
        glue.start_crawler_schedule(CrawlerName="stopped")
        until(lambda: len(starts(glue)) == 2, "the crawl of the next five minutes")
        assert starts(glue, "stopped") == []
