"""Crawls as rows: what a server's crash leaves, and what a late result may still do."""

import pytest

from gluematch.models import clock
from gluematch.models.catalog import crawlers, crawls, databases
from gluematch.models.catalog.crawls import Crawl
from gluematch.models.catalog.store import open_catalog
from gluematch.models.crawling.findings import Findings
from gluematch.models.scope import Scope
from gluematch.models.tasks.crawls import Crawls
from gluematch.models.tasks.work import CRASHED, State, Stopped, Succeeded, TimedOut

SCOPE = Scope("123456789012", "eu-west-1")
SETTINGS = {
    "Role": "R",
    "DatabaseName": "db",
    "Targets": {"S3Targets": [{"Path": "s3://b/in"}]},
    "SchemaChangePolicy": {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
}


@pytest.fixture
def catalog(tmp_path):
    opened = open_catalog(tmp_path / "catalog.sqlite")
    with opened.within(SCOPE).begin() as tx:
        crawlers.create(tx, "one", SETTINGS)
        crawlers.set_state(tx, "one", ("READY",), "RUNNING")
        crawls.add(tx, Crawl("run", "one", "RUNNING", clock.now(), None, {}, None))
    yield opened
    opened.close()


def stop(catalog):
    with catalog.within(SCOPE).begin() as tx:
        assert crawlers.set_state(tx, "one", ("RUNNING",), "STOPPING")


def claim(catalog):
    work = Crawls().open_works(catalog)[0]
    with catalog.within(SCOPE).begin() as tx:
        return Crawls().claim(tx, work)


def conclude(catalog, outcome):
    work = Crawls().open_works(catalog)[0]
    with catalog.within(SCOPE).begin() as tx:
        return Crawls().conclude(tx, work, outcome)


def standing(catalog):
    with catalog.within(SCOPE).read() as tx:
        crawl = crawls.get(tx, "run")
        return crawlers.get(tx, "one").state, crawl.state, crawl.error


def test_a_crawl_waits_then_runs_then_is_to_be_stopped(catalog):
    kind = Crawls()
    assert [work.state for work in kind.open_works(catalog)] == [State.WAITING]
    assert claim(catalog)
    assert not claim(catalog)
    assert [work.state for work in kind.open_works(catalog)] == [State.RUNNING]
    stop(catalog)
    assert [work.state for work in kind.open_works(catalog)] == [State.STOPPING]


def recover(catalog, *held):
    with catalog.connect() as connection:
        Crawls().recover(connection, held)


def test_a_claimed_crawl_that_a_crash_left_has_failed(catalog):
    claim(catalog)
    recover(catalog)
    assert standing(catalog) == ("READY", "FAILED", CRASHED)
    assert Crawls().open_works(catalog) == []


def test_a_crawl_that_was_to_be_stopped_is_stopped_after_a_crash(catalog):
    claim(catalog)
    stop(catalog)
    recover(catalog)
    assert standing(catalog) == ("READY", "STOPPED", None)


def test_a_crawl_that_nobody_had_claimed_still_waits_after_a_crash(catalog):
    recover(catalog)
    assert [work.state for work in Crawls().open_works(catalog)] == [State.WAITING]


def test_findings_that_come_after_a_stop_are_not_written(catalog):
    claim(catalog)
    stop(catalog)
    conclude(catalog, Succeeded(Findings((), ("s3://b/in",))))
    assert standing(catalog) == ("READY", "STOPPED", None)
    with catalog.within(SCOPE).read() as tx:
        assert databases.find(tx, "db") is None


def test_a_crawl_over_its_time_fails_and_says_which_limit_it_was(catalog):
    claim(catalog)
    lines = conclude(catalog, TimedOut())
    crawler, crawl, error = standing(catalog)
    assert (crawler, crawl) == ("READY", "FAILED")
    assert error.startswith("The crawl took longer than 1 hour, the limit of this server.")
    assert "--crawl-time" in error
    assert lines[0] == f"[run] ERROR : {error}"


def test_a_stop_is_logged_under_the_crawls_id(catalog):
    assert conclude(catalog, Stopped()) == [
        "[run] INFO : The crawl was stopped; nothing was written",
        "[run] BENCHMARK : Crawler has finished running and is in state READY",
    ]
